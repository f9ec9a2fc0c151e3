"""The mails we send: one link, and nothing that somebody else typed before it.

A mail is a value, rendered twice: here as plain text, and as HTML where it is sent.
"""

import re
from collections.abc import Mapping
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


class MailTemplate(msgspec.Struct, frozen=True, kw_only=True):
    """The words of a mail: `{name}` stands for the organisation's name, `{to}` for the address that gets it."""

    subject: str
    lead: str
    action: str
    advice: str = ""

    def render(self, to: str, organisation: Organisation, url: str) -> Mail:
        """Return the mail with the organisation's name, logo and colour."""
        name, address = _name(organisation), urlsplit(url)
        logo = f"{address.scheme}://{address.netloc}/t/{organisation.key}/account/logo?v={organisation.logo_version}"
        return Mail(
            to=to,
            subject=self.subject.format(name=name),
            sender_name=name or _SERVICE,
            lead=self.lead.format(name=name, to=to),
            action=self.action,
            url=url,
            advice=self.advice,
            logo_url=logo if organisation.logo_version else "",
            accent_colour=organisation.accent_colour,
        )


CONFIRMATION = MailTemplate(
    subject="Your account at {name}",
    lead="To create your account at {name}, choose a password. The link works once, for an hour.",
    action="Choose a password",
    advice=_NOT_ASKED,
)
"""To a person who signs up."""

REMINDER = MailTemplate(
    subject="You have an account at {name}",
    lead="Someone, perhaps you, tried to create an account at {name} with this address. You have one already: "
    "sign in with {to}. If you forgot the password, reset it.",
    action="Reset your password",
    advice=_NOT_ASKED,
)
"""To a person who signs up again."""

APPROVAL = MailTemplate(
    subject="Your account at {name} is approved",
    lead="An administrator of {name} approved your account. You can sign in now.",
    action="Sign in",
)
"""To a person whose sign-up was approved."""

ORGANISATION_SIGNUP = MailTemplate(
    subject="Your new organisation",
    lead="To create your organisation, confirm your e-mail address. The link works once, for an hour.",
    action="Create the organisation",
    advice=_NOT_ASKED,
)
"""To a person who wants to create an organisation."""

RECOVERY = MailTemplate(
    subject="A new password for {name}",
    lead="Choose a new password for your account at {name}. The link works once, for an hour.",
    action="Choose a new password",
    advice=_NOT_ASKED,
)
"""To a person who forgot the password."""

INVITATION = MailTemplate(
    subject="Invitation to {name}",
    lead="An administrator invited you to {name}. To accept, choose a password within 7 days.",
    action="Accept the invitation",
    advice="If you do not know the organisation, ignore this mail.",
)
"""To a person whom an administrator invited."""

REQUEST = MailTemplate(
    subject="Pending request at {name}",
    lead="A sign-up or a subscription at {name} awaits a decision.",
    action="Open the inbox",
    advice="You get at most one such mail in an hour. Administrators change this address in the settings.",
)
"""To administrators about requests that await a decision."""

ENROLMENT = MailTemplate(
    subject="Set up a second factor for {name}",
    lead="To set up a second factor for your account at {name}, open this link within an hour, in the "
    "browser in which you signed in.",
    action="Set up a second factor",
    advice="If you did not ask for this, somebody else knows your password. Change it now.",
)
"""To a person who sets up the first second factor."""

NEW_ADDRESS = MailTemplate(
    subject="Your new address for {name}",
    lead="To use this address for your account at {name}, open this link within an hour, in the "
    "browser in which you are signed in.",
    action="Confirm the address",
    advice=_NOT_ASKED,
)
"""To the new address of an account."""

_NOTICES: Mapping[Notice, str] = {
    "app added": "An authenticator app was set up for your account at {name}.",
    "codes locked": "The right password was followed by several wrong codes. "
    "Codes are locked for a while for your account at {name}.",
    "passkey added": "A passkey was set up for your account at {name}.",
    "factors removed": "A second factor was removed from your account at {name}.",
    "identity linked": "An identity of another service was linked to your account at {name}. "
    "It can sign in to the account.",
    "identity unlinked": "An identity of another service was unlinked from your account at {name}.",
    "recovery code used": "A recovery code was used to sign in to your account at {name}.",
    "email changed": "The e-mail address of your account at {name} was changed. Mails no longer go to this address.",
    "password changed": "The password of your account at {name} was changed.",
    "password reset": "The password of your account at {name} was set by a mailed link.",
    "recovery codes renewed": "New recovery codes were created for your account at {name}. "
    "The older ones no longer work.",
}


_SIGN_INS = frozenset[Notice]({"codes locked", "recovery code used"})
"""The notices after which the account is as it was."""


def notice(what: Notice) -> MailTemplate:
    """Return the words that tell a user of a change of the account, or of a sign-in to review."""
    return MailTemplate(
        subject="Sign-in to your account at {name}" if what in _SIGN_INS else "Your account at {name} was changed",
        lead=_NOTICES[what],
        action="Review your account",
        advice="If this was not you, change your password now and tell your administrator.",
    )


def _name(organisation: Organisation) -> str:
    """Return what to call it: its key if its name, which its founder chose, could be shown as a link."""
    name = " ".join(organisation.name.split())
    return organisation.key if _LINKED.search(name) else name
