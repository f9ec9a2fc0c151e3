"""The mails we send: plain text, one link, and nothing that somebody else typed before it."""

import re
from collections.abc import Callable, Mapping
from typing import Protocol

import msgspec

from gatehouse.domain.accounts.jobs import Notice
from gatehouse.domain.accounts.organisations import Organisation

_LINKED = re.compile(r"[:/@\\]|\S\.\S")
_FOOTER = "\n\nIf you did not ask for this, do nothing: without the link nothing happens.\n"


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """One mail."""

    to: str
    subject: str
    text: str


class Mailer(Protocol):
    """Sends mails."""

    def send(self, mail: Mail) -> None:
        """Hand the mail over for delivery."""
        ...


type MailTemplate = Callable[[str, Organisation, str], Mail]


def confirmation(to: str, organisation: Organisation, url: str) -> Mail:
    """Return the mail to somebody who signs up."""
    text = (
        f"To make your account at {_name(organisation)}, open this link within an hour and choose a password:\n\n{url}"
    )
    return Mail(to=to, subject=f"Your account at {_name(organisation)}", text=text + _FOOTER)


def reminder(to: str, organisation: Organisation, url: str) -> Mail:
    """Return the mail to somebody who signs up again."""
    text = (
        f"Somebody, perhaps you, asked for an account at {_name(organisation)}. You have one already; "
        f"sign in with {to}. If you forgot the password, ask for a new one here:\n\n{url}"
    )
    return Mail(to=to, subject=f"You have an account at {_name(organisation)}", text=text + _FOOTER)


def approval(to: str, organisation: Organisation, url: str) -> Mail:
    """Return the mail to somebody who was let in."""
    text = f"An administrator of {_name(organisation)} let you in. Sign in here:\n\n{url}\n"
    return Mail(to=to, subject=f"Your account at {_name(organisation)} is open", text=text)


def organisation_signup(to: str, _organisation: Organisation, url: str) -> Mail:
    """Return the mail to somebody who wants to create an organisation."""
    text = f"To create your organisation, open this link within an hour:\n\n{url}"
    return Mail(to=to, subject="Your new organisation", text=text + _FOOTER)


def recovery(to: str, organisation: Organisation, url: str) -> Mail:
    """Return the mail to somebody who forgot the password."""
    text = f"To choose a new password for {_name(organisation)}, open this link within an hour:\n\n{url}"
    return Mail(to=to, subject=f"A new password for {_name(organisation)}", text=text + _FOOTER)


def invitation(to: str, organisation: Organisation, url: str) -> Mail:
    """Return the mail to somebody whom an administrator invited."""
    text = (
        f"An administrator invited you to {_name(organisation)}. To accept, open this link within 7 days and choose a "
        f"password:\n\n{url}"
    )
    footer = "\n\nIf you do not know the organisation, ignore this mail.\n"
    return Mail(to=to, subject=f"Invitation to {_name(organisation)}", text=text + footer)


def request(to: str, organisation: Organisation, url: str) -> Mail:
    """Return the mail to administrators about requests that await a decision."""
    text = (
        f"A sign-up or a subscription at {_name(organisation)} awaits a decision. Open the inbox:\n\n{url}\n\n"
        "You get at most one such mail in an hour. Administrators change this address in the settings.\n"
    )
    return Mail(to=to, subject=f"Pending request at {_name(organisation)}", text=text)


def enrolment(to: str, organisation: Organisation, url: str) -> Mail:
    """Return the mail to somebody who sets up the first second factor."""
    text = (
        f"To set up a second factor for your account at {_name(organisation)}, open this link within an hour, "
        f"in the browser in which you signed in:\n\n{url}"
    )
    advice = "\n\nIf you did not ask for this, somebody else knows your password. Change it now.\n"
    return Mail(to=to, subject=f"Set up a second factor for {_name(organisation)}", text=text + advice)


def new_address(to: str, organisation: Organisation, url: str) -> Mail:
    """Return the mail to the new address of an account."""
    text = (
        f"To use this address for your account at {_name(organisation)}, open this link within an hour, in the browser "
        f"in which you are signed in:\n\n{url}"
    )
    return Mail(to=to, subject=f"Your new address for {_name(organisation)}", text=text + _FOOTER)


_NOTICES: Mapping[Notice, str] = {
    "app added": "An authenticator app was set up for your account",
    "codes locked": "Several wrong codes followed the right password, so codes are locked for a while for your account",
    "passkey added": "A passkey was set up for your account",
    "factors removed": "A second factor was removed from your account",
    "identity linked": "An identity of another service was linked to your account, and can sign in to it,",
    "identity unlinked": "An identity of another service was unlinked from your account",
    "recovery code used": "A recovery code was used to sign in to your account",
    "email changed": "The e-mail address of your account was changed, so mails no longer come here,",
    "password changed": "The password of your account was changed",
    "password reset": "The password of your account was set by a mailed link",
    "recovery codes renewed": "New recovery codes were created for your account; the older ones no longer work",
}


def notice(to: str, organisation: Organisation, what: Notice, url: str) -> Mail:
    """Return the mail that tells a user of a change of the account."""
    text = (
        f"{_NOTICES[what]} at {_name(organisation)}.\n\nIf this was not you, change your password now and tell your "
        f"administrator:\n\n{url}\n"
    )
    return Mail(to=to, subject=f"Your account at {_name(organisation)} was changed", text=text)


def _name(organisation: Organisation) -> str:
    """Return what to call it: its key if its name, which its founder chose, could be shown as a link."""
    name = " ".join(organisation.name.split())
    return organisation.key if _LINKED.search(name) else name
