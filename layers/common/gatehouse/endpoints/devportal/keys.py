"""Keys of an application: generate-keys, oauth-keys and WSO2's deprecated keys."""

from copy import replace

import msgspec

from gatehouse.domain.apis.apis import Application
from gatehouse.domain.kernel.refusals import KeySetNotFoundError
from gatehouse.domain.oauth import clients
from gatehouse.domain.oauth.clients import Client
from gatehouse.domain.portal import (
    application_tokens,
    applications,
    client_secrets,
    generated_tokens,
    key_sets,
    mapped_keys,
)
from gatehouse.domain.portal.application_tokens import TokenOptions
from gatehouse.domain.portal.services import Portal, generate_keys
from gatehouse.endpoints.devportal import key_managers, key_requests, rendering
from gatehouse.endpoints.devportal.applications import USE
from gatehouse.endpoints.rest import bodies, conditions, listings
from gatehouse.endpoints.rest.errors import InvalidTokenRequestError
from gatehouse.endpoints.rest.operations import Answer, ApiCall, OperationRouter

_APPLICATION = "/applications/{applicationId}"
_BY_ID = f"{_APPLICATION}/oauth-keys/{{keyMappingId}}"
_BY_TYPE = f"{_APPLICATION}/keys/{{keyType}}"  # WSO2's older spelling of it

router = OperationRouter(scopes=USE)


class DevportalKeys(msgspec.Struct, frozen=True):
    """Generates, shows, changes and deletes key sets, their secrets and their tokens."""

    portal: Portal

    @router.post(
        f"{_APPLICATION}/generate-keys",
        takes="ApplicationKeyGenerateRequest",
        gives="ApplicationKey",
        statuses=(200, 403, 409),
    )
    def generate(self, call: ApiCall) -> Answer:
        """Generate keys, with the first secret and, for client credentials, the first token."""
        application = self._own(call)
        fields = bodies.parse(call.body)
        key_managers.check(fields)
        properties = fields.fields("additionalProperties")
        made = generate_keys(
            self.portal,
            call.caller,
            application,
            fields.choice("keyType", key_sets.KEY_TYPES),
            key_requests.parse(fields, fields.texts("grantTypesToBeSupported")),
            options=TokenOptions(scopes=key_requests.scopes(fields)),
            origin=call.origin,
            label=properties.text("client_secret_description"),
            secret_expires_in=properties.number("client_secret_expires_in") or 0,
        )
        return Answer(rendering.key_set(made.client, made.secret, made.token))

    @router.post(
        f"{_APPLICATION}/map-keys",
        takes="ApplicationKeyMappingRequest",
        gives="ApplicationKey",
        statuses=(200, 403, 409),
    )
    def map_keys(self, call: ApiCall) -> Answer:
        """Move keys of another application of yours to this one; their tokens are revoked."""
        application = self._own(call)
        fields = bodies.parse(call.body)
        key_managers.check(fields)
        bound = mapped_keys.map_keys(
            self.portal.key_sets,
            self.portal.applications,
            call.caller,
            application,
            fields.choice("keyType", key_sets.KEY_TYPES),
            fields.text("consumerKey"),
            fields.text("consumerSecret"),
        )
        return Answer(rendering.key_set(bound))

    @router.get(f"{_APPLICATION}/oauth-keys", f"{_APPLICATION}/keys", gives="ApplicationKeyList", statuses=(200, 403))
    def find_all(self, call: ApiCall) -> Answer:
        """List an application's keys."""
        found = key_sets.find_all(self.portal.key_sets, self._visible(call))
        return Answer(listings.whole(map(rendering.key_set, found)))

    @router.get(_BY_ID, _BY_TYPE, gives="ApplicationKey", statuses=(200, 403))
    def find(self, call: ApiCall) -> Answer:
        """Show keys; never a secret."""
        return Answer(rendering.key_set(self._client(call, self._visible(call))))

    @router.put(_BY_ID, _BY_TYPE, takes="ApplicationKey", gives="ApplicationKey", statuses=(200, 403, 409, 412))
    def change(self, call: ApiCall) -> Answer:
        """Change grant types, callbacks and lifetimes."""
        client = self._client(call, self._own(call))
        conditions.check_match(call.headers, rendering.key_set(client))
        fields = bodies.parse(call.body)
        wanted = key_requests.parse(fields, fields.texts("supportedGrantTypes"), client)
        wanted = replace(wanted, is_public=client.is_public)
        return Answer(rendering.key_set(key_sets.change(self.portal.key_sets, call.caller, client, wanted)))

    @router.delete(_BY_ID, _BY_TYPE, statuses=(200, 403, 409, 412))
    @router.post(
        f"{_BY_ID}/clean-up",
        f"{_BY_TYPE}/clean-up",
        statuses=(200, 403, 409, 412),
        summary="Delete keys (WSO2's other name for it).",
    )
    def delete(self, call: ApiCall) -> None:
        """Delete keys and revoke their tokens."""
        application = self._own(call)
        client = self._client(call, application)
        conditions.check_match(call.headers, rendering.key_set(client))
        key_sets.delete(self.portal.key_sets, call.caller, application, client)

    @router.post(
        f"{_BY_ID}/regenerate-secret",
        f"{_BY_TYPE}/regenerate-secret",
        gives="ApplicationKeyReGenerateResponse",
        statuses=(200, 403, 409),
    )
    def regenerate_secret(self, call: ApiCall) -> Answer:
        """Replace all secrets by a new one."""
        client = self._client(call, self._own(call))
        secret = client_secrets.regenerate_secret(self.portal.key_sets, call.caller, client)
        return Answer({"consumerKey": client.client_id, "consumerSecret": secret.plain})

    @router.post(
        f"{_BY_ID}/generate-secret",
        takes="ConsumerSecretCreationRequest",
        gives="ConsumerSecret",
        statuses=(201, 403, 409),
    )
    def generate_secret(self, call: ApiCall) -> Answer:
        """Add a secret beside the others; its value is shown once."""
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

    @router.get(f"{_BY_ID}/secrets", gives="ConsumerSecretList", statuses=(200, 403))
    def find_secrets(self, call: ApiCall) -> Answer:
        """List secrets, masked."""
        secrets = self._client(call, self._own(call)).secrets
        return Answer(listings.whole(map(rendering.consumer_secret, secrets)))

    @router.post(f"{_BY_ID}/revoke-secret", takes="ConsumerSecretRevocationRequest", statuses=(204, 403, 409))
    def revoke_secret(self, call: ApiCall) -> None:
        """Revoke a secret; not the most recent one."""
        client = self._client(call, self._own(call))
        secret_id = bodies.parse(call.body).text("secretId")
        client_secrets.revoke_secret(self.portal.key_sets, call.caller, client, secret_id)

    @router.post(f"{_BY_ID}/revoke-tokens", statuses=(204, 403, 409))
    def revoke_tokens(self, call: ApiCall) -> None:
        """Revoke every token that these keys got so far."""
        key_sets.revoke_tokens(self.portal.key_sets, call.caller, self._client(call, self._own(call)))

    @router.post(
        f"{_BY_ID}/generate-token",
        f"{_BY_TYPE}/generate-token",
        takes="ApplicationTokenGenerateRequest",
        gives="ApplicationToken",
        statuses=(200, 403, 412),
    )
    def generate_token(self, call: ApiCall) -> Answer:
        """Get a token for the application itself."""
        client = self._client(call, self._visible(call))
        conditions.check_match(call.headers, rendering.key_set(client))
        fields = bodies.parse(call.body)
        fields.choice("grantType", ("CLIENT_CREDENTIALS",), "CLIENT_CREDENTIALS")  # refuses any other
        secret = fields.text("consumerSecret")
        if secret and not clients.is_secret(client, secret, call.caller.now):
            raise InvalidTokenRequestError("Invalid access token request.", field="consumerSecret")
        revoked = fields.text("revokeToken")
        validity = fields.number("validityPeriod") or 0
        issued = generated_tokens.generate(
            self.portal.generated,
            self.portal.context,
            call.caller,
            client,
            TokenOptions(scopes=key_requests.scopes(fields), validity_seconds=validity),
            issuer=call.origin.issuer,
            source=call.origin.source,
        )
        if revoked:  # only now: a refused request ends nothing
            application_tokens.revoke(self.portal.context.grants, client, revoked, call.caller.now)
        return Answer(rendering.application_token(issued))

    @router.get(
        f"{_BY_ID}/generated-tokens", f"{_BY_TYPE}/generated-tokens", gives="GeneratedTokenList", statuses=(200, 403)
    )
    def find_generated(self, call: ApiCall) -> Answer:
        """The last ten tokens that were generated here, without the tokens; Gatehouse's own."""
        client = self._client(call, self._visible(call))
        found = self.portal.generated.find_generated(call.caller.organisation, client.client_id)
        listed = (
            {
                "scopes": sorted(one.scopes),
                "generatedBy": one.username,
                "issuedTime": str(one.issued_at_ms),
                "expiryTime": str(one.expires_at * 1000),
                "state": generated_tokens.state(one, client, call.caller.now),
            }
            for one in found
        )
        return Answer(listings.whole(listed))

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
