"""Settings of a key set beyond grant types, callbacks and lifetimes: names as in RFC 7591 where it has one."""

import re
from copy import replace

import msgspec

from gatehouse.domain.kernel import outside_urls
from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.kernel.refusals import InvalidInputError, NotAllowedError
from gatehouse.domain.oauth import assertions, client_keys, clients, redirect_uris
from gatehouse.domain.oauth.clients import Client

REPLAY_WINDOW_SECONDS_MAX = 60
PUBLIC_REPLAY_WINDOW_SECONDS = 2
CONFIDENTIAL_REPLAY_WINDOW_SECONDS = 10

_ORIGINS_MAX = 10
_ORIGIN = re.compile(
    r"https://[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?"
    r"|http://(?:localhost|127\.0\.0\.1|\[::1\])(?::[0-9]{1,5})?"
)
_DEFAULT_PORT = re.compile(r"https://.*:443|http://.*:80")


class ClientSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What the owner of a key set decides beside its grants: fields of `Client` of the same names.

    Attributes:
        requires_pkce: Whether `/authorize` insists on PKCE; a public client always must (RFC 9700 section 2.1.1).
        post_logout_redirect_uris: Where `/logout` may send a browser (OpenID Connect RP-Initiated Logout section 2).
        jwks: A JWK Set in JSON; with it, the client authenticates by `private_key_jwt` and by no secret.
        jwks_uri: Where the client publishes its JWK Set instead; also for `private_key_jwt`.
        allowed_origins: The origins whose scripts may use the client at the token endpoints; empty for any.
        skips_consent: Whether users are not asked; an administrator's decision, never for a public client.
        second_factor: Whether it takes only users who proved a second factor.
        replay_window_seconds: How long a spent refresh token still gets its answer again, 0 to 60; None for the
            default: 10 for confidential, 2 for public clients.
    """

    requires_pkce: bool = True
    post_logout_redirect_uris: tuple[str, ...] = ()
    jwks: str = ""
    jwks_uri: str = ""
    allowed_origins: tuple[str, ...] = ()
    skips_consent: bool = False
    second_factor: bool = False
    replay_window_seconds: int | None = None


DEFAULT = ClientSettings()


def of(client: Client) -> ClientSettings:
    """Return the settings that a client has."""
    return msgspec.convert(client, ClientSettings, from_attributes=True)


def apply(client: Client, settings: ClientSettings, caller: Caller) -> Client:
    """Return the client with the settings.

    Raises:
        InvalidInputError: A setting is out of range; its field says which.
        NotAllowedError: The caller is no administrator and would change whether users are asked.
    """
    check(settings, is_public=client.is_public)
    if settings.skips_consent != client.skips_consent and not caller.is_admin:
        raise NotAllowedError("Only an administrator of the organisation decides whether users are asked for consent.")
    values = msgspec.structs.asdict(settings) | {"authentication_methods": _methods(client, settings)}
    if settings.replay_window_seconds is None:
        default = PUBLIC_REPLAY_WINDOW_SECONDS if client.is_public else CONFIDENTIAL_REPLAY_WINDOW_SECONDS
        values["replay_window_seconds"] = default
    return replace(client, **values)


def check(settings: ClientSettings, *, is_public: bool) -> None:
    """Refuse what no key set can have.

    Raises:
        InvalidInputError: Its field says where.
    """
    if is_public and not settings.requires_pkce:
        raise InvalidInputError("A public client always uses PKCE.", field="pkceMandatory")
    if is_public and settings.skips_consent:
        raise InvalidInputError("Users of a public client are always asked for consent.", field="skip_consent")
    _check_keys(settings, is_public=is_public)
    fault = redirect_uris.find_fault_of_all(settings.post_logout_redirect_uris)
    if fault:
        raise InvalidInputError(fault, field="post_logout_redirect_uris")
    if len(settings.allowed_origins) > _ORIGINS_MAX or not all(map(is_origin, settings.allowed_origins)):
        raise InvalidInputError(
            "At most 10 origins such as https://app.example.com: scheme, host in lower-case ASCII and, where it is not"
            " the default, port; no path. Write an international name in its xn-- form.",
            field="allowed_origins",
        )
    window = settings.replay_window_seconds
    if window is not None and not 0 <= window <= REPLAY_WINDOW_SECONDS_MAX:
        raise InvalidInputError("The replay window is 0 to 60 seconds.", field="replay_window_seconds")


def _check_keys(settings: ClientSettings, *, is_public: bool) -> None:
    if is_public and (settings.jwks or settings.jwks_uri):
        raise InvalidInputError("A public client has no keys.", field="jwks" if settings.jwks else "jwks_uri")
    if settings.jwks and settings.jwks_uri:
        raise InvalidInputError("Give either a JWK Set or its URL, not both. Remove one.", field="jwks_uri")
    fault = client_keys.find_fault(settings.jwks) if settings.jwks else ""
    if fault:
        raise InvalidInputError(fault, field="jwks")
    fault = outside_urls.find_fault(settings.jwks_uri) if settings.jwks_uri else ""
    if fault:
        raise InvalidInputError(f"The URL of the JWK Set {fault}.", field="jwks_uri")


def is_origin(text: str) -> bool:
    """Say whether the text is an origin as browsers serialise it (RFC 6454 section 6.2); `null` is none."""
    return bool(_ORIGIN.fullmatch(text)) and not _DEFAULT_PORT.fullmatch(text)


def _methods(client: Client, settings: ClientSettings) -> frozenset[str]:
    if client.is_public:
        return frozenset({clients.NONE})
    if settings.jwks or settings.jwks_uri:
        return frozenset({assertions.METHOD})
    return clients.BY_SECRET
