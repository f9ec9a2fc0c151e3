"""What the pages can do, the JSON APIs and the command line can do: three tables without gaps, and a reason for each.

`PAGES` says which operations of the JSON APIs a page or form of the store stands for. `OPERATIONS` says which command
does the same. `MORE_COMMANDS` says why a command has no operation. A page, an operation or a command needs its row.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Reason:
    """Why something has no counterpart."""

    text: str


ADMIN, DEVPORTAL, PUBLISHER = "admin v4", "devportal", "publisher v1"

_SIGNED_IN = Reason("It acts in the name of its user by their password or session, which an operator does not have.")
_TOKEN = Reason("An operator gets no token in the name of an application: create a secret, and ask the token endpoint.")
_WSO2_EMPTY = Reason("WSO2's API has it; Gatehouse always answers with the same or an empty list.")
_CATALOGUE = Reason("It shows the catalogue as one member sees it; operators see every API by `apis list` and `show`.")
_FORM = Reason("It shows a form alone.")

PAGES: Mapping[str, tuple[str, ...] | Reason] = {
    "GET /store": Reason("It is the welcome page."),
    "GET /store/signin": Reason("It leads to the sign-in pages."),
    "POST /store/signin": Reason("It leads to the sign-in pages."),
    "GET /store/callback": Reason("It is the redirect URI of the store."),
    "POST /store/signout": Reason("It ends the session of the browser that sends it."),
    "GET /store/home": Reason("It shows the first steps, and the lists that other pages show."),
    "GET /store/admin": (f"{ADMIN} GET /settings",),
    "POST /store/admin": (f"{ADMIN} PUT /settings",),
    "POST /store/admin/logo": (f"{ADMIN} PUT /settings/logo",),
    "POST /store/admin/logo/remove": (f"{ADMIN} DELETE /settings/logo",),
    "GET /store/admin/apis": (f"{PUBLISHER} GET /apis", f"{ADMIN} GET /restrictions"),
    "GET /store/admin/apis/{apiId}": (
        f"{PUBLISHER} GET /apis/{{apiId}}",
        f"{PUBLISHER} GET /apis/{{apiId}}/subscriptions",
        f"{ADMIN} GET /apis/{{apiId}}/restrictions",
        f"{ADMIN} GET /apis/{{apiId}}/scopes/{{scope}}",
        f"{ADMIN} GET /apis/{{apiId}}/subscription-blocks",
    ),
    "GET /store/admin/apis/{apiId}/lifecycle": _FORM,
    "POST /store/admin/apis/{apiId}/lifecycle": (f"{PUBLISHER} POST /apis/{{apiId}}/change-lifecycle",),
    "POST /store/admin/apis/{apiId}/lift": (f"{ADMIN} DELETE /apis/{{apiId}}/subscription-blocks/{{applicationId}}",),
    "POST /store/admin/apis/{apiId}/restriction": (f"{ADMIN} PUT /apis/{{apiId}}/restrictions",),
    "POST /store/admin/apis/{apiId}/scope": (
        f"{ADMIN} PUT /apis/{{apiId}}/scopes/{{scope}}",
        f"{ADMIN} DELETE /apis/{{apiId}}/scopes/{{scope}}",
    ),
    "POST /store/admin/apis/{apiId}/tiers": (f"{PUBLISHER} PUT /apis/{{apiId}}",),
    "GET /store/admin/applications": (f"{ADMIN} GET /applications",),
    "GET /store/admin/applications/{applicationId}": (
        f"{ADMIN} GET /applications/{{applicationId}}",
        f"{ADMIN} GET /applications/{{applicationId}}/client-scopes",
    ),
    "POST /store/admin/applications/{applicationId}": (f"{ADMIN} PUT /applications/{{applicationId}}/client-scopes",),
    "POST /store/admin/applications/{applicationId}/act": (
        f"{ADMIN} POST /applications/{{applicationId}}/revoke",
        f"{ADMIN} POST /applications/{{applicationId}}/change-owner",
        f"{ADMIN} DELETE /applications/{{applicationId}}",
        f"{ADMIN} DELETE /applications/{{applicationId}}/keys/{{keyType}}",
    ),
    "GET /store/admin/audit": (f"{ADMIN} GET /audit",),
    "GET /store/admin/clients": (f"{ADMIN} GET /registered-clients",),
    "POST /store/admin/clients/{clientId}": (
        f"{ADMIN} POST /registered-clients/{{clientId}}/block",
        f"{ADMIN} POST /registered-clients/{{clientId}}/revoke",
        f"{ADMIN} DELETE /registered-clients/{{clientId}}",
    ),
    "GET /store/admin/identity-providers": (f"{ADMIN} GET /identity-providers",),
    "POST /store/admin/identity-providers": (f"{ADMIN} POST /identity-providers",),
    "GET /store/admin/identity-providers/{providerId}": (f"{ADMIN} GET /identity-providers/{{providerId}}",),
    "POST /store/admin/identity-providers/{providerId}": (
        f"{ADMIN} PUT /identity-providers/{{providerId}}",
        f"{ADMIN} DELETE /identity-providers/{{providerId}}",
        f"{ADMIN} POST /identity-providers/{{providerId}}/test",
    ),
    "GET /store/admin/inbox": (
        f"{ADMIN} GET /inbox",
        f"{ADMIN} GET /inbox/members",
        f"{ADMIN} GET /inbox/subscriptions",
    ),
    "GET /store/admin/members": (f"{ADMIN} GET /members",),
    "POST /store/admin/members": (f"{ADMIN} POST /members",),
    "GET /store/admin/members/{username}": (f"{ADMIN} GET /members/{{username}}",),
    "POST /store/admin/members/{username}": (
        f"{ADMIN} PUT /members/{{username}}",
        f"{ADMIN} POST /members/{{username}}/{{action}}",
    ),
    "POST /store/admin/subscriptions/{subscriptionId}/block": (
        f"{PUBLISHER} POST /subscriptions/{{subscriptionId}}/block",
    ),
    "POST /store/admin/subscriptions/{subscriptionId}/decision": (
        f"{ADMIN} POST /subscriptions/{{subscriptionId}}/decide",
    ),
    "GET /store/apis": (f"{DEVPORTAL} GET /apis", f"{DEVPORTAL} GET /tags"),
    "GET /store/apis/{apiId}": (
        f"{DEVPORTAL} GET /apis/{{apiId}}",
        f"{DEVPORTAL} GET /apis/{{apiId}}/documents",
        f"{DEVPORTAL} GET /apis/{{apiId}}/subscription-policies",
    ),
    "GET /store/apis/{apiId}/documents/{documentId}": (
        f"{DEVPORTAL} GET /apis/{{apiId}}/documents/{{documentId}}",
        f"{DEVPORTAL} GET /apis/{{apiId}}/documents/{{documentId}}/content",
    ),
    "GET /store/apis/{apiId}/openapi.json": (f"{DEVPORTAL} GET /apis/{{apiId}}/swagger",),
    "POST /store/apis/{apiId}/subscribe": (f"{DEVPORTAL} POST /subscriptions",),
    "GET /store/apis/{apiId}/thumbnail": (f"{DEVPORTAL} GET /apis/{{apiId}}/thumbnail",),
    "GET /store/apis/{apiId}/try": _FORM,
    "POST /store/apis/{apiId}/try": (
        f"{DEVPORTAL} POST /applications/{{applicationId}}/keys/{{keyType}}/generate-token",
    ),
    "GET /store/applications": (f"{DEVPORTAL} GET /applications", f"{DEVPORTAL} GET /application-transfers"),
    "POST /store/applications": (f"{DEVPORTAL} POST /applications",),
    "GET /store/applications/new": _FORM,
    "GET /store/applications/{applicationId}": (f"{DEVPORTAL} GET /applications/{{applicationId}}",),
    "POST /store/applications/{applicationId}": (f"{DEVPORTAL} PUT /applications/{{applicationId}}",),
    "GET /store/applications/{applicationId}/delete": _FORM,
    "POST /store/applications/{applicationId}/delete": (f"{DEVPORTAL} DELETE /applications/{{applicationId}}",),
    "GET /store/applications/{applicationId}/keys/{keyType}": (
        f"{DEVPORTAL} GET /applications/{{applicationId}}/keys/{{keyType}}",
        f"{DEVPORTAL} GET /applications/{{applicationId}}/oauth-keys/{{keyMappingId}}/secrets",
        f"{DEVPORTAL} GET /applications/{{applicationId}}/keys/{{keyType}}/generated-tokens",
    ),
    "POST /store/applications/{applicationId}/keys/{keyType}/change": (
        f"{DEVPORTAL} PUT /applications/{{applicationId}}/keys/{{keyType}}",
    ),
    "POST /store/applications/{applicationId}/keys/{keyType}/delete": (
        f"{DEVPORTAL} DELETE /applications/{{applicationId}}/keys/{{keyType}}",
    ),
    "POST /store/applications/{applicationId}/keys/{keyType}/generate": (
        f"{DEVPORTAL} POST /applications/{{applicationId}}/generate-keys",
    ),
    "POST /store/applications/{applicationId}/keys/{keyType}/regenerate": (
        f"{DEVPORTAL} POST /applications/{{applicationId}}/keys/{{keyType}}/regenerate-secret",
    ),
    "POST /store/applications/{applicationId}/keys/{keyType}/revoke-secret": (
        f"{DEVPORTAL} POST /applications/{{applicationId}}/oauth-keys/{{keyMappingId}}/revoke-secret",
    ),
    "POST /store/applications/{applicationId}/keys/{keyType}/revoke-tokens": (
        f"{DEVPORTAL} POST /applications/{{applicationId}}/oauth-keys/{{keyMappingId}}/revoke-tokens",
    ),
    "POST /store/applications/{applicationId}/keys/{keyType}/secret": (
        f"{DEVPORTAL} POST /applications/{{applicationId}}/oauth-keys/{{keyMappingId}}/generate-secret",
    ),
    "POST /store/applications/{applicationId}/keys/{keyType}/token": (
        f"{DEVPORTAL} POST /applications/{{applicationId}}/keys/{{keyType}}/generate-token",
    ),
    "POST /store/applications/{applicationId}/owner": (
        f"{DEVPORTAL} POST /applications/{{applicationId}}/change-owner",
    ),
    "GET /store/applications/{applicationId}/subscriptions": (f"{DEVPORTAL} GET /subscriptions",),
    "POST /store/applications/{applicationId}/subscriptions/{subscriptionId}/delete": (
        f"{DEVPORTAL} DELETE /subscriptions/{{subscriptionId}}",
    ),
    "POST /store/applications/{applicationId}/subscriptions/{subscriptionId}/tier": (
        f"{DEVPORTAL} PUT /subscriptions/{{subscriptionId}}",
    ),
    "POST /store/applications/{applicationId}/transfer": (
        f"{DEVPORTAL} POST /application-transfers/{{applicationId}}/accept",
        f"{DEVPORTAL} POST /application-transfers/{{applicationId}}/decline",
    ),
    "GET /store/organisation": (f"{ADMIN} GET /statistics",),
    "GET /store/profile": (f"{DEVPORTAL} GET /me/sessions", f"{DEVPORTAL} GET /me/blocked-clients"),
    "POST /store/profile/clients/{clientId}/unblock": (f"{DEVPORTAL} DELETE /me/blocked-clients/{{clientId}}",),
    "GET /store/profile/everywhere": _FORM,
    "POST /store/profile/everywhere": (f"{DEVPORTAL} DELETE /me/sessions",),
    "POST /store/profile/sessions/{sessionId}/block": (f"{DEVPORTAL} POST /me/sessions/{{sessionId}}/block",),
    "POST /store/profile/sessions/{sessionId}/end": (f"{DEVPORTAL} DELETE /me/sessions/{{sessionId}}",),
    "GET /store/statistics": (f"{DEVPORTAL} GET /statistics",),
    "GET /store/subscriptions": (f"{DEVPORTAL} GET /subscriptions",),
}
"""Pages and forms of the store, by method and path."""

OPERATIONS: Mapping[str, tuple[str, ...] | Reason] = {
    f"{ADMIN} GET /apis/{{apiId}}/restrictions": ("restrictions list",),
    f"{ADMIN} PUT /apis/{{apiId}}/restrictions": ("restrictions set",),
    f"{ADMIN} GET /apis/{{apiId}}/scopes/{{scope}}": ("scopes list",),
    f"{ADMIN} PUT /apis/{{apiId}}/scopes/{{scope}}": ("scopes bind",),
    f"{ADMIN} DELETE /apis/{{apiId}}/scopes/{{scope}}": ("scopes unbind",),
    f"{ADMIN} GET /apis/{{apiId}}/subscription-blocks": ("subscriptions list-blocks",),
    f"{ADMIN} DELETE /apis/{{apiId}}/subscription-blocks/{{applicationId}}": ("subscriptions lift-block",),
    f"{ADMIN} GET /applications": ("applications list",),
    f"{ADMIN} GET /applications/{{applicationId}}": ("applications show",),
    f"{ADMIN} DELETE /applications/{{applicationId}}": ("applications delete",),
    f"{ADMIN} POST /applications/{{applicationId}}/change-owner": ("applications transfer",),
    f"{ADMIN} GET /applications/{{applicationId}}/client-scopes": ("applications show",),
    f"{ADMIN} PUT /applications/{{applicationId}}/client-scopes": ("applications grant-scopes",),
    f"{ADMIN} DELETE /applications/{{applicationId}}/keys/{{keyType}}": ("keys delete",),
    f"{ADMIN} POST /applications/{{applicationId}}/revoke": ("applications revoke",),
    f"{ADMIN} GET /audit": ("audit-entries list",),
    f"{ADMIN} GET /identity-providers": ("identity-providers list",),
    f"{ADMIN} POST /identity-providers": ("identity-providers configure",),
    f"{ADMIN} GET /identity-providers/{{providerId}}": ("identity-providers list",),
    f"{ADMIN} PUT /identity-providers/{{providerId}}": ("identity-providers configure",),
    f"{ADMIN} DELETE /identity-providers/{{providerId}}": ("identity-providers delete",),
    f"{ADMIN} POST /identity-providers/{{providerId}}/test": ("identity-providers test",),
    f"{ADMIN} GET /inbox": ("requests list",),
    f"{ADMIN} GET /inbox/members": ("requests list",),
    f"{ADMIN} GET /inbox/subscriptions": ("requests list",),
    f"{ADMIN} GET /members": ("users list",),
    f"{ADMIN} POST /members": ("users invite",),
    f"{ADMIN} GET /members/{{username}}": ("users show",),
    f"{ADMIN} PUT /members/{{username}}": ("roles set",),
    f"{ADMIN} POST /members/{{username}}/{{action}}": (
        "users disable",
        "users enable",
        "users approve",
        "users reject",
        "users unlock",
        "users reset-password",
        "users reset-factors",
    ),
    f"{ADMIN} GET /registered-clients": ("registered-clients list",),
    f"{ADMIN} GET /registered-clients/{{clientId}}": ("registered-clients list",),
    f"{ADMIN} DELETE /registered-clients/{{clientId}}": ("registered-clients delete",),
    f"{ADMIN} POST /registered-clients/{{clientId}}/block": ("registered-clients block", "registered-clients unblock"),
    f"{ADMIN} POST /registered-clients/{{clientId}}/revoke": ("registered-clients revoke",),
    f"{ADMIN} GET /restrictions": ("restrictions list", "scopes list"),
    f"{ADMIN} GET /settings": ("organisations show",),
    f"{ADMIN} PUT /settings": ("organisations configure",),
    f"{ADMIN} PUT /settings/logo": ("organisations set-logo",),
    f"{ADMIN} DELETE /settings/logo": ("organisations remove-logo",),
    f"{ADMIN} GET /statistics": ("statistics show", "statistics top-applications"),
    f"{ADMIN} POST /subscriptions/{{subscriptionId}}/decide": ("subscriptions approve", "subscriptions reject"),
    f"{PUBLISHER} GET /apis": ("apis list",),
    f"{PUBLISHER} POST /apis": ("apis publish",),
    f"{PUBLISHER} GET /apis/{{apiId}}": ("apis show",),
    f"{PUBLISHER} PUT /apis/{{apiId}}": ("apis publish",),
    f"{PUBLISHER} DELETE /apis/{{apiId}}": ("apis delete",),
    f"{PUBLISHER} POST /apis/{{apiId}}/change-lifecycle": ("apis lifecycle",),
    f"{PUBLISHER} PUT /apis/{{apiId}}/documents/{{documentId}}": ("apis document",),
    f"{PUBLISHER} DELETE /apis/{{apiId}}/documents/{{documentId}}": ("apis document",),
    f"{PUBLISHER} POST /apis/preview": ("apis publish",),
    f"{PUBLISHER} GET /apis/{{apiId}}/differences": ("apis compare",),
    f"{PUBLISHER} GET /apis/{{apiId}}/openapi": ("apis openapi",),
    f"{PUBLISHER} GET /apis/{{apiId}}/subscriptions": ("subscriptions list",),
    f"{PUBLISHER} PUT /apis/{{apiId}}/thumbnail": ("apis thumbnail",),
    f"{PUBLISHER} DELETE /apis/{{apiId}}/thumbnail": ("apis thumbnail",),
    f"{PUBLISHER} POST /subscriptions/{{subscriptionId}}/block": ("subscriptions block", "subscriptions unblock"),
    f"{DEVPORTAL} GET /api-categories": _WSO2_EMPTY,
    f"{DEVPORTAL} GET /apis": _CATALOGUE,
    f"{DEVPORTAL} GET /apis/{{apiId}}": _CATALOGUE,
    f"{DEVPORTAL} GET /apis/{{apiId}}/comments": _WSO2_EMPTY,
    f"{DEVPORTAL} GET /apis/{{apiId}}/documents": ("apis documents",),
    f"{DEVPORTAL} GET /apis/{{apiId}}/documents/{{documentId}}": ("apis documents",),
    f"{DEVPORTAL} GET /apis/{{apiId}}/documents/{{documentId}}/content": _CATALOGUE,
    f"{DEVPORTAL} GET /apis/{{apiId}}/ratings": _WSO2_EMPTY,
    f"{DEVPORTAL} GET /apis/{{apiId}}/subscription-policies": ("tiers list",),
    f"{DEVPORTAL} GET /apis/{{apiId}}/swagger": ("apis openapi",),
    f"{DEVPORTAL} GET /apis/{{apiId}}/thumbnail": _CATALOGUE,
    f"{DEVPORTAL} GET /apis/{{apiId}}/topics": _WSO2_EMPTY,
    f"{DEVPORTAL} GET /application-transfers": ("applications list",),
    f"{DEVPORTAL} POST /application-transfers/{{applicationId}}/accept": ("applications accept",),
    f"{DEVPORTAL} POST /application-transfers/{{applicationId}}/decline": ("applications decline",),
    f"{DEVPORTAL} GET /applications": ("applications list",),
    f"{DEVPORTAL} POST /applications": ("applications create",),
    f"{DEVPORTAL} GET /applications/{{applicationId}}": ("applications show",),
    f"{DEVPORTAL} PUT /applications/{{applicationId}}": ("applications update",),
    f"{DEVPORTAL} DELETE /applications/{{applicationId}}": ("applications delete",),
    f"{DEVPORTAL} POST /applications/{{applicationId}}/change-owner": ("applications transfer",),
    f"{DEVPORTAL} POST /applications/{{applicationId}}/generate-keys": ("keys generate",),
    f"{DEVPORTAL} GET /applications/{{applicationId}}/keys": ("keys list",),
    f"{DEVPORTAL} GET /applications/{{applicationId}}/keys/{{keyType}}": ("keys show",),
    f"{DEVPORTAL} PUT /applications/{{applicationId}}/keys/{{keyType}}": ("keys configure",),
    f"{DEVPORTAL} DELETE /applications/{{applicationId}}/keys/{{keyType}}": ("keys delete",),
    f"{DEVPORTAL} POST /applications/{{applicationId}}/keys/{{keyType}}/clean-up": ("keys delete",),
    f"{DEVPORTAL} POST /applications/{{applicationId}}/keys/{{keyType}}/generate-token": _TOKEN,
    f"{DEVPORTAL} GET /applications/{{applicationId}}/keys/{{keyType}}/generated-tokens": _TOKEN,
    f"{DEVPORTAL} POST /applications/{{applicationId}}/keys/{{keyType}}/regenerate-secret": ("secrets regenerate",),
    f"{DEVPORTAL} POST /applications/{{applicationId}}/map-keys": ("keys map",),
    f"{DEVPORTAL} GET /applications/{{applicationId}}/oauth-keys": ("keys list",),
    f"{DEVPORTAL} GET /applications/{{applicationId}}/oauth-keys/{{keyMappingId}}": ("keys show",),
    f"{DEVPORTAL} PUT /applications/{{applicationId}}/oauth-keys/{{keyMappingId}}": ("keys configure",),
    f"{DEVPORTAL} DELETE /applications/{{applicationId}}/oauth-keys/{{keyMappingId}}": ("keys delete",),
    f"{DEVPORTAL} POST /applications/{{applicationId}}/oauth-keys/{{keyMappingId}}/clean-up": ("keys delete",),
    f"{DEVPORTAL} POST /applications/{{applicationId}}/oauth-keys/{{keyMappingId}}/generate-secret": (
        "secrets create",
    ),
    f"{DEVPORTAL} POST /applications/{{applicationId}}/oauth-keys/{{keyMappingId}}/generate-token": _TOKEN,
    f"{DEVPORTAL} GET /applications/{{applicationId}}/oauth-keys/{{keyMappingId}}/generated-tokens": _TOKEN,
    f"{DEVPORTAL} POST /applications/{{applicationId}}/oauth-keys/{{keyMappingId}}/regenerate-secret": (
        "secrets regenerate",
    ),
    f"{DEVPORTAL} POST /applications/{{applicationId}}/oauth-keys/{{keyMappingId}}/revoke-secret": ("secrets revoke",),
    f"{DEVPORTAL} POST /applications/{{applicationId}}/oauth-keys/{{keyMappingId}}/revoke-tokens": (
        "keys revoke-tokens",
    ),
    f"{DEVPORTAL} GET /applications/{{applicationId}}/oauth-keys/{{keyMappingId}}/secrets": ("secrets list",),
    f"{DEVPORTAL} GET /key-managers": _WSO2_EMPTY,
    f"{DEVPORTAL} GET /me/blocked-clients": ("sessions list-blocked-clients",),
    f"{DEVPORTAL} DELETE /me/blocked-clients/{{clientId}}": ("sessions unblock-client",),
    f"{DEVPORTAL} POST /me/change-password": _SIGNED_IN,
    f"{DEVPORTAL} GET /me/organization-information": ("organisations show",),
    f"{DEVPORTAL} GET /me/sessions": ("sessions list",),
    f"{DEVPORTAL} DELETE /me/sessions": ("sessions end-all",),
    f"{DEVPORTAL} DELETE /me/sessions/{{sessionId}}": ("sessions end",),
    f"{DEVPORTAL} POST /me/sessions/{{sessionId}}/block": ("sessions block-client",),
    f"{DEVPORTAL} GET /recommendations": _WSO2_EMPTY,
    f"{DEVPORTAL} GET /search": _CATALOGUE,
    f"{DEVPORTAL} GET /settings": ("organisations show",),
    f"{DEVPORTAL} GET /settings/application-attributes": _WSO2_EMPTY,
    f"{DEVPORTAL} GET /statistics": ("statistics show",),
    f"{DEVPORTAL} GET /subscriptions": ("subscriptions list",),
    f"{DEVPORTAL} POST /subscriptions": ("subscriptions create",),
    f"{DEVPORTAL} POST /subscriptions/multiple": ("subscriptions create",),
    f"{DEVPORTAL} GET /subscriptions/{{subscriptionId}}": ("subscriptions list",),
    f"{DEVPORTAL} PUT /subscriptions/{{subscriptionId}}": ("subscriptions change-tier",),
    f"{DEVPORTAL} DELETE /subscriptions/{{subscriptionId}}": ("subscriptions delete",),
    f"{DEVPORTAL} GET /tags": _CATALOGUE,
    f"{DEVPORTAL} GET /tenants": ("organisations list",),
    f"{DEVPORTAL} GET /throttling-policies/{{policyLevel}}": ("tiers list",),
    f"{DEVPORTAL} GET /throttling-policies/{{policyLevel}}/{{policyId}}": ("tiers list",),
    f"{DEVPORTAL} GET /webhooks/subscriptions": _WSO2_EMPTY,
}
"""Operations of the JSON APIs, by API, method and path."""

_OPERATOR = Reason("Only operators, who have AWS credentials, may do it.")

MORE_COMMANDS: Mapping[str, Reason] = {
    "apis check": Reason("It reads API Gateway with the operator's AWS credentials."),
    "backups restore": _OPERATOR,
    "doctor": _OPERATOR,
    "organisations create": Reason("The sign-up page of organisations does it, where the stack has one."),
    "outputs list": _OPERATOR,
    "outputs show": _OPERATOR,
    "parameters set": _OPERATOR,
    "roles list": Reason("The pages show roles beside members and scopes."),
    "tokens inspect": Reason("The token service has POST /introspect."),
    "tokens revoke": Reason("The token service has POST /revoke."),
    "users create": Reason("It sets a password, which administrators never know: they invite."),
    "users delete": _OPERATOR,
    "users enrolment-link": Reason("It replaces the mail of a deployment that sends none."),
    "users import": Reason("It takes hashes of passwords."),
}
"""Commands without an operation of the JSON APIs."""
