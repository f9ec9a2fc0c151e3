"""The form of a key set's settings: as it is shown, and as it is read."""

from collections.abc import Mapping

from gatehouse.domain.oauth.clients import Client
from gatehouse.domain.portal import key_set_inputs
from gatehouse.domain.portal.client_settings import ClientSettings
from gatehouse.domain.portal.key_set_inputs import KeySetInput
from gatehouse.endpoints.store import numbers

FIELDS_MAX = 1024
"""Of the forms that tick scopes: more than a token may have, so that too many are refused beside them."""


def values(client: Client | None) -> dict[str, str]:
    """Return what the form shows."""
    if client is None:
        return {"grant client_credentials": "on", "pkce": "on"}
    return {
        **{f"grant {name}": "on" for name in client.grant_types},
        "callbacks": "\n".join(client.redirect_uris),
        "access_lifetime": str(client.access_token_lifetime_seconds or ""),
        "refresh_lifetime": str(client.refresh_token_lifetime_seconds or ""),
        **({"public": "on"} if client.is_public else {}),
        **({"pkce": "on"} if client.requires_pkce else {}),
        **({"skip_consent": "on"} if client.skips_consent else {}),
        **({"second_factor": "on"} if client.second_factor else {}),
        "post_logout_redirect_uris": "\n".join(client.post_logout_redirect_uris),
        "allowed_origins": "\n".join(client.allowed_origins),
        "jwks": client.jwks,
        "jwks_uri": client.jwks_uri,
        "replay_window_seconds": str(client.replay_window_seconds),
    }


def read(form: Mapping[str, str], *, is_public: bool | None = None) -> KeySetInput:
    """Return what was typed.

    Raises:
        InvalidInputError: A number is none.
    """
    grant_types = {name.removeprefix("grant ") for name in form if name.startswith("grant ")}
    return KeySetInput(
        grant_types=frozenset(grant_types) & frozenset(key_set_inputs.supported_grants()),
        redirect_uris=_lines(form, "callbacks"),
        access_token_lifetime_seconds=numbers.seconds(form, "access_lifetime", "lifetime", minimum=1),
        refresh_token_lifetime_seconds=numbers.seconds(form, "refresh_lifetime", minimum=1),
        is_public="public" in form if is_public is None else is_public,
        settings=ClientSettings(
            requires_pkce="pkce" in form,
            post_logout_redirect_uris=_lines(form, "post_logout_redirect_uris"),
            jwks=form.get("jwks", "").strip(),
            jwks_uri=form.get("jwks_uri", "").strip(),
            allowed_origins=_lines(form, "allowed_origins"),
            skips_consent="skip_consent" in form,
            second_factor="second_factor" in form,
            replay_window_seconds=numbers.parse(form, "replay_window_seconds", minimum=0),
        ),
    )


def scopes_chosen(form: Mapping[str, str]) -> frozenset[str]:
    """Return the scopes that were ticked; what issues a token checks how many they are, and each."""
    return frozenset(name.removeprefix("scope ") for name in form if name.startswith("scope "))


def _lines(form: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in form.get(name, "").splitlines() if line.strip())
