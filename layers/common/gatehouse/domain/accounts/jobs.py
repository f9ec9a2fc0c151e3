"""Jobs: work that is done after the answer, so that a page takes as long for everyone.

A page that looked an account up and then sent a mail would tell by its time whether the account exists.
"""

from typing import Literal, Protocol

import msgspec

from gatehouse.domain.accounts import quotas
from gatehouse.domain.accounts.organisations import Organisation
from gatehouse.domain.accounts.users import User
from gatehouse.domain.kernel import digests
from gatehouse.domain.kernel.audit import Entry

_MEMORY_SECONDS = 24 * 60 * 60

MAILS_WINDOW_SECONDS = 60 * 60
MAILS_IN_ALL_MAX = quotas.most("mails-in-all")
REQUESTS_MAX = 20
"""How many mails of one organisation, and of all, an address gets in a window, whoever asks; how many a source address
asks for in five minutes."""

ALL_ORGANISATIONS = ""

type Kind = Literal[
    "sign_up", "recover", "create_organisation", "approved", "invite", "request", "enrol", "email", "notice"
]

type Notice = Literal[
    "",
    "app added",
    "codes locked",
    "passkey added",
    "factors removed",
    "identity linked",
    "identity unlinked",
    "recovery code used",
    "recovery codes renewed",
    "email changed",
    "password changed",
    "password reset",
]
"""Which change of their account a mail tells a user about."""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to be done.

    Attributes:
        kind: A mail to a person who signs up, forgot a password, creates an organisation, was approved or invited,
            enrols a second factor or has a new address; a mail to administrators about a request; or a notice of a
            change of the account.
        notice: Which change.
        address: Where the mail goes, if it is not the user's own address of the time.
        issuer: The issuer whose page asked, to build a link on.
        login: The username as typed, or the e-mail address of a sign-up.
        generation: Of the member whom an administrator meant; empty if the member asked for it.
        query: The authorization request to continue with, or empty.
        prefix: Of the page that carried it, since that is whose issuer the request is at.
        created_at_ms: Epoch milliseconds.
    """

    job_id: str = msgspec.field(default_factory=digests.generate_id)
    kind: Kind
    organisation: str
    issuer: str = ""
    login: str = ""
    display_name: str = ""
    generation: str = ""
    query: str = ""
    prefix: str = ""
    notice: Notice = ""
    address: str = ""
    created_at_ms: int

    @property
    def expires_at(self) -> int:
        """NumericDate from which a job that could not be run is forgotten, a day later; the TTL attribute."""
        return self.created_at_ms // 1000 + _MEMORY_SECONDS


class JobStore(Protocol):
    """The outbox; the table's stream delivers its jobs to `functions/jobs`."""

    def enqueue(self, organisation: str, job: Job, entry: Entry | None = None) -> None:
        """Store the job, with the line of the audit log where there is one."""
        ...


class MailCounter(Protocol):
    """Counts mails that were sent, so that nobody's mailbox is flooded through us."""

    def find_mails(self, organisation: str, address: str, now: int) -> int:
        """Return how many mails the address got in this window."""
        ...

    def count_mail(self, organisation: str, address: str, now: int) -> int:
        """Count one mail that was sent to the address; return how many it got in this window."""
        ...


def notice(user: User, what: Notice, issuer: str, at_ms: int) -> Job:
    """Return the job that tells a user of a change of the account."""
    return Job(
        kind="notice",
        organisation=user.organisation,
        created_at_ms=at_ms,
        issuer=issuer,
        login=user.username,
        notice=what,
    )


def request(organisation: Organisation, address: str, at_ms: int) -> Job | None:
    """Return the job that tells administrators of a request that awaits their decision; None if nobody is told.

    Args:
        organisation: Whose administrators decide.
        address: Of this service, without a path.
        at_ms: Epoch milliseconds.
    """
    if not organisation.request_mails:
        return None
    return Job(kind="request", organisation=organisation.key, created_at_ms=at_ms, issuer=address)
