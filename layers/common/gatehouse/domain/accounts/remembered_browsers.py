"""Browsers in which a user has signed in. The lock of an account by strangers does not hold there.

Wrong passwords in such a browser are counted for the browser, apart from those of the account (docs/decisions/0367).
Some skip the second factor for some days, too, because it was proved in them. They skip nothing else: not the password,
and not what a request or an account page demands. The browser holds 256 random bits in a cookie; only their digest is
stored. A change of password or factors ends all of a user's.
"""

from copy import replace
from typing import Protocol

import msgspec

from gatehouse.domain.accounts import quotas
from gatehouse.domain.accounts.organisations import Organisation
from gatehouse.domain.accounts.users import User
from gatehouse.domain.kernel import digests
from gatehouse.domain.kernel.audit import Entry

KEPT_MAX = quotas.most("remembered-browsers")
"""How many a user has; one more forgets the oldest."""

_DAY_SECONDS = 24 * 60 * 60

KNOWN_SECONDS = 90 * _DAY_SECONDS
"""For how long a browser is known after it skips nothing (any more). A sign-in in the second half renews that."""


class RememberedBrowser(msgspec.Struct, frozen=True, kw_only=True):
    """One browser of one user.

    Attributes:
        digest: SHA-256 of the cookie's value.
        generation: The user's at that sign-in.
        skips_second_factor: Whether the second factor was proved there, and the user wants to skip it.
        device: What the browser called itself.
        since: NumericDate of that sign-in.
        expires_at: NumericDate from which the browser is unknown; also the TTL attribute.
    """

    digest: bytes
    organisation: str
    user_id: str
    generation: str
    skips_second_factor: bool
    device: str
    since: int
    expires_at: int

    @property
    def browser_id(self) -> str:
        """What names it on the account page; it tells nothing of the cookie."""
        return self.digest.hex()[:16]

    @property
    def skips_until(self) -> int:
        """NumericDate until which it skips the second factor, by the settings of that sign-in; 0 if it skips nothing.

        It stays known for as long again as others are: who skips the second factor is not locked out sooner.
        """
        return self.expires_at - KNOWN_SECONDS if self.skips_second_factor else 0


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

    def forget_browser(self, organisation: str, digest: bytes, entry: Entry | None = None) -> None:
        """Forget it, with the line of the audit log where somebody asked for that."""
        ...


def lifetime_seconds(organisation: Organisation) -> int:
    """Return for how long the organisation remembers a browser; 0 for not at all."""
    return organisation.remembered_browser_days * _DAY_SECONDS


def remember(
    store: RememberedBrowserStore,
    user: User,
    organisation: Organisation,
    secret: str,
    device: str,
    now: int,
    *,
    skips_second_factor: bool,
) -> RememberedBrowser:
    """Remember a browser in which the user has just signed in.

    Of too many, some are forgotten: first those that were ended, then those that skip nothing, the next to end first.

    Args:
        store: Where browsers are kept.
        user: As read with what the sign-in was checked against.
        organisation: The user's.
        secret: What the cookie holds.
        device: What the browser called itself.
        now: NumericDate.
        skips_second_factor: Whether the user has just proved the second factor, and wants to skip it.
    """
    kept = sorted(
        store.find_browsers(user.organisation, user.user_id),
        key=lambda one: (is_known(one, user, now), is_alive(one, user, organisation, now), one.expires_at),
    )
    for one in kept[: max(len(kept) - KEPT_MAX + 1, 0)]:
        store.forget_browser(user.organisation, one.digest)
    browser = RememberedBrowser(
        digest=digests.digest(secret),
        organisation=user.organisation,
        user_id=user.user_id,
        generation=user.generation,
        skips_second_factor=skips_second_factor,
        device=device,
        since=now,
        expires_at=now + KNOWN_SECONDS + (lifetime_seconds(organisation) if skips_second_factor else 0),
    )
    store.add_browser(user.organisation, browser)
    return browser


def retire(store: RememberedBrowserStore, browser: RememberedBrowser, now: int) -> None:
    """Make the item that a new one replaces skip nothing, and end before those in use.

    It is not forgotten: if the answer with the new cookie is lost, the browser has no other cookie than this item's.

    Args:
        store: Where browsers are kept.
        browser: The replaced item, which is known.
        now: NumericDate.
    """
    ends_at = min(browser.expires_at, now + KNOWN_SECONDS // 2)
    retired = replace(browser, skips_second_factor=False, expires_at=ends_at)
    if retired != browser:
        store.add_browser(browser.organisation, retired)


def find_alive(
    store: RememberedBrowserStore, user: User, organisation: Organisation, now: int
) -> list[RememberedBrowser]:
    """Return the browsers that skip the user's second factor, the newest first, and until when by today's settings."""
    found = store.find_browsers(user.organisation, user.user_id)
    alive = [one for one in found if is_alive(one, user, organisation, now)]
    shown = [replace(one, expires_at=_skips_until(one, organisation) + KNOWN_SECONDS) for one in alive]
    return sorted(shown, key=lambda one: -one.since)


def is_alive(browser: RememberedBrowser, user: User, organisation: Organisation, now: int) -> bool:
    """Say whether the user may skip the second factor in the browser, by today's settings of the organisation."""
    return is_known(browser, user, now) and now < _skips_until(browser, organisation)


def _skips_until(browser: RememberedBrowser, organisation: Organisation) -> int:
    """Return until when it skips the second factor: fewer days of the organisation hold at once, more are ignored."""
    return min(browser.skips_until, browser.since + lifetime_seconds(organisation))


def is_known(browser: RememberedBrowser, user: User, now: int) -> bool:
    """Say whether the user signed in in the browser, and nothing ended that since."""
    is_of_user = (browser.user_id, browser.generation) == (user.user_id, user.generation)
    return is_of_user and now < browser.expires_at


def is_lasting(browser: RememberedBrowser, now: int) -> bool:
    """Say whether a known browser need not be remembered again."""
    return browser.expires_at - now > KNOWN_SECONDS // 2
