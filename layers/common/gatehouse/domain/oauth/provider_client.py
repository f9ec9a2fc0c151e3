"""What we ask of an identity provider, as its client: its metadata, its keys, and ID tokens for codes.

Everything goes through the fetcher (docs/decisions/0151), and everything is checked here.
"""

import base64
import json
from collections.abc import Iterator, Mapping
from typing import Any, cast
from urllib.parse import quote, urlencode

import msgspec

from gatehouse.domain.accounts import identity_claims
from gatehouse.domain.accounts.identity_claims import IdentityRefusedError
from gatehouse.domain.accounts.identity_providers import IdentityProvider
from gatehouse.domain.kernel import json_values, outside_urls, sealing
from gatehouse.domain.kernel.fetching import FetchError, Form, LimitedFetcher
from gatehouse.domain.kernel.sealing import SealingKeyStore
from gatehouse.domain.kernel.secretive import Secretive
from gatehouse.domain.oauth import client_keys
from gatehouse.domain.oauth.client_keys import DOCUMENT_MAX_BYTES, KeyCache

METADATA_PATH = "/.well-known/openid-configuration"

_OPTIONAL = ("end_session_endpoint", "userinfo_endpoint")
_METHODS = ("client_secret_basic", "client_secret_post")


class Metadata(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider publishes about itself (OpenID Connect Discovery 1.0 section 3), as far as we use it."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    end_session_endpoint: str
    userinfo_endpoint: str
    sends_iss: bool
    secret_method: str


class ProvedToken(Secretive, frozen=True, kw_only=True):
    """An ID token whose signature was checked."""

    SECRETS = frozenset({"text", "claims"})

    text: str
    claims: Mapping[str, Any]


class ProviderFaultError(Exception):
    """The provider cannot be used as it is registered; the text is for its administrator and holds nothing secret."""


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """Who causes a call, for the limits. `now` is a NumericDate."""

    source: str
    now: int


class ProviderClient(msgspec.Struct, frozen=True):
    """Talks to providers."""

    fetcher: LimitedFetcher
    cache: KeyCache
    sealing_key: SealingKeyStore

    def discover(self, organisation: str, issuer: str, cause: Cause) -> Metadata:
        """Return what the issuer publishes.

        Raises:
            ProviderFaultError: It publishes nothing, or nothing that can be used.
            FetchError: It cannot be reached.
        """
        url = f"{issuer.removesuffix('/')}{METADATA_PATH}"
        document = self.fetcher.fetch(
            organisation, url, max_bytes=DOCUMENT_MAX_BYTES, source=cause.source, now=cause.now
        )
        return parse_metadata(json_values.parse_members(document.body), issuer)

    def check_keys(self, organisation: str, jwks_uri: str, cause: Cause) -> None:
        """Make sure that the provider publishes keys that we can use.

        Raises:
            ProviderFaultError: It does not.
            FetchError: It cannot be reached.
        """
        try:
            client_keys.fetch(self.fetcher, self.cache, organisation, jwks_uri, cause.source, cause.now)
        except ValueError:
            raise ProviderFaultError("The provider publishes no key for RS256, PS256, ES256 or EdDSA.") from None

    def check_credentials(self, provider: IdentityProvider, redirect_uri: str, cause: Cause) -> None:
        """Redeem a code that does not exist: what is wrong with it says whether the client is known.

        Raises:
            ProviderFaultError: The provider does not accept client id and secret.
            FetchError: It cannot be reached.
        """
        form = self._form(provider, "gatehouse-test", redirect_uri, "x" * 43)
        answer = self._post(provider, form, cause)
        error = str(answer.get("error", ""))
        if error in {"invalid_client", "unauthorized_client"}:
            raise ProviderFaultError(f"The provider refuses the client id or the client secret ({error}).")

    def redeem(
        self, provider: IdentityProvider, code: str, redirect_uri: str, verifier: str, cause: Cause
    ) -> ProvedToken:
        """Return the ID token that the provider gives for a code, once its signature is checked.

        Raises:
            IdentityRefusedError: The provider refuses the code, or its answer has no ID token that it signed.
            FetchError: It cannot be reached.
        """
        answer = self._post(provider, self._form(provider, code, redirect_uri, verifier), cause)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise IdentityRefusedError(f"no ID token for the code: {str(answer.get('error', ''))[:40]!r}")
        claims = self.verify(provider, token, cause)
        if claims is None:
            raise IdentityRefusedError("signature or algorithm of the ID token")
        access = answer.get("access_token")
        if isinstance(access, str) and provider.userinfo_endpoint and identity_claims.lacks_claims(provider, claims):
            claims = identity_claims.add_claims(claims, self._find_userinfo(provider, access, claims, cause))
        return ProvedToken(text=token, claims=claims)

    def verify(self, provider: IdentityProvider, token: str, cause: Cause) -> Mapping[str, Any] | None:
        """Return the claims of a token that the provider signed by its one algorithm; None of any other."""
        from gatehouse.domain.kernel import jose  # only where somebody comes from a provider: see there

        for jwks in self._candidates(provider, cause):
            claims = jose.verify(token, json.loads(jwks), algorithms=frozenset({provider.algorithm}))
            if claims is not None:
                return claims
        return None

    def _find_userinfo(
        self, provider: IdentityProvider, access_token: str, claims: Mapping[str, Any], cause: Cause
    ) -> Mapping[str, Any]:
        """Return what the UserInfo endpoint tells; it takes GET and POST (OpenID Connect Core section 5.3.1).

        An endpoint that answers otherwise than in JSON tells nothing.

        Raises:
            FetchError: It cannot be reached now.
        """
        form = Form(body="", authorization=f"Bearer {access_token}")
        try:
            return self._post(provider, form, cause, provider.userinfo_endpoint)
        except FetchError as error:
            if error.is_temporary:
                raise
            return {"sub": claims.get("sub")}

    def _form(self, provider: IdentityProvider, code: str, redirect_uri: str, verifier: str) -> Form:
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        secret = self._secret(provider)
        if secret and provider.secret_method == "client_secret_basic":
            pair = f"{quote(provider.client_id, safe='')}:{quote(secret, safe='')}"
            return Form(body=urlencode(fields), authorization=f"Basic {base64.b64encode(pair.encode()).decode()}")
        more = {"client_id": provider.client_id, **({"client_secret": secret} if secret else {})}
        return Form(body=urlencode(fields | more))

    def _secret(self, provider: IdentityProvider) -> str:
        if not provider.sealed_secret:
            return ""
        key = self.sealing_key.find_sealing_key()
        opened = sealing.open_sealed(key, provider.sealed_secret, provider.sealing_context)
        if opened is None:
            raise ProviderFaultError("The client secret cannot be read any more. Enter it again.")
        return opened.decode()

    def _post(self, provider: IdentityProvider, form: Form, cause: Cause, endpoint: str = "") -> dict[str, Any]:
        document = self.fetcher.fetch(
            provider.organisation,
            endpoint or provider.token_endpoint,
            max_bytes=DOCUMENT_MAX_BYTES,
            source=cause.source,
            now=cause.now,
            form=form,
        )
        return json_values.parse_members(document.body)

    def _candidates(self, provider: IdentityProvider, cause: Cause) -> Iterator[str]:
        """Yield the key sets to check with: the one that is kept, then the one that is published now.

        A key may be rotated at any time, so an unknown one has the set fetched again, at most once a minute. If that
        fails, what is kept serves for an hour more.
        """
        kept = self.cache.find_keys(provider.organisation, provider.jwks_uri)
        if kept is not None and cause.now < kept.fresh_until:
            yield kept.jwks
            if cause.now < kept.fetched_at + client_keys.REFETCH_SECONDS:
                return
        try:
            organisation, url = provider.organisation, provider.jwks_uri
            yield client_keys.fetch(self.fetcher, self.cache, organisation, url, cause.source, cause.now).jwks
        except (FetchError, ValueError):
            if kept is None or cause.now >= kept.expires_at:
                raise
            yield kept.jwks


def parse_metadata(found: Mapping[str, Any], issuer: str) -> Metadata:
    """Read a provider's metadata.

    Raises:
        ProviderFaultError: They are of another issuer, or lack what we need.
    """
    said = found.get("issuer")
    if said != issuer:
        shown = str(said)[:200]
        raise ProviderFaultError(
            f"The provider calls itself {shown!r}, not {issuer!r}. Enter the issuer exactly as the provider spells it."
            " Microsoft Entra ID: use the issuer of your tenant, not of 'common'."
        )
    endpoints = {
        name: str(found.get(name) or "")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri", *_OPTIONAL)
    }
    for name, url in endpoints.items():
        fault = outside_urls.find_fault(url) if url or name not in _OPTIONAL else ""
        if fault:
            raise ProviderFaultError(f"The provider's {name} {fault}.")
    supported = found.get("response_types_supported")
    if isinstance(supported, list) and "code" not in supported:
        raise ProviderFaultError("The provider does not support the response type code.")
    methods = found.get("token_endpoint_auth_methods_supported")
    listed = cast("list[Any]", methods) if isinstance(methods, list) else [_METHODS[0]]
    return Metadata(
        **endpoints,
        sends_iss=found.get("authorization_response_iss_parameter_supported") is True,
        secret_method=next((one for one in _METHODS if one in listed), _METHODS[0]),
    )
