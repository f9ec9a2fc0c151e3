"""The page of sent mails on a local stack."""

from typing import Any

from local.emulator import mail_view


def mail(at: int, **changes: Any) -> dict[str, Any]:
    parts = {"To": ["anna@example.com"], "Subject": f"Mail {at}", "BodyText": "text", "BodyHtml": "<p>html</p>"}
    return {**parts, "Timestamp": at, **changes}


def test_the_newest_mail_is_first_and_open() -> None:
    page = mail_view.page([mail(1), mail(2)])

    assert page.index("Mail 2") < page.index("Mail 1")
    assert page.count("<details open>") == 1


def test_a_mail_runs_no_script_and_its_links_open_beside_it() -> None:
    page = mail_view.page([mail(1, BodyHtml='<script>alert("x")</script>', Subject="<b>")])

    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page
    assert "<script>" not in page
    assert "&lt;base target=&quot;_blank&quot;&gt;" in page
    assert "<b>" not in page


def test_a_mail_without_html_shows_its_text_and_an_empty_page_says_so() -> None:
    assert "<iframe" not in mail_view.page([mail(1, BodyHtml=None)])
    assert "No mail was sent yet" in mail_view.page([])
