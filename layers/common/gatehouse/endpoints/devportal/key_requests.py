"""Request bodies about keys: key sets, key types and scopes, as WSO2's portal spells them."""

import json

from gatehouse.domain.kernel.refusals import InvalidInputError
from gatehouse.domain.oauth import assertions
from gatehouse.domain.oauth.clients import Client
from gatehouse.domain.portal import client_settings, key_set_inputs
from gatehouse.domain.portal.client_settings import ClientSettings
from gatehouse.domain.portal.key_set_inputs import KeySetInput
from gatehouse.endpoints.rest.bodies import Fields


def parse(fields: Fields, grant_types: tuple[str, ...], present: Client | None = None) -> KeySetInput:
    """Return what the body says of a key set. Grant types that WSO2 has and Gatehouse lacks are left out.

    Args:
        fields: The body.
        grant_types: As it names them.
        present: The key set that is changed: what the body does not name stays as it is.
    """
    properties = fields.fields("additionalProperties")
    validity = None if present else fields.number("validityTime")
    return KeySetInput(
        grant_types=frozenset(grant_types) & frozenset(key_set_inputs.supported_grants()),
        redirect_uris=_uris(fields, "callbackUrl", present.redirect_uris if present else ()),
        access_token_lifetime_seconds=_lifetime(
            properties,
            ("application_access_token_expiry_time", "user_access_token_expiry_time"),
            validity,
            present.access_token_lifetime_seconds if present else validity,
        ),
        refresh_token_lifetime_seconds=_lifetime(
            properties,
            ("refresh_token_expiry_time",),
            None,
            present.refresh_token_lifetime_seconds if present else None,
        ),
        is_public=properties.flag("bypassClientCredentials"),
        settings=_settings(properties, client_settings.of(present) if present else ClientSettings()),
    )


def _settings(properties: Fields, present: ClientSettings) -> ClientSettings:
    """Return the settings: what the body does not name stays as it is."""
    jwks, jwks_uri = _keys(properties, present)
    settings = ClientSettings(
        requires_pkce=properties.flag("pkceMandatory", default=present.requires_pkce),
        post_logout_redirect_uris=_uris(properties, "post_logout_redirect_uris", present.post_logout_redirect_uris),
        jwks=jwks,
        jwks_uri=jwks_uri,
        allowed_origins=_uris(properties, "allowed_origins", present.allowed_origins),
        skips_consent=properties.flag("skip_consent", default=present.skips_consent),
        second_factor=properties.flag("second_factor", default=present.second_factor),
        replay_window_seconds=properties.number("replay_window_seconds", present.replay_window_seconds),
    )
    method = properties.text("token_endpoint_auth_method")
    if method and (method == assertions.METHOD) != bool(settings.jwks or settings.jwks_uri):
        raise InvalidInputError(
            "The method private_key_jwt needs jwks or jwks_uri, and no other method takes them.",
            field="token_endpoint_auth_method",
        )
    return settings


def _uris(properties: Fields, name: str, present: tuple[str, ...]) -> tuple[str, ...]:
    """Return a list of texts, also one that is spelled as one text with commas or lines, as WSO2's forms send it."""
    value = properties.values.get(name)
    if value is None or value == ",".join(present):  # as answers spell them; one may hold a comma itself
        return present
    if isinstance(value, str):
        return _split(value)
    return properties.texts(name)


def _split(text: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in text.replace("\n", ",").split(",") if one.strip())


def _keys(properties: Fields, present: ClientSettings) -> tuple[str, str]:
    """Return the JWK Set and its URL; naming one of them takes the other one away (RFC 7591 section 2)."""
    jwks, jwks_uri = _jwks(properties, present.jwks), properties.text("jwks_uri", present.jwks_uri).strip()
    if jwks and jwks_uri and properties.values.get("jwks") is None:
        return "", jwks_uri
    if jwks and jwks_uri and properties.values.get("jwks_uri") is None:
        return jwks, ""
    return jwks, jwks_uri


def _jwks(properties: Fields, present: str) -> str:
    """Return the JWK Set as text; it may come as an object, or as text. An empty one takes it away."""
    value = properties.values.get("jwks", present)
    if isinstance(value, dict):
        return json.dumps(value) if value else ""
    return properties.text("jwks", present)


def _lifetime(properties: Fields, names: tuple[str, ...], unset: int | None, unnamed: int | None) -> int | None:
    """Return the first lifetime that is set.

    Args:
        properties: What the body says.
        names: Under which it may say it.
        unset: What `N/A` and an empty text stand for; None is the deployment's own lifetime.
        unnamed: What nothing stands for.
    """
    named = [name for name in names if properties.values.get(name) is not None]
    given = next((name for name in named if properties.values[name] not in ("", "N/A")), None)
    if given is not None:
        return properties.number(given)
    return unset if named else unnamed


def scopes(fields: Fields) -> frozenset[str]:
    """Return the scopes that were asked for, without those that WSO2's portal always sends."""
    return frozenset(fields.texts("scopes")) - {"am_application_scope", "default", ""}
