"""The store's values in WSO2's shapes (Developer Portal API v3)."""

import json
from collections.abc import Iterable
from typing import Any

from gatehouse.domain.apis import apis, stage_urls, subscription_tiers
from gatehouse.domain.apis.apis import Api, Application, Document
from gatehouse.domain.apis.throttling_policies import ThrottlingPolicy
from gatehouse.domain.kernel import builtin, texts
from gatehouse.domain.oauth import assertions, clients
from gatehouse.domain.oauth.clients import Client, Secret
from gatehouse.domain.oauth.grants import IssuedToken
from gatehouse.domain.portal import client_secrets
from gatehouse.domain.portal.new_secrets import NewSecret
from gatehouse.domain.portal.statistics import ApplicationCount, DayCount
from gatehouse.domain.portal.subscriptions import ApplicationSubscription
from gatehouse.endpoints.devportal import fixed_values

VISIBILITIES = {False: "PRIVATE", True: "SHARED_WITH_ORG"}
"""WSO2's word by whether the whole organisation may use an application."""

_DEFINITION_MAX_CHARACTERS = 1024 * 1024
_DEFINITION_MAX_BYTES = 4_000_000
"""A larger document does not fit into an answer beside everything else: `/apis/{apiId}/swagger` has it."""

_TOKEN_TYPES = {"opaque": "OAUTH", "jwt": "JWT"}


def application_info(application: Application) -> dict[str, Any]:
    """Render `ApplicationInfo`."""
    return {
        "applicationId": application.application_id,
        "name": application.name,
        "throttlingPolicy": application.throttling_policy,
        "description": application.description,
        "status": "APPROVED",
        "groups": sorted(application.groups),
        "subscriptionCount": len(application.subscriptions),
        "attributes": dict(application.attributes),
        "owner": application.owner,
        "tokenType": _TOKEN_TYPES[application.token_format],
        "createdTime": str(application.created_at_ms),
        "updatedTime": str(application.updated_at_ms),
    }


def application(application: Application) -> dict[str, Any]:
    """Render `Application`."""
    return {
        **application_info(application),
        "keys": [],
        "subscriptionScopes": [],
        "hashEnabled": True,
        "visibility": VISIBILITIES[builtin.EVERYONE in application.groups],
    }


def key_set(client: Client, secret: NewSecret | None = None, token: IssuedToken | None = None) -> dict[str, Any]:
    """Render `ApplicationKey`; the secret and the token stand in it once, when they are made."""
    return {
        "keyMappingId": client.client_id,
        "keyManager": fixed_values.KEY_MANAGER["name"],
        "consumerKey": client.client_id,
        "consumerSecret": secret.plain if secret else None,
        "consumerSecrets": [consumer_secret(one) for one in client.secrets],
        "supportedGrantTypes": sorted(client.grant_types),
        "callbackUrl": ",".join(client.redirect_uris),
        "keyState": "COMPLETED",
        "keyType": client.key_type,
        "mode": "MAPPED" if client.is_mapped else "CREATED",
        "groupId": "",
        "token": None if token is None else application_token(token),
        "additionalProperties": _properties(client),
    }


def _properties(client: Client) -> dict[str, Any]:
    """Render WSO2's properties, and Gatehouse's own by the names of RFC 7591 where it has one."""
    return {
        "application_access_token_expiry_time": client.access_token_lifetime_seconds or "N/A",
        "user_access_token_expiry_time": client.access_token_lifetime_seconds or "N/A",
        "refresh_token_expiry_time": client.refresh_token_lifetime_seconds or "N/A",
        "id_token_expiry_time": "N/A",
        "pkceMandatory": client.requires_pkce or client.is_public,
        "pkceSupportPlain": False,
        "bypassClientCredentials": client.is_public,
        "token_endpoint_auth_method": _authentication_method(client),
        "jwks": json.loads(client.jwks) if client.jwks else None,
        "jwks_uri": client.jwks_uri or None,
        "post_logout_redirect_uris": list(client.post_logout_redirect_uris),
        "allowed_origins": list(client.allowed_origins),
        "skip_consent": client.skips_consent,
        "second_factor": client.second_factor,
        "replay_window_seconds": client.replay_window_seconds,
    }


def _authentication_method(client: Client) -> str:
    if client.is_public:
        return clients.NONE
    return clients.SECRET_BASIC if clients.SECRET_BASIC in client.authentication_methods else assertions.METHOD


def consumer_secret(secret: Secret, plain: str = "") -> dict[str, Any]:
    """Render `ConsumerSecret`; masked unless it was just made."""
    return {
        "secretId": client_secrets.id_of(secret),
        "secretValue": plain or "*" * 8,
        "additionalProperties": {"expiresAt": secret.expires_at or 0, "description": secret.label},
    }


def application_token(token: IssuedToken) -> dict[str, Any]:
    """Render `ApplicationToken`."""
    return {
        "accessToken": token.access_token,
        "tokenScopes": sorted(token.scopes),
        "validityTime": token.expires_in,
    }


def api_info(api: Api, organisation: str) -> dict[str, Any]:
    """Render `APIInfo` for people of an organisation."""
    named = apis.reference(api.organisation, api.api_id, organisation)
    return {
        "id": named,
        "name": api.name,
        "displayName": api.name,
        "description": api.description,
        "context": f"/{api.api_id}/{api.version}",
        "version": api.version,
        "createdTime": str(api.created_at_ms),
        "provider": api.organisation,
        "lifeCycleStatus": api.lifecycle,
        "thumbnailUri": f"/apis/{named}/thumbnail" if api.thumbnail else None,
        "throttlingPolicies": _tiers(api),
        "isSubscriptionAvailable": api.lifecycle == "PUBLISHED" and bool(subscription_tiers.find(api)),
        **fixed_values.API_INFO,
    }


def _tiers(api: Api) -> list[str]:
    """Return the tiers to subscribe in, then the one of registered clients, by which WSO2's clients know such APIs."""
    return [*subscription_tiers.find(api), *([api.open_tier] if api.open_tier else [])]


def _fits(document: str) -> bool:
    """Say whether an answer can carry a document as one of its texts: its quotes are escaped in JSON, and again."""
    carried = texts.carried_bytes(json.dumps(document, ensure_ascii=False))
    return len(document) <= _DEFINITION_MAX_CHARACTERS and carried <= _DEFINITION_MAX_BYTES


def api(api: Api, organisation: str, document: str | None) -> dict[str, Any]:
    """Render `API` with its OpenAPI document, for people of an organisation."""
    return {
        **api_info(api, organisation),
        "apiDefinition": document if document and _fits(document) else None,
        "operations": [
            {"id": f"{one.method} {one.path}", "target": one.path, "verb": one.method} for one in api.resources
        ],
        "tags": sorted(api.tags),
        "tiers": [{"tierName": name, "tierPlan": "FREE", "monetizationAttributes": None} for name in _tiers(api)],
        "hasThumbnail": bool(api.thumbnail),
        "endpointURLs": [
            {
                "environmentName": one.stage,
                "environmentDisplayName": one.stage,
                "environmentType": "hybrid",
                "URLs": {"http": None, "https": one.url, "ws": None, "wss": None},
                "defaultVersionURLs": {},
            }
            for one in stage_urls.fill_in(api.deployments)
        ],
        "environmentList": [one.stage for one in api.deployments],
        "scopes": scopes(api, organisation),
        "categories": [],
        "lastUpdatedTime": str(api.updated_at_ms),
        "asyncTransportProtocols": [],
        **fixed_values.API,
    }


def scopes(api: Api, organisation: str) -> list[dict[str, Any]]:
    """Render each `ScopeInfo` for people of an organisation; the roles of another one are not theirs to read."""
    return [
        {"key": one.name, "name": one.display_name or one.name, "roles": sorted(one.roles_shown), "description": ""}
        for _, one in sorted(api.scopes.items())
        if api.organisation == organisation or not one.is_bound
    ]


def document(document: Document) -> dict[str, Any]:
    """Render `Document`."""
    return {
        "documentId": document.document_id,
        "name": document.name,
        "type": document.kind,
        "summary": document.summary,
        "sourceType": document.source,
        "sourceUrl": document.url,
        "otherTypeName": None,
    }


def document_hit(api: Api, found: Document, organisation: str) -> dict[str, Any]:
    """Render a document among the results of a search."""
    return {
        "id": found.document_id,
        "name": found.name,
        "type": "DOC",
        "transportType": "HTTP",
        "docType": found.kind,
        "summary": found.summary,
        "sourceType": found.source,
        "sourceUrl": found.url,
        "otherTypeName": None,
        "visibility": "API_LEVEL",
        "apiName": api.name,
        "apiVersion": api.version,
        "apiProvider": api.organisation,
        "apiUUID": apis.reference(api.organisation, api.api_id, organisation),
    }


def subscription(
    listed: ApplicationSubscription, api: Api | None, application: Application | None, organisation: str
) -> dict[str, Any]:
    """Render `Subscription` for people of an organisation; an API that the reader does not see is not named."""
    return {
        "subscriptionId": listed.subscription_id,
        "applicationId": listed.application_id,
        "apiId": None if api is None else apis.reference(api.organisation, api.api_id, organisation),
        "apiInfo": None if api is None else api_info(api, organisation),
        "applicationInfo": None if application is None else application_info(application),
        "throttlingPolicy": listed.subscription.tier,
        "requestedThrottlingPolicy": listed.subscription.requested_tier or listed.subscription.tier,
        "status": listed.subscription.state,
        "redirectionParams": None,
    }


def subscription_of_api(listed: ApplicationSubscription, organisation: str) -> dict[str, Any]:
    """Render a subscription for the API's organisation; who owns another one's application is that one's business."""
    return {
        "subscriptionId": listed.reference(organisation),
        "organisation": listed.organisation,
        "applicationName": listed.application_name,
        "owner": listed.owner if listed.organisation == organisation else "",
        "apiId": listed.subscription.api_id,
        "tier": listed.subscription.tier,
        "requestedTier": listed.subscription.requested_tier,
        "state": listed.subscription.state,
    }


def policy(policy: ThrottlingPolicy, level: str) -> dict[str, Any]:
    """Render `ThrottlingPolicy`."""
    return {
        "name": policy.name,
        "description": policy.description,
        "policyLevel": level,
        "requestCount": policy.request_count,
        "unitTime": policy.unit_seconds * 1000,
        "monetizationAttributes": None,
        "throttlingPolicyPermissions": None,
        **fixed_values.THROTTLING_POLICY,
    }


def day_counts(found: Iterable[DayCount]) -> list[dict[str, Any]]:
    """Render tokens by day and grant type."""
    return [{"day": one.day, "grantType": one.grant_type, "tokens": one.tokens} for one in found]


def application_count(found: ApplicationCount) -> dict[str, Any]:
    """Render what was counted of an application."""
    return {
        "applicationId": found.application_id,
        "name": found.name,
        "tokens": found.tokens,
        "registeredUsers": found.registered_users,
    }
