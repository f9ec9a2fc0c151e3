"""What an invited member does with the mail."""

import pytest

from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.portal import members
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.members import DynamoDBMembers
from tests import factories
from tests.unit.endpoints.signin.browser import Browser, attempt
from tests.unit.endpoints.signin.mail_sender import NEW, Office, choose, path_in, recover

ISSUER = "https://auth.example/t/johnsorg"
EVE = "eve@x.example"
DAY_MS = 86_400_000


@pytest.fixture
def caller(web: DirectoryWriter) -> Caller:
    web.add_user(factories.user(user_id="user-ada", username="ada", roles=frozenset({"admin"})))
    return Caller(
        organisation="johnsorg",
        user_id="user-ada",
        username="ada",
        roles=frozenset({"admin"}),
        scopes=frozenset({"apim:admin"}),
        at_ms=factories.NOW * 1000,
    )


@pytest.fixture
def inviting(tables: Tables, caller: Caller) -> DynamoDBMembers:
    made = DynamoDBMembers(tables)
    members.invite(made, caller, EVE, "", frozenset(), ISSUER)
    return made


@pytest.mark.usefixtures("inviting")
def test_an_invited_member_gets_an_invitation_and_chooses_a_password_days_later(
    browser: Browser, office: Office
) -> None:
    (mail,) = office.run()
    browser.now_ms += 6 * DAY_MS
    page = browser.get(path_in(mail))
    done = choose(browser, path_in(mail))

    assert (mail.to, mail.subject) == (EVE, "Invitation to Johns Org")
    assert "An administrator invited you" in mail.text
    assert "new password for" not in mail.text
    assert "Your username will be" in page.body
    assert "Your account is ready." in done.body
    assert attempt(browser, EVE, NEW).status == 303


@pytest.mark.parametrize("is_accepted", [False, True])
def test_accepting_the_invitation_verifies_the_address(
    browser: Browser, office: Office, inviting: DynamoDBMembers, caller: Caller, *, is_accepted: bool
) -> None:
    """Applications that ask for verified addresses refused members who were invited."""
    (mail,) = office.run()
    if is_accepted:
        choose(browser, path_in(mail))

    assert members.find(inviting, caller, EVE).email_verified == is_accepted


@pytest.mark.usefixtures("inviting")
def test_an_invitation_ends_after_seven_days_and_a_password_ends_it_too(browser: Browser, office: Office) -> None:
    (mail,) = office.run()
    choose(browser, path_in(mail))
    again = browser.get(path_in(mail))
    browser.now_ms += 7 * DAY_MS

    assert again.status == 400
    assert browser.get(path_in(mail)).status == 400


def test_the_invitation_that_was_sent_again_works_and_one_to_a_member_with_a_password_is_not_sent(
    browser: Browser, office: Office, inviting: DynamoDBMembers, caller: Caller
) -> None:
    office.run()
    members.resend_invitation(inviting, caller, members.find(inviting, caller, EVE), ISSUER)
    (second,) = office.run()
    members.resend_invitation(inviting, caller, members.find(inviting, caller, EVE), ISSUER)
    done = choose(browser, path_in(second))

    assert "Your account is ready." in done.body
    assert "Invitation" not in " ".join(mail.subject for mail in office.run())
    assert members.find(inviting, caller, EVE).invitation(factories.NOW) == "accepted"


@pytest.mark.usefixtures("inviting")
def test_an_invited_member_who_lost_the_mail_may_ask_for_a_password_as_others(browser: Browser, office: Office) -> None:
    office.run()
    recover(browser, f"{EVE}@johnsorg", "/recover")

    assert "Your password is changed" in choose(browser, path_in(office.run()[0])).body
