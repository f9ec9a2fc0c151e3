"""One-time links: what arrives in a mailbox and proves that it was read there."""

from typing import Literal, Protocol

import msgspec

from gatehouse.domain.accounts.users import User
from gatehouse.domain.kernel import digests

LIFETIME_SECONDS = 60 * 60

INVITATION_SECONDS = 7 * 24 * 60 * 60
"""How long the link of an invitation lives: nobody asked for it, so nobody waits for it."""

_SECRET_MAX_CHARACTERS = 100

type Purpose = Literal["sign_up", "recover", "invite", "create_organisation", "enrol", "email"]


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """A link that lets its holder choose a password, once.

    Attributes:
        digest: SHA-256 of what stands in the link.
        username: Whose password; for a sign-up, of the account to be.
        user_id: None for a sign-up.
        generation: The user's when the link was made; None for a sign-up.
        query: The authorization request to continue with, or empty.
        prefix: Of the page that carried it, since that is whose issuer the request is at.
        expires_at: NumericDate; also the TTL attribute.
        used_by: The digest of the form's token that used it; None while it was not used.
    """

    digest: bytes
    purpose: Purpose
    organisation: str
    username: str
    user_id: str | None = None
    generation: str | None = None
    email: str
    display_name: str = ""
    query: str = ""
    prefix: str = ""
    expires_at: int
    used_by: bytes | None = None


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """The use of a link, stored by the transaction that stores what the link allowed, or not at all.

    Attributes:
        form: The digest of the form's token, so that the same form can be sent again if its answer was lost.
        now: NumericDate.
    """

    link: Link
    form: bytes
    now: int


class LinkStore(Protocol):
    """Where links are kept."""

    def add_link(self, organisation: str, link: Link) -> None:
        """Store a new link."""
        ...

    def find_link(self, organisation: str, digest: bytes) -> Link | None:
        """Return the link as it is now, used or not, however old it is."""
        ...


def enrolment(user: User, secret: str, now: int) -> Link:
    """Return the link with which a user sets up the first second factor."""
    return Link(
        digest=digest(secret),
        purpose="enrol",
        organisation=user.organisation,
        username=user.username,
        user_id=user.user_id,
        generation=user.generation,
        email=user.email,
        expires_at=now + LIFETIME_SECONDS,
    )


def digest(secret: str) -> bytes:
    """Return the form in which a link is stored; an overlong one is cut, since it is nobody's."""
    return digests.digest(secret[:_SECRET_MAX_CHARACTERS])


def is_for(link: Link, user: User) -> bool:
    """Say whether the link still speaks for the user: a change of the password ends the links made before it."""
    return (user.user_id, user.generation) == (link.user_id, link.generation)


def is_alive(link: Link | None, now: int, form: bytes | None = None) -> bool:
    """Say whether the link still opens anything: it was not used, unless by this very form, and is not too old."""
    return link is not None and now < link.expires_at and link.used_by in {None, form}
