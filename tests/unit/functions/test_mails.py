"""Mails are sent as text and as HTML, with the organisation's logo and colour."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, get_args

import pytest

from gatehouse.domain.accounts import branding, mails
from gatehouse.domain.accounts.jobs import Notice
from gatehouse.domain.accounts.mails import Mail, MailTemplate
from gatehouse.domain.accounts.organisations import Organisation
from tests.template import ROOT
from tests.unit.functions.test_sdk_deadlines import load

URL = "https://auth.example/t/johnsorg/account/set-password?link=a&b=c"
PLAIN = Organisation(key="johnsorg", name="Johns Org")
BRANDED = Organisation(key="johnsorg", name="Johns Org", accent_colour="#7a2aa0", logo_version="0123456789abcdef")
TEMPLATES = {name: one for name, one in vars(mails).items() if isinstance(one, MailTemplate)}
NOTICES: tuple[Notice, ...] = tuple(what for what in get_args(Notice.__value__) if what)
MAILS = [
    *(pytest.param(one.render("anna@example.com", PLAIN, URL), id=name) for name, one in TEMPLATES.items()),
    *(pytest.param(mails.notice(one).render("anna@example.com", PLAIN, URL), id=one) for one in NOTICES),
]


class Words(HTMLParser):
    """Collects what a reader of the HTML sees, and the addresses that it leads to and loads."""

    def __init__(self) -> None:
        super().__init__()
        self.seen, self.links, self.pictures, self._quiet = "", list[str](), list[str](), False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self._quiet = tag == "style"
        self.links += [str(given["href"])] if tag == "a" else []
        self.pictures += [str(given["src"])] if tag == "img" else []

    def handle_data(self, data: str) -> None:
        self.seen += "" if self._quiet else data


def render(mail: Mail) -> str:
    return load("jobs", "rendering").HtmlMails(Path(ROOT / "functions" / "jobs")).render(mail)


def as_html(mail: Mail) -> str:
    return f"<p>{mail.lead}</p>"


def read(mail: Mail) -> Words:
    words = Words()
    words.feed(render(mail))
    return words


@pytest.mark.parametrize("mail", MAILS)
def test_text_and_html_say_the_same(mail: Mail) -> None:
    words = read(mail)

    assert set(words.links) == {URL}
    for said in (mail.lead, mail.action, mail.advice, URL):
        assert said in words.seen
        assert said in mail.text


def test_a_name_without_spaces_is_broken_where_the_mail_ends() -> None:
    page = render(mails.INVITATION.render("anna@example.com", Organisation(key="johnsorg", name="J" * 100), URL))

    assert '<tr><td style="padding: 28px 28px 32px; word-break: break-word;' in page


def test_the_logo_comes_from_the_address_of_the_service_and_the_colour_is_the_organisations() -> None:
    mail = mails.INVITATION.render("anna@example.com", BRANDED, URL)

    assert read(mail).pictures == ["https://auth.example/t/johnsorg/account/logo?v=0123456789abcdef"]
    assert "background: #7a2aa0;" in render(mail)


def test_without_branding_the_mail_loads_nothing_and_has_the_colour_of_the_pages() -> None:
    mail = mails.INVITATION.render("anna@example.com", PLAIN, URL)

    assert read(mail).pictures == []
    assert "background: #0b57b0;" in render(mail)
    assert "http" not in render(mail).replace(URL.replace("&", "&amp;"), "")


@pytest.mark.parametrize("colour", ["", "#7a2aa0", "#000000", "#0b57b0"])
def test_the_button_can_be_read_in_both_schemes(colour: str) -> None:
    found = branding.palette(colour)

    assert branding.contrast(found.accent, found.on_accent) >= branding.CONTRAST_MIN
    assert branding.contrast(found.dark_accent, found.on_dark_accent) >= branding.CONTRAST_MIN
    assert branding.contrast(found.dark_accent, "#1a212b") >= branding.CONTRAST_MIN


def test_the_colours_of_the_pages_are_those_of_mails() -> None:
    own = branding.palette("")

    for sheet in ("store/static/store.css", "signin/static/signin.css"):
        text = (ROOT / "functions" / sheet).read_text(encoding="utf-8")
        stated = dict.fromkeys(re.findall(r"--accent: (#[0-9a-f]{3,6})", text))
        assert list(stated) == [own.accent, own.dark_accent]


def test_what_a_name_holds_is_escaped() -> None:
    evil = Organisation(key="evil", name="<img src=x onerror=alert(1)>")

    html = render(mails.INVITATION.render("anna@example.com", evil, URL))

    assert "<img" not in html
    assert "&lt;img" in html


@pytest.mark.usefixtures("aws")
def test_ses_gets_both_bodies(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[dict[str, Any]] = []
    mailer = load("jobs", "mailer").SesMailer("login@auth.example", as_html)
    monkeypatch.setattr(mailer._ses, "send_email", lambda **content: sent.append(content))

    mailer.send(mails.APPROVAL.render("anna@example.com", PLAIN, URL))

    (simple,) = [one["Content"]["Simple"] for one in sent]
    assert URL in simple["Body"]["Text"]["Data"]
    assert simple["Body"]["Html"]["Data"].startswith("<p>An administrator")


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize(
    "address",
    [
        "anna",
        "anna@localhost",
        "änna@example.com",
        "a b@example.com",
        "<a@example.com>",
        "anna..b@example.com",
        ".anna@example.com",
        "anna.@example.com",
    ],
)
def test_a_mail_to_no_address_is_dropped_so_that_none_waits_behind_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, address: str
) -> None:
    sent: list[dict[str, Any]] = []
    mailer = load("jobs", "mailer").SesMailer("login@auth.example", as_html)
    monkeypatch.setattr(mailer._ses, "send_email", lambda **content: sent.append(content))

    mailer.send(mails.APPROVAL.render(address, PLAIN, URL))

    assert sent == []
    assert [one.message for one in caplog.records] == ["not sent"]
    assert address not in caplog.text
