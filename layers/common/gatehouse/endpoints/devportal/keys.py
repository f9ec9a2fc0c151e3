"""Keys of an application: generate-keys, oauth-keys and WSO2's deprecated keys."""

import json
from copy import replace
from typing import Any

import msgspec

from gatehouse.domain.apis.apis import Application
from gatehouse.domain.kernel.refusals import InvalidInputError, KeySetNotFoundError
from gatehouse.domain.oauth import assertions, clients
from gatehouse.domain.oauth.clients import Client, KeyType
from gatehouse.domain.portal import (
    application_tokens,
    applications,
    client_secrets,
    client_settings,
    generated_tokens,
    key_sets,
    mapped_keys,
)
from gatehouse.domain.portal.application_tokens import TokenOptions
from gatehouse.domain.portal.client_settings import ClientSettings
from gatehouse.domain.portal.key_sets import KeySetInput
from gatehouse.domain.portal.services import Portal, generate_keys
from gatehouse.endpoints.devportal import key_managers, rendering
from gatehouse.endpoints.rest import bodies, conditions
from gatehouse.endpoints.rest.bodies import Fields
from gatehouse.endpoints.rest.errors import InvalidTokenRequestError
from gatehouse.endpoints.rest.operations import Answer, ApiCall


class DevportalKeys(msgspec.Struct, frozen=True):
    """Generates, shows, changes and deletes key sets, their secrets and their tokens."""

    portal: Portal

    def generate(self, call: ApiCall) -> Answer:
        """POST /applications/{applicationId}/generate-keys."""
        application = self._own(call)
        fields = bodies.parse(call.body)
        key_managers.check(fields)
        properties = fields.fields("additionalProperties")
        made = generate_keys(
            self.portal,
            call.caller,
            application,
            key_type(fields.choice("keyType", key_sets.KEY_TYPES)),
            draft(fields, fields.texts("grantTypesToBeSupported"), fields.number("validityTime"), ClientSettings()),
            options=TokenOptions(scopes=_scopes(fields)),
            origin=call.origin,
            label=properties.text("client_secret_description"),
            secret_expires_in=properties.number("client_secret_expires_in") or 0,
        )
        return Answer(rendering.key_set(made.client, made.secret, made.token))

    def bind(self, call: ApiCall) -> Answer:
        """POST /applications/{applicationId}/map-keys."""
        application = self._own(call)
        fields = bodies.parse(call.body)
        key_managers.check(fields)
        bound = mapped_keys.bind(
            self.portal.key_sets,
            self.portal.applications,
            call.caller,
            application,
            key_type(fields.choice("keyType", key_sets.KEY_TYPES)),
            fields.text("consumerKey"),
            fields.text("consumerSecret"),
        )
        return Answer(rendering.key_set(bound))

    def find_all(self, call: ApiCall) -> Answer:
        """GET /applications/{applicationId}/oauth-keys."""
        found = key_sets.find_all(self.portal.key_sets, self._visible(call))
        return Answer({"count": len(found), "list": [rendering.key_set(one) for one in found]})

    def find(self, call: ApiCall) -> Answer:
        """GET /applications/{applicationId}/oauth-keys/{keyMappingId}."""
        return Answer(rendering.key_set(self._client(call, self._visible(call))))

    def change(self, call: ApiCall) -> Answer:
        """PUT /applications/{applicationId}/oauth-keys/{keyMappingId}."""
        client = self._client(call, self._own(call))
        conditions.check_match(call.headers, rendering.key_set(client))
        fields = bodies.parse(call.body)
        wanted = draft(
            fields,
            fields.texts("supportedGrantTypes"),
            client.access_token_lifetime_seconds,
            client_settings.of(client),
        )
        wanted = replace(wanted, is_public=client.is_public)
        return Answer(rendering.key_set(key_sets.change(self.portal.key_sets, call.caller, client, wanted)))

    def delete(self, call: ApiCall) -> Answer:
        """DELETE /applications/{applicationId}/oauth-keys/{keyMappingId}, and WSO2's clean-up."""
        application = self._own(call)
        client = self._client(call, application)
        conditions.check_match(call.headers, rendering.key_set(client))
        key_sets.delete(self.portal.key_sets, call.caller, application, client)
        return Answer()

    def regenerate_secret(self, call: ApiCall) -> Answer:
        """POST .../regenerate-secret: one new secret, all others end."""
        client = self._client(call, self._own(call))
        secret = client_secrets.regenerate_secret(self.portal.key_sets, call.caller, client)
        return Answer({"consumerKey": client.client_id, "consumerSecret": secret.plain})

    def generate_secret(self, call: ApiCall) -> Answer:
        """POST .../generate-secret: one more secret."""
        client = self._client(call, self._own(call))
        properties = bodies.parse(call.body, is_empty_allowed=True).fields("additionalProperties")
        secret = client_secrets.add_secret(
            self.portal.key_sets,
            call.caller,
            client,
            properties.text("description"),
            properties.number("expiresIn") or 0,
        )
        location = f"/applications/{client.application_id}/oauth-keys/{client.client_id}/secrets"
        return Answer(rendering.consumer_secret(secret.stored, secret.plain), 201, location)

    def find_secrets(self, call: ApiCall) -> Answer:
        """GET .../secrets."""
        secrets = self._client(call, self._own(call)).secrets
        return Answer({"count": len(secrets), "list": [rendering.consumer_secret(one) for one in secrets]})

    def revoke_secret(self, call: ApiCall) -> Answer:
        """POST .../revoke-secret."""
        client = self._client(call, self._own(call))
        secret_id = bodies.parse(call.body).text("secretId")
        client_secrets.revoke_secret(self.portal.key_sets, call.caller, client, secret_id)
        return Answer(status=204)

    def revoke_tokens(self, call: ApiCall) -> Answer:
        """POST .../revoke-tokens, which WSO2 lacks."""
        key_sets.revoke_tokens(self.portal.key_sets, call.caller, self._client(call, self._own(call)))
        return Answer(status=204)

    def generate_token(self, call: ApiCall) -> Answer:
        """POST .../generate-token: an application token."""
        client = self._client(call, self._visible(call))
        conditions.check_match(call.headers, rendering.key_set(client))
        fields = bodies.parse(call.body)
        if fields.choice("grantType", ("CLIENT_CREDENTIALS",), "CLIENT_CREDENTIALS") and fields.text("consumerSecret"):
            self._check_secret(client, fields.text("consumerSecret"), call)
        revoked = fields.text("revokeToken")
        if revoked:
            application_tokens.revoke(self.portal.context.grants, client, revoked, call.caller.now)
        validity = fields.number("validityPeriod") or 0
        issued = generated_tokens.generate(
            self.portal.generated,
            self.portal.context,
            call.caller,
            client,
            TokenOptions(scopes=_scopes(fields), validity_seconds=validity),
            issuer=call.origin.issuer,
            source=call.origin.source,
        )
        return Answer(rendering.application_token(issued))

    def find_generated(self, call: ApiCall) -> Answer:
        """GET .../generated-tokens: what was generated in the store, without the tokens."""
        client = self._client(call, self._visible(call))
        found = self.portal.generated.find_generated(call.caller.organisation, client.client_id)
        listed = [
            {
                "scopes": sorted(one.scopes),
                "generatedBy": one.username,
                "issuedTime": str(one.issued_at_ms),
                "expiryTime": str(one.expires_at * 1000),
                "state": generated_tokens.state(one, client, call.caller.now),
            }
            for one in found
        ]
        return Answer({"count": len(listed), "list": listed})

    def _check_secret(self, client: Client, secret: str, call: ApiCall) -> None:
        if not clients.is_secret(client, secret, call.caller.now):
            raise InvalidTokenRequestError("Invalid access token request.", field="consumerSecret")

    def _own(self, call: ApiCall) -> Application:
        return applications.find_own(self.portal.applications, call.caller, call.path["applicationId"])

    def _visible(self, call: ApiCall) -> Application:
        return applications.find_visible(self.portal.applications, call.caller, call.path["applicationId"])

    def _client(self, call: ApiCall, application: Application) -> Client:
        """Return the keys that the path names, by their id or by their type."""
        wanted = call.path.get("keyMappingId") or application.client_ids.get(call.path["keyType"])
        if wanted is None:
            raise KeySetNotFoundError("The application has no such keys.")
        return key_sets.find(self.portal.key_sets, application, wanted)


def draft(fields: Fields, grant_types: tuple[str, ...], lifetime: int | None, settings: ClientSettings) -> KeySetInput:
    """Return what the body says of a key set. Grant types that WSO2 has and Gatehouse lacks are left out.

    Args:
        fields: The body.
        grant_types: As it names them.
        lifetime: Of access tokens, where the body says nothing of it.
        settings: Where the body says nothing of them.
    """
    properties = fields.fields("additionalProperties")
    callback = fields.text("callbackUrl")
    return KeySetInput(
        grant_types=frozenset(grant_types) & frozenset(key_sets.supported_grants()),
        redirect_uris=tuple(one.strip() for one in callback.replace("\n", ",").split(",") if one.strip()),
        access_token_lifetime_seconds=_lifetime(
            properties, ("application_access_token_expiry_time", "user_access_token_expiry_time"), lifetime
        ),
        refresh_token_lifetime_seconds=_lifetime(properties, ("refresh_token_expiry_time",), None),
        is_public=properties.flag("bypassClientCredentials"),
        settings=_settings(properties, settings),
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
    if value is None:
        return present
    if isinstance(value, str):
        return tuple(one.strip() for one in value.replace("\n", ",").split(",") if one.strip())
    return properties.texts(name)


def _keys(properties: Fields, present: ClientSettings) -> tuple[str, str]:
    """Return the JWK Set and its URL; naming one of them takes the other one away (RFC 7591 section 2)."""
    jwks, jwks_uri = _jwks(properties, present.jwks), properties.text("jwks_uri", present.jwks_uri).strip()
    if jwks and jwks_uri and "jwks" not in properties.values:
        return "", jwks_uri
    if jwks and jwks_uri and "jwks_uri" not in properties.values:
        return jwks, ""
    return jwks, jwks_uri


def _jwks(properties: Fields, present: str) -> str:
    """Return the JWK Set as text; it may come as an object, or as text. An empty one takes it away."""
    value = properties.values.get("jwks", present)
    if isinstance(value, dict):
        return json.dumps(value) if value else ""
    return properties.text("jwks", present) if "jwks" in properties.values else present


def key_type(text: str) -> KeyType:
    """Return a key type that was checked."""
    return "SANDBOX" if text == "SANDBOX" else "PRODUCTION"


def _lifetime(properties: Fields, names: tuple[str, ...], default: int | None) -> int | None:
    """Return the first lifetime that is set; `N/A` and nothing are the deployment's own."""
    for name in names:
        if properties.values.get(name) not in (None, "", "N/A"):
            return properties.number(name)
    return default


def _scopes(fields: Fields) -> frozenset[str]:
    """Return the scopes that were asked for, without those that WSO2's portal always sends."""
    texts: tuple[Any, ...] = fields.texts("scopes")
    return frozenset(text for text in texts if text not in {"am_application_scope", "default", ""})
