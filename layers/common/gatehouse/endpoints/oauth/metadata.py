"""What clients can discover: RFC 8414 and OpenID Connect Discovery documents, and the public keys (RFC 7517)."""

from typing import Any

import msgspec

from gatehouse.domain.accounts import factors
from gatehouse.domain.accounts.organisations import Organisation, OrganisationStore
from gatehouse.domain.oauth.grants import GRANTS, device_code
from gatehouse.domain.oauth.signing import PublicKeyStore
from gatehouse.endpoints import responses
from gatehouse.endpoints.oauth.issuers import Issuers
from gatehouse.endpoints.requests import Request
from gatehouse.endpoints.responses import Response

_AUTHENTICATION_METHODS = ["client_secret_basic", "client_secret_post", "private_key_jwt"]
_USER_CLAIMS = ["name", "preferred_username", "email", "email_verified", "organisation"]
_CLAIMS = ["sub", "iss", "aud", "azp", "exp", "iat", "auth_time", "acr", "amr", "nonce", "at_hash", *_USER_CLAIMS]
_ASSERTION_ALGORITHMS = ["ES256", "Ed25519", "EdDSA", "PS256", "RS256"]


class MetadataEndpoint(msgspec.Struct, frozen=True):
    """Describes an issuer.

    Of an organisation it says whether its applications may use device authorization and whether clients may register,
    and otherwise not whether it exists. The issuer of the deployment speaks for all organisations, so it names only
    what all of them have.
    """

    issuers: Issuers
    organisations: OrganisationStore
    keys: PublicKeyStore
    signing_algorithm: str

    def get(self, request: Request, organisation: str | None) -> Response:
        """Answer at both well-known places: inserted before the issuer's path (RFC 8414 section 3) or appended."""
        issuer = self.issuers.of(request, organisation)
        found = None if organisation is None else self.organisations.find_organisation(organisation)
        return responses.public(self._describe(issuer, found) | _registered(issuer, found))

    def get_jwks(self, _request: Request, _organisation: str | None) -> Response:
        """Answer the JWK Set: one set signs for every issuer of the deployment."""
        return responses.public(self.keys.find_public_keys())

    def get_openapi(self, request: Request, organisation: str | None) -> Response:
        """Answer the OpenAPI description of the endpoints."""
        from gatehouse.endpoints.oauth import description  # only here: nobody waits for it

        return responses.public(description.describe(self.issuers.of(request, organisation)))

    def _describe(self, issuer: str, organisation: Organisation | None) -> dict[str, Any]:
        has_devices = organisation is not None and organisation.is_active and organisation.device_authorization
        return {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
            **({"device_authorization_endpoint": f"{issuer}/device_authorization"} if has_devices else {}),
            "revocation_endpoint": f"{issuer}/revoke",
            "introspection_endpoint": f"{issuer}/introspect",
            "userinfo_endpoint": f"{issuer}/userinfo",
            "end_session_endpoint": f"{issuer}/logout",
            "jwks_uri": f"{issuer}/.well-known/jwks.json",
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": sorted(GRANTS if has_devices else GRANTS.keys() - {device_code.GRANT_TYPE}),
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [self.signing_algorithm],
            "token_endpoint_auth_methods_supported": [*_AUTHENTICATION_METHODS, "none"],
            "token_endpoint_auth_signing_alg_values_supported": _ASSERTION_ALGORITHMS,
            "revocation_endpoint_auth_methods_supported": [*_AUTHENTICATION_METHODS, "none"],
            "revocation_endpoint_auth_signing_alg_values_supported": _ASSERTION_ALGORITHMS,
            "introspection_endpoint_auth_methods_supported": _AUTHENTICATION_METHODS,
            "introspection_endpoint_auth_signing_alg_values_supported": _ASSERTION_ALGORITHMS,
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
            "acr_values_supported": list(factors.ACR_VALUES),
            "prompt_values_supported": ["none", "login", "consent", "select_account", "create"],
            "request_uri_parameter_supported": False,  # "If omitted, the default value is true" (OpenID Discovery 3)
            "claims_supported": _CLAIMS,
        }


def _registered(issuer: str, organisation: Organisation | None) -> dict[str, Any]:
    """Return how clients register, where the organisation lets them (RFC 7591; client ID metadata documents)."""
    found: dict[str, Any] = {}
    if organisation is not None and organisation.is_active and organisation.client_registration != "off":
        found["registration_endpoint"] = f"{issuer}/register"
    if organisation is not None and organisation.is_active and organisation.client_documents != "off":
        found["client_id_metadata_document_supported"] = True
    return found
