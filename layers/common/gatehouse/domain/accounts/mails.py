"""The mails we send: one link, and nothing that somebody else typed before it.

A mail is a value, rendered twice: here as plain text, and as HTML where it is sent.
"""

import re
from collections.abc import Callable, Mapping
from typing import Protocol
from urllib.parse import urlsplit

import msgspec

from gatehouse.domain.accounts.jobs import Notice
from gatehouse.domain.accounts.organisations import Organisation

_LINKED = re.compile(r"[:/@\\]|\S\.\S")
_NOT_ASKED = "If you did not ask for this, ignore this mail: nothing happens without the link."
_SERVICE = "API Store"


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """One mail.

    Attributes:
        sender_name: Of the organisation, as its heading.
        lead: What the mail is about.
        action: What the link does, as the label of a button.
        url: The link.
        advice: What to do if the mail is not expected.
        logo_url: Of the organisation's logo; empty if it has none.
        accent_colour: Of the organisation, as `#rrggbb`; empty for the pages' own.
    """

    to: str
    subject: str
    sender_name: str
    lead: str
    action: str
    url: str
    advice: str = ""
    logo_url: str = ""
    accent_colour: str = ""

    @property
    def text(self) -> str:
        """Return the mail as plain text, which says all that the HTML says."""
        parts = (self.lead, f"{self.action}:\n{self.url}", self.advice)
        return "\n\n".join(part for part in parts if part) + "\n"


class Mailer(Protocol):
    """Sends mails."""

    def send(self, mail: Mail) -> None:
        """Hand the mail over for delivery."""
        ...


type MailTemplate = Callable[[str, Organisation, str], Mail]


def confirmation(to: str, organisation: Organisation, url: str) -> Mail:
    """Return the mail to somebody who signs up."""
    return _mail(
        to,
        organisation,
        url,
        subject=f"Your account at {_name(organisation)}",
        lead=f"To create your account at {_name(organisation)}, choose a password. The link works once, for an hour.",
        action="Choose a password",
        advice=_NOT_ASKED,
    )


def reminder(to: str, organisation: Organisation, url: str) -> Mail:
    """Return the mail to somebody who signs up again."""
    return _mail(
        to,
        organisation,
        url,
        subject=f"You have an account at {_name(organisation)}",
        lead=f"Someone, perhaps you, tried to create an account at {_name(organisation)} with this address. You have "
        f"one already: sign in with {to}. If you forgot the password, reset it.",
        action="Reset your password",
        advice=_NOT_ASKED,
    )


def approval(to: str, organisation: Organisation, url: str) -> Mail:
    """Return the mail to somebody whose sign-up was approved."""
    return _mail(
        to,
        organisation,
        url,
        subject=f"Your account at {_name(organisation)} is approved",
        lead=f"An administrator of {_name(organisation)} approved your account. You can sign in now.",
        action="Sign in",
    )


def organisation_signup(to: str, organisation: Organisation, url: str) -> Mail:
    """Return the mail to somebody who wants to create an organisation."""
    return _mail(
        to,
        organisation,
        url,
        subject="Your new organisation",
        lead="To create your organisation, confirm your e-mail address. The link works once, for an hour.",
        action="Create the organisation",
        advice=_NOT_ASKED,
    )


def recovery(to: str, organisation: Organisation, url: str) -> Mail:
    """Return the mail to somebody who forgot the password."""
    return _mail(
        to,
        organisation,
        url,
        subject=f"A new password for {_name(organisation)}",
        lead=f"Choose a new password for your account at {_name(organisation)}. The link works once, for an hour.",
        action="Choose a new password",
        advice=_NOT_ASKED,
    )


def invitation(to: str, organisation: Organisation, url: str) -> Mail:
    """Return the mail to somebody whom an administrator invited."""
    return _mail(
        to,
        organisation,
        url,
        subject=f"Invitation to {_name(organisation)}",
        lead=f"An administrator invited you to {_name(organisation)}. To accept, choose a password within 7 days.",
        action="Accept the invitation",
        advice="If you do not know the organisation, ignore this mail.",
    )


def request(to: str, organisation: Organisation, url: str) -> Mail:
    """Return the mail to administrators about requests that await a decision."""
    return _mail(
        to,
        organisation,
        url,
        subject=f"Pending request at {_name(organisation)}",
        lead=f"A sign-up or a subscription at {_name(organisation)} awaits a decision.",
        action="Open the inbox",
        advice="You get at most one such mail in an hour. Administrators change this address in the settings.",
    )


def enrolment(to: str, organisation: Organisation, url: str) -> Mail:
    """Return the mail to somebody who sets up the first second factor."""
    return _mail(
        to,
        organisation,
        url,
        subject=f"Set up a second factor for {_name(organisation)}",
        lead=f"To set up a second factor for your account at {_name(organisation)}, open this link within an hour, in "
        "the browser in which you signed in.",
        action="Set up a second factor",
        advice="If you did not ask for this, somebody else knows your password. Change it now.",
    )


def new_address(to: str, organisation: Organisation, url: str) -> Mail:
    """Return the mail to the new address of an account."""
    return _mail(
        to,
        organisation,
        url,
        subject=f"Your new address for {_name(organisation)}",
        lead=f"To use this address for your account at {_name(organisation)}, open this link within an hour, in the "
        "browser in which you are signed in.",
        action="Confirm the address",
        advice=_NOT_ASKED,
    )


_NOTICES: Mapping[Notice, str] = {
    "app added": "An authenticator app was set up for {account}.",
    "codes locked": "The right password was followed by several wrong codes. "
    "Codes are locked for a while for {account}.",
    "passkey added": "A passkey was set up for {account}.",
    "factors removed": "A second factor was removed from {account}.",
    "identity linked": "An identity of another service was linked to {account}. It can sign in to the account.",
    "identity unlinked": "An identity of another service was unlinked from {account}.",
    "recovery code used": "A recovery code was used to sign in to {account}.",
    "email changed": "The e-mail address of {account} was changed. Mails no longer go to this address.",
    "password changed": "The password of {account} was changed.",
    "password reset": "The password of {account} was set by a mailed link.",
    "recovery codes renewed": "New recovery codes were created for {account}. The older ones no longer work.",
}


_SIGN_INS = frozenset[Notice]({"codes locked", "recovery code used"})
"""The notices after which the account is as it was."""


def notice(to: str, organisation: Organisation, what: Notice, url: str) -> Mail:
    """Return the mail that tells a user of a change of the account, or of a sign-in to review."""
    name = _name(organisation)
    return _mail(
        to,
        organisation,
        url,
        subject=f"Sign-in to your account at {name}" if what in _SIGN_INS else f"Your account at {name} was changed",
        lead=_NOTICES[what].format(account=f"your account at {name}"),
        action="Review your account",
        advice="If this was not you, change your password now and tell your administrator.",
    )


def _mail(
    to: str, organisation: Organisation, url: str, *, subject: str, lead: str, action: str, advice: str = ""
) -> Mail:
    """Return the mail with the organisation's name, logo and colour."""
    address = urlsplit(url)
    logo = f"{address.scheme}://{address.netloc}/t/{organisation.key}/account/logo?v={organisation.logo_version}"
    return Mail(
        to=to,
        subject=subject,
        sender_name=_name(organisation) or _SERVICE,
        lead=lead,
        action=action,
        url=url,
        advice=advice,
        logo_url=logo if organisation.logo_version else "",
        accent_colour=organisation.accent_colour,
    )


def _name(organisation: Organisation) -> str:
    """Return what to call it: its key if its name, which its founder chose, could be shown as a link."""
    name = " ".join(organisation.name.split())
    return organisation.key if _LINKED.search(name) else name
