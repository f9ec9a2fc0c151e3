"""What the pages can do, the JSON APIs and the command line can do: tables without gaps, and a reason for each.

`PAGES` says which operations of the JSON APIs a page or form of the store stands for, `SIGN_IN_PAGES` which command
does what a page of a member's own account does. `tests/operation_parity.py` goes on with the operations. A page needs
its row.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Reason:
    """Why something has no counterpart."""

    text: str


ADMIN, DEVPORTAL, PUBLISHER = "admin v4", "devportal", "publisher v1"

_FORM = Reason("It shows a form alone.")

PAGES: Mapping[str, tuple[str, ...] | Reason] = {
    "GET /store": Reason("It is the welcome page."),
    "GET /store/signin": Reason("It leads to the sign-in pages."),
    "POST /store/signin": Reason("It leads to the sign-in pages."),
    "GET /store/callback": Reason("It is the redirect URI of the store."),
    "POST /store/signout": Reason("It ends the session of the browser that sends it."),
    "GET /store/home": Reason("It shows the first steps, and the lists that other pages show."),
    "POST /store/home/called": Reason("It ticks the last of the first steps."),
    "GET /store/publish": _FORM,
    "POST /store/publish": Reason("It keeps a document for the next page; programs keep their documents themselves."),
    "GET /store/publish/draft": (f"{PUBLISHER} POST /apis/preview",),
    "POST /store/publish/draft": (f"{PUBLISHER} POST /apis", f"{PUBLISHER} PUT /apis/{{apiId}}"),
    "POST /store/publish/draft/discard": Reason("It deletes a document that was kept for the next page."),
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
    "GET /store/admin/apis/{apiId}/usage": (f"{ADMIN} GET /apis/{{apiId}}/usage",),
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
    "GET /store/admin/audit/export": (f"{ADMIN} GET /audit",),
    "GET /store/admin/clients": (f"{ADMIN} GET /registered-clients",),
    "POST /store/admin/clients/{clientId}": (
        f"{ADMIN} POST /registered-clients/{{clientId}}/block",
        f"{ADMIN} POST /registered-clients/{{clientId}}/revoke",
        f"{ADMIN} DELETE /registered-clients/{{clientId}}",
    ),
    "GET /store/admin/mail-domains": (f"{ADMIN} GET /mail-domains", f"{ADMIN} GET /identity-providers"),
    "POST /store/admin/mail-domains": (
        f"{ADMIN} POST /mail-domains",
        f"{ADMIN} POST /mail-domains/{{domain}}/check",
        f"{ADMIN} DELETE /mail-domains/{{domain}}",
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
    "GET /store/admin/import": _FORM,
    "POST /store/admin/import": (f"{ADMIN} POST /import/members",),
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
    "GET /store/apis/{apiId}/documentation": (f"{DEVPORTAL} GET /apis/{{apiId}}/documents",),
    "GET /store/apis/{apiId}/reference": (
        f"{DEVPORTAL} GET /apis/{{apiId}}/swagger",
        f"{DEVPORTAL} GET /apis/{{apiId}}/code-samples",
    ),
    "GET /store/apis/{apiId}/export/{format}": (f"{DEVPORTAL} GET /apis/{{apiId}}/exports/{{format}}",),
    "GET /store/apis/{apiId}/subscriptions": (f"{DEVPORTAL} GET /subscriptions",),
    "GET /store/apis/{apiId}/openapi.json": (f"{DEVPORTAL} GET /apis/{{apiId}}/swagger",),
    "POST /store/apis/{apiId}/subscribe": (f"{DEVPORTAL} POST /subscriptions",),
    "GET /store/apis/{apiId}/versions": (f"{PUBLISHER} GET /apis/{{apiId}}/differences",),
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
    "GET /store/applications/{applicationId}/keys/{keyType}/settings": (
        f"{DEVPORTAL} GET /applications/{{applicationId}}/keys/{{keyType}}",
    ),
    "GET /store/applications/{applicationId}/keys/{keyType}/token": (
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
    "GET /store/statistics": (f"{DEVPORTAL} GET /statistics", f"{DEVPORTAL} GET /applications/{{applicationId}}/usage"),
    "GET /store/subscriptions": (f"{DEVPORTAL} GET /subscriptions",),
}
"""Pages and forms of the store, by method and path."""

_PROTOCOL = Reason("It is a step of a protocol between a client, its user and this service.")
_PROOF = Reason("It proves who a user is.")
_ASSET = Reason("It is part of how the pages look.")
_OWN = Reason("Only the user has what it takes: a password, a passkey, or a mail.")

SIGN_IN_PAGES: Mapping[str, tuple[str, ...] | Reason] = {
    "GET /authorize": _PROTOCOL,
    "POST /authorize": _PROTOCOL,
    "GET /oauth2/authorize": _PROTOCOL,
    "POST /oauth2/authorize": _PROTOCOL,
    "GET /oidc/logout": _PROTOCOL,
    "POST /oidc/logout": _PROTOCOL,
    "GET /logout": _PROTOCOL,
    "POST /logout": _PROTOCOL,
    "POST /register": _PROTOCOL,
    "GET /register/{id}": ("registered-clients list",),
    "PUT /register/{id}": _PROTOCOL,
    "DELETE /register/{id}": ("registered-clients delete",),
    "POST /account/consent": _PROTOCOL,
    "GET /device": _PROTOCOL,
    "POST /device": _PROTOCOL,
    "POST /device/decision": _PROTOCOL,
    "GET /signin": _PROOF,
    "POST /signin": _PROOF,
    "GET /discover": ("mail-domains list",),
    "POST /discover": ("mail-domains list",),
    "POST /account/passkey": _PROOF,
    "GET /account/second-step": _PROOF,
    "POST /account/second-step": _PROOF,
    "GET /account/second-step/reminder": _PROOF,
    "GET /federated/{provider}/start": _PROOF,
    "GET /federated/{provider}/callback": _PROOF,
    "GET /federated/{provider}/sign-out": _PROTOCOL,
    "POST /federated/{provider}/logout-token": _PROTOCOL,
    "POST /account/signout": ("sessions end",),
    "GET /account/sessions": ("sessions list",),
    "POST /account/sessions/end": ("sessions end", "sessions end-all"),
    "GET /signup": ("users create",),
    "POST /signup": ("users create",),
    "GET /recover": ("users reset-password",),
    "POST /recover": ("users reset-password",),
    "GET /account/sent": _FORM,
    "GET /account/done": _FORM,
    "GET /account/set-password": _OWN,
    "POST /account/set-password": _OWN,
    "GET /account/password": _OWN,
    "POST /account/password": _OWN,
    "GET /account": ("users show",),
    "GET /account/email": ("users change-email",),
    "POST /account/email": ("users change-email",),
    "GET /account/email/confirm": _OWN,
    "POST /account/email/confirm": _OWN,
    "POST /account/enrolment": ("users create-enrolment-link",),
    "GET /account/enrol": _OWN,
    "POST /account/enrol": _OWN,
    "GET /account/factors": ("users list-factors", "users list-browsers", "users list-sign-ins"),
    "POST /account/factors/remove": ("users remove-factor",),
    "POST /account/factors/rename": ("users rename-passkey",),
    "POST /account/factors/forget": ("users forget-browser",),
    "POST /account/factors/recovery": Reason("It shows new recovery codes, which only their user may see."),
    "GET /account/identities": ("users list-identities",),
    "GET /federated/{provider}/link": _OWN,
    "POST /federated/{provider}/link": _OWN,
    "POST /federated/{provider}/unlink": ("users unlink-identity",),
    "GET /account/brand.css": _ASSET,
    "GET /account/logo": _ASSET,
}
"""Pages of signing in and of a member's own account, by method and path."""
