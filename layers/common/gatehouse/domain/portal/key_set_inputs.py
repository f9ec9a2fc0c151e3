"""What the owner of an application says of a key set, and what a key set may be."""

import msgspec

from gatehouse.domain.accounts import quotas
from gatehouse.domain.accounts.quotas import QuotaStore
from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.kernel.refusals import InvalidInputError, InvalidPropertiesError
from gatehouse.domain.oauth import grants, redirect_uris
from gatehouse.domain.portal import client_settings
from gatehouse.domain.portal.client_settings import ClientSettings

AUTHORIZATION_CODE = "authorization_code"
URIS_MAX = quotas.most("redirect-uris")
_LIFETIME_SECONDS_MAX = 10 * 365 * 86400


class KeySetInput(msgspec.Struct, frozen=True, kw_only=True):
    """What its owner says of a key set. Lifetimes of None are the deployment's."""

    grant_types: frozenset[str]
    redirect_uris: tuple[str, ...] = ()
    access_token_lifetime_seconds: int | None = None
    refresh_token_lifetime_seconds: int | None = None
    is_public: bool = False
    settings: ClientSettings = client_settings.DEFAULT


def supported_grants() -> tuple[str, ...]:
    """Return the grant types that a key set may have."""
    return tuple(sorted({*grants.GRANTS, AUTHORIZATION_CODE}))


def find_uris_max(store: QuotaStore, caller: Caller, draft: KeySetInput) -> int:
    """Return how many redirect URIs the draft may have; one read if it has more than every key set may."""
    wanted = max(len(draft.redirect_uris), len(draft.settings.post_logout_redirect_uris))
    return quotas.allowed(store, caller.organisation, "redirect-uris", wanted)


def check(draft: KeySetInput, uris_max: int = URIS_MAX) -> None:
    """Refuse what a key set cannot be.

    Raises:
        InvalidInputError: Its field says where.
    """
    if not draft.grant_types:
        raise InvalidInputError("Tick at least one grant type that is supported.", field="grantTypes")
    unknown = draft.grant_types - frozenset(supported_grants())
    if unknown:
        names = ", ".join(supported_grants())
        raise InvalidInputError(
            f"There is no grant type {min(unknown)[:40]!r}. There are: {names}.", field="grantTypes"
        )
    if AUTHORIZATION_CODE in draft.grant_types and not draft.redirect_uris:
        raise InvalidInputError(
            "The callback url must have at least one URI value when using Authorization code or implicit grant types.",
            field="callbackUrl",
        )
    if draft.is_public and "client_credentials" in draft.grant_types:
        raise InvalidInputError("A public client cannot use the client credentials grant.", field="grantTypes")
    _check_count(draft.redirect_uris, uris_max, "callbackUrl")
    _check_count(draft.settings.post_logout_redirect_uris, uris_max, "post_logout_redirect_uris")
    fault = redirect_uris.find_fault_of_all(draft.redirect_uris)
    if fault:
        raise InvalidInputError(fault, field="callbackUrl")
    _check_lifetime(draft.access_token_lifetime_seconds, "lifetime")
    _check_lifetime(draft.refresh_token_lifetime_seconds, "refresh_lifetime")


def _check_count(uris: tuple[str, ...], most: int, field: str) -> None:
    if len(uris) > most:
        raise InvalidInputError(f"At most {most} URIs, not {len(uris)}.", field=field)


def _check_lifetime(seconds: int | None, field: str) -> None:
    if seconds is None or 0 < seconds <= _LIFETIME_SECONDS_MAX:
        return
    too_short = "Application configuration values cannot have negative values."
    description = too_short if seconds <= 0 else "Tokens live for 10 years at most."
    raise InvalidPropertiesError(description, field=field)
