"""What an identity provider says of a user, checked: the claims of an ID token and of userinfo."""

from collections.abc import Mapping
from typing import Any, cast

from gatehouse.domain.accounts.identity_providers import Identity, IdentityProvider
from gatehouse.domain.kernel import json_values

SKEW_SECONDS = 60


SUBJECT_MAX_CHARACTERS = 255


_GOOGLE = "https://accounts.google.com"


_GROUPS_MAX = 500


_OF_THE_TOKEN = frozenset(
    {"iss", "aud", "azp", "exp", "iat", "nbf", "nonce", "sid", "acr", "amr", "auth_time", "at_hash", "c_hash"}
)


class IdentityRefusedError(Exception):
    """An ID token or a person that is not accepted; the text is for the log, and holds nothing secret."""


def check(provider: IdentityProvider, claims: Mapping[str, Any], nonce: str, now: int) -> Identity:
    """Return the person that a verified ID token is about (OpenID Connect Core section 3.1.3.7).

    Raises:
        IdentityRefusedError: It is of another issuer, for another client or request, too old or too early; or its
            person may not sign in here.
    """
    if claims.get("iss") not in _spellings(provider.issuer):
        raise IdentityRefusedError("iss is not the provider's")
    _check_audience(provider, claims)
    _check_times(claims, now)
    if claims.get("nonce") != nonce:
        raise IdentityRefusedError("nonce is not the request's")
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= SUBJECT_MAX_CHARACTERS:
        raise IdentityRefusedError("no sub")
    for name, wanted in provider.required_claims.items():
        if claims.get(name) != wanted:
            raise IdentityRefusedError(f"claim {name} is not as required")
    email = _email(provider, claims)
    if provider.domains and email.rpartition("@")[2] not in provider.domains:
        raise IdentityRefusedError("no verified mail address of an allowed domain")
    return Identity(
        provider_id=provider.provider_id,
        issuer=provider.issuer,
        subject=subject,
        email=email,
        name=_text(claims.get("name"))[:100],
        groups=find_groups(provider, claims),
        has_factor=provider.trusts_factors and "mfa" in json_values.elements(claims.get("amr")),
        session_id=_text(claims.get("sid"))[:SUBJECT_MAX_CHARACTERS],
        proved_at=_proved_at(claims.get("auth_time"), now),
    )


def lacks_claims(provider: IdentityProvider, claims: Mapping[str, Any]) -> bool:
    """Say whether an ID token leaves out what the provider may tell at its UserInfo endpoint (section 5.4)."""
    first = provider.groups_claim.partition(".")[0]
    lacks_groups = bool(first) and not {first, provider.groups_claim, "_claim_names"} & claims.keys()
    return ("email" in provider.scopes and "email" not in claims) or lacks_groups


def add_claims(claims: Mapping[str, Any], told: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the claims of an ID token with what the UserInfo endpoint tells besides, of the same person.

    What the ID token says stands, and what it is for comes from it alone.

    Raises:
        IdentityRefusedError: It is another person.
    """
    if told.get("sub") != claims.get("sub"):  # section 5.3.2
        raise IdentityRefusedError("UserInfo is about somebody else")
    return {**{name: value for name, value in told.items() if name not in _OF_THE_TOKEN}, **claims}


def find_groups(provider: IdentityProvider, claims: Mapping[str, Any]) -> frozenset[str] | None:
    """Return the groups that an ID token names; None if nobody asked, or there were too many to be named.

    Microsoft Entra ID leaves out more than 200 groups and says so in `_claim_names`.
    """
    if not provider.groups_claim:
        return None
    elsewhere = claims.get("_claim_names")
    first = provider.groups_claim.partition(".")[0]
    if isinstance(elsewhere, Mapping) and first in elsewhere:
        return None
    found: Any = claims.get(provider.groups_claim)
    if found is None:
        found = claims
        for part in provider.groups_claim.split("."):
            found = cast("Mapping[str, Any]", found).get(part) if isinstance(found, Mapping) else None
    listed = cast("list[Any]", found) if isinstance(found, list) else [found]
    return frozenset(one for one in listed[:_GROUPS_MAX] if isinstance(one, str))


def map_roles(provider: IdentityProvider, identity: Identity, held: frozenset[str]) -> frozenset[str]:
    """Return the roles of a person after a sign-in.

    Roles that some group of the provider could give are the provider's affair: the person has those of their groups,
    and no others. All other roles stay as they are. If the provider did not say, nothing changes.
    """
    if identity.groups is None:
        return held
    governed = frozenset(role for roles in provider.roles.values() for role in roles)
    given = frozenset(role for group in identity.groups for role in provider.roles.get(group, ()))
    return (held - governed) | given


def _spellings(issuer: str) -> tuple[str, ...]:
    """Return how an issuer spells itself in ID tokens: Google documents a second spelling."""
    return (issuer, issuer.partition("//")[2]) if issuer == _GOOGLE else (issuer,)


def _check_audience(provider: IdentityProvider, claims: Mapping[str, Any]) -> None:
    audience = claims.get("aud")
    listed = cast("list[Any]", audience) if isinstance(audience, list) else [audience]
    if provider.client_id not in listed:
        raise IdentityRefusedError("aud does not name this client")
    authorized = claims.get("azp")
    if (len(listed) > 1 or authorized is not None) and authorized != provider.client_id:
        raise IdentityRefusedError("azp is not this client")


def _check_times(claims: Mapping[str, Any], now: int) -> None:
    expires, issued, begins = claims.get("exp"), claims.get("iat"), claims.get("nbf", 0)
    if not all(isinstance(one, int | float) and not isinstance(one, bool) for one in (expires, issued, begins)):
        raise IdentityRefusedError("no exp or iat")
    if now >= cast("float", expires) + SKEW_SECONDS:
        raise IdentityRefusedError("expired")
    if max(cast("float", issued), cast("float", begins)) > now + SKEW_SECONDS:
        raise IdentityRefusedError("issued in the future")


def _proved_at(auth_time: Any, now: int) -> int | None:
    """Return when the person proved who they are, if that was earlier: a session at the provider asks nobody again."""
    return int(auth_time) if type(auth_time) in {int, float} and 0 < auth_time < now else None


def _email(provider: IdentityProvider, claims: Mapping[str, Any]) -> str:
    """Return the mail address if it counts as verified; some providers spell the claim as text."""
    email = _text(claims.get("email")).lower()
    is_verified = claims.get("email_verified") in (True, "true") or provider.trusts_email
    return email if is_verified and 0 < len(email) <= 254 and email.count("@") == 1 else ""


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
