"""Administrators are told by mail that a request awaits a decision."""

from typing import Any

import pytest

from gatehouse.bootstrap import jobs as sending
from gatehouse.domain.accounts.jobs import Job
from gatehouse.domain.accounts.mails import Mail
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.jobs import parse_job
from tests import factories, roles
from tests.unit.endpoints.members import Admin, Member
from tests.unit.endpoints.store.browser import StoreBrowser

ADDRESSES = "ada@x.example desk@x.example"


def found(dump: Any) -> list[Job]:
    jobs = (parse_job(item) for item in dump("grants") if item["pk"]["S"].startswith("JOB#"))
    return [one for one in jobs if one is not None]


@pytest.fixture
def told(admin: Admin) -> None:
    assert admin("PUT", "/settings", {"requestMails": ADDRESSES, "subscriptionApproval": True}).status == 200


@pytest.mark.usefixtures("told")
def test_a_subscription_that_waits_and_a_tier_that_waits_leave_a_job(admin: Admin, john: Member, dump: Any) -> None:
    subscription = john.subscribe(john.application()).json
    (first,) = found(dump)
    admin("POST", f"/subscriptions/{subscription['subscriptionId']}/decide", {"approved": True})
    john.put(
        f"/subscriptions/{subscription['subscriptionId']}",
        {**subscription, "throttlingPolicy": "Gold", "requestedThrottlingPolicy": "Gold", "status": "UNBLOCKED"},
    )

    assert (first.kind, first.organisation, first.issuer) == ("request", "johnsorg", "https://auth.example")
    assert [one.kind for one in found(dump)] == ["request", "request"]


@pytest.mark.usefixtures("told")
def test_the_page_leaves_it_too_and_what_works_at_once_does_not(
    site: Any, tables: Tables, admin: Admin, john: Member, dump: Any
) -> None:
    browser = StoreBrowser(site, tables)
    browser.sign_in(factories.user())
    application, other = (john.application(name)["applicationId"] for name in ("Shop", "Office"))

    browser.post("/store/apis/orders/subscribe", application=application, tier="Gold")
    admin("PUT", "/settings", {"subscriptionApproval": False})
    browser.post("/store/apis/orders/subscribe", application=other, tier="Gold")

    assert [one.kind for one in found(dump)] == ["request"]


def test_without_addresses_nothing_is_left(admin: Admin, john: Member, dump: Any) -> None:
    admin("PUT", "/settings", {"subscriptionApproval": True})

    john.subscribe(john.application())

    assert found(dump) == []


@pytest.mark.usefixtures("told")
def test_each_address_gets_one_mail_in_an_hour_whatever_is_asked_for(john: Member, tables: Tables, dump: Any) -> None:
    sent: list[Mail] = []

    class Box:
        def send(self, mail: Mail) -> None:
            sent.append(mail)

    john.subscribe(john.application())
    (job,) = found(dump)
    sender = sending.mail_sender(factories.settings(), Box(), roles.acting_as(tables, "Jobs"))
    for later in (0, 60_000, 3_600_000):
        sender.run(job, factories.NOW * 1000 + later)

    assert [mail.to for mail in sent] == ADDRESSES.split() * 2
    assert sent[0].subject == "Pending request at Johns Org"
    assert "https://auth.example/store/admin/inbox" in sent[0].text


@pytest.mark.parametrize("typed", ["ada", "a@b c", " ".join(["a@b.example"] * 6), "a@b@c"])
def test_what_is_no_list_of_addresses_is_refused(browser: StoreBrowser, typed: str) -> None:
    page = browser.post("/store/admin", {"name": "Johns Org", "requestMails": typed})

    assert (page.status, 'id="requestMails-error"' in page.body) == (400, True)
    assert f'value="{typed}"' in page.body


def test_addresses_are_stored_in_one_spelling(browser: StoreBrowser, admin: Admin) -> None:
    browser.post("/store/admin", {"name": "Johns Org", "requestMails": " a@x.example,  b@x.example "})

    assert admin("GET", "/settings").json["requestMails"] == "a@x.example b@x.example"
