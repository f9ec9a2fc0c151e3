"""Browsers that skip the second factor for some days, because it was proved in them before.

They skip nothing else: not the password, and not what a request or an account page demands. The browser holds 256
random bits in a cookie; only their digest is stored. A change of password or factors ends all of a user's.
"""

import secrets
from typing import Protocol

import msgspec

from gatehouse.domain.accounts import quotas
from gatehouse.domain.accounts.organisations import Organisation
from gatehouse.domain.accounts.users import User
from gatehouse.domain.kernel import digests

KEPT_MAX = quotas.most("remembered-browsers")
"""How many a user has; one more forgets the oldest."""

_SECRET_BYTES = 32
_DAY_SECONDS = 24 * 60 * 60


class RememberedBrowser(msgspec.Struct, frozen=True, kw_only=True):
    """One browser of one user.

    Attributes:
        digest: SHA-256 of the cookie's value.
        generation: The user's when the second factor was proved.
        device: What the browser called itself.
        since: NumericDate of that sign-in.
        expires_at: NumericDate; also the TTL attribute.
    """

    digest: bytes
    organisation: str
    user_id: str
    generation: str
    device: str
    since: int
    expires_at: int

    @property
    def browser_id(self) -> str:
        """What names it on the account page; it tells nothing of the cookie."""
        return self.digest.hex()[:16]


class RememberedBrowserStore(Protocol):
    """Where they are kept."""

    def add_browser(self, organisation: str, browser: RememberedBrowser) -> None:
        """Store a new one."""
        ...

    def find_browser(self, organisation: str, digest: bytes) -> RememberedBrowser | None:
        """Return it, read strongly, however old it is."""
        ...

    def find_browsers(self, organisation: str, user_id: str) -> tuple[RememberedBrowser, ...]:
        """Return at most 100 of the user's, however old they are; seconds late at most."""
        ...

    def forget_browser(self, organisation: str, digest: bytes) -> None:
        """Forget it."""
        ...


def generate_secret() -> str:
    """Return what the cookie holds: 256 random bits."""
    return secrets.token_urlsafe(_SECRET_BYTES)


def lifetime_seconds(organisation: Organisation) -> int:
    """Return for how long the organisation remembers a browser; 0 for not at all."""
    return organisation.remembered_browser_days * _DAY_SECONDS


def remember(
    store: RememberedBrowserStore, user: User, organisation: Organisation, secret: str, device: str, now: int
) -> RememberedBrowser:
    """Remember a browser in which the user has just proved the second factor."""
    kept = sorted(store.find_browsers(user.organisation, user.user_id), key=lambda one: one.since)
    for one in kept[: max(len(kept) - KEPT_MAX + 1, 0)]:
        store.forget_browser(user.organisation, one.digest)
    browser = RememberedBrowser(
        digest=digests.digest(secret),
        organisation=user.organisation,
        user_id=user.user_id,
        generation=user.generation,
        device=device,
        since=now,
        expires_at=now + lifetime_seconds(organisation),
    )
    store.add_browser(user.organisation, browser)
    return browser


def is_alive(browser: RememberedBrowser, user: User, organisation: Organisation, now: int) -> bool:
    """Say whether the user may skip the second factor in the browser, by today's settings of the organisation."""
    is_of_user = (browser.user_id, browser.generation) == (user.user_id, user.generation)
    return is_of_user and now < min(browser.expires_at, browser.since + lifetime_seconds(organisation))
