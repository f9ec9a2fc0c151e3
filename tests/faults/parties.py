"""Which flows meet which: everything that changes the same item, each pair in both orders."""

_ONE = "/applications/{applicationId}"
_KEYS = f"{_ONE}/oauth-keys/{{keyMappingId}}"
PARTIES = {
    "an application": [
        f"devportal PUT {_ONE}",
        f"devportal PUT {_ONE} (token format)",
        f"devportal DELETE {_ONE}",
        f"devportal POST {_ONE}/change-owner",
        f"devportal POST {_ONE}/generate-keys",
        f"devportal POST {_ONE}/map-keys",
        f"devportal PUT {_KEYS}",
        f"devportal DELETE {_KEYS}",
        f"devportal POST {_KEYS}/regenerate-secret",
        f"devportal POST {_KEYS}/generate-secret",
        f"devportal POST {_KEYS}/revoke-secret",
        f"devportal POST {_KEYS}/revoke-tokens",
        f"devportal POST {_KEYS}/generate-token",
        "devportal POST /subscriptions",
        "devportal PUT /subscriptions/{subscriptionId}",
        "devportal DELETE /subscriptions/{subscriptionId}",
        "devportal DELETE /subscriptions/{subscriptionId} (waiting)",
        "admin v4 POST /subscriptions/{subscriptionId}/decide (approve)",
        "admin v4 POST /subscriptions/{subscriptionId}/decide (reject)",
        f"admin v4 POST {_ONE}/revoke",
        f"admin v4 POST {_ONE}/change-owner (to themselves)",
        f"admin v4 PUT {_ONE}/client-scopes",
        "publisher v1 POST /subscriptions/{subscriptionId}/block",
        "publisher v1 DELETE /apis/{apiId} (with subscriptions)",
        "publisher v1 PUT /apis/{apiId}",
        "publisher v1 POST /apis/{apiId}/change-lifecycle",
        "grant password",
        "grant client_credentials",
    ],
    "a transfer": [
        "devportal POST /application-transfers/{applicationId}/accept",
        "devportal POST /application-transfers/{applicationId}/decline",
        "devportal POST /application-transfers/{applicationId}/decline (withdraw)",
    ],
    "an API": [
        "publisher v1 POST /apis",
        "publisher v1 PUT /apis/{apiId}",
        "publisher v1 DELETE /apis/{apiId} (with subscriptions)",
        "publisher v1 POST /apis/{apiId}/change-lifecycle",
        "publisher v1 POST /apis/{apiId}/change-lifecycle (block)",
        "publisher v1 PUT /apis/{apiId}/thumbnail",
        "publisher v1 DELETE /apis/{apiId}/thumbnail",
        "publisher v1 PUT /apis/{apiId}/documents/{documentId}",
        "publisher v1 PUT /apis/{apiId}/documents/{documentId} (new)",
        "publisher v1 DELETE /apis/{apiId}/documents/{documentId}",
        "admin v4 PUT /apis/{apiId}/scopes/{scope}",
        "admin v4 PUT /apis/{apiId}/scopes/{scope} (nobody)",
        "admin v4 DELETE /apis/{apiId}/scopes/{scope}",
        "admin v4 PUT /apis/{apiId}/restrictions",
    ],
    "a block": [
        "publisher v1 POST /subscriptions/{subscriptionId}/block (unblock)",
        "devportal DELETE /subscriptions/{subscriptionId} (blocked)",
        "admin v4 DELETE /apis/{apiId}/subscription-blocks/{applicationId}",
    ],
    "a member": [
        "admin v4 PUT /members/{username}",
        "admin v4 POST /members/{username}/{action} (disable)",
        "admin v4 POST /members/{username}/{action} (reset)",
        "page POST /store/admin/members/{username} (roles)",
    ],
    "somebody who waits": [
        "admin v4 POST /members/{username}/{action} (approve)",
        "admin v4 POST /members/{username}/{action} (reject)",
    ],
    "settings": [
        "admin v4 PUT /settings",
        "admin v4 POST /identity-providers",
        "admin v4 PUT /identity-providers/{providerId}",
        "admin v4 DELETE /identity-providers/{providerId}",
        "admin v4 POST /mail-domains",
        "admin v4 POST /mail-domains/{domain}/check",
        "admin v4 DELETE /mail-domains/{domain}",
        "admin v4 PUT /settings/logo",
        "admin v4 DELETE /settings/logo",
        "page POST /store/admin",
    ],
    "a session of the store": ["page POST /store/signout", "page GET /store/organisation (refreshing)"],
    "the signing keys": [
        "function keys (createSecret)",
        "function keys (setSecret)",
        "function keys (finishSecret)",
        "function keys (replace-all)",
    ],
    "a registered client": [
        "admin v4 POST /registered-clients/{clientId}/block",
        "admin v4 POST /registered-clients/{clientId}/revoke",
        "admin v4 DELETE /registered-clients/{clientId}",
        "signin PUT /register/{id}",
        "signin DELETE /register/{id}",
        "signin POST /account/consent (of an agent)",
    ],
    "a person": [
        "devportal POST /me/change-password",
        "devportal DELETE /me/sessions",
        "devportal DELETE /me/sessions/{sessionId}",
        "signin POST /account/password",
        "signin POST /account/set-password (recovery)",
        "signin POST /account/consent",
        "signin POST /account/email/confirm",
        "signin POST /account/enrol",
        "signin POST /account/factors/remove",
        "signin POST /account/factors/recovery",
        "devportal DELETE /me/sessions/{sessionId} (client)",
        "signin POST /signin",
        "signin POST /signin (again)",
        "signin POST /signin (the oldest is signed out)",
        "signin POST /account/signout",
        "signin POST /logout",
        "grant password",
        "grant authorization_code",
    ],
}
_PAGE_ONE = "page POST /store/applications/{applicationId}"
_PAGE_KEYS = f"{_PAGE_ONE}/keys/{{keyType}}"
_OLD_KEYS = "/applications/{applicationId}/keys/{keyType}"
REPRESENTED = {
    f"devportal POST {_ONE}/generate-keys (with a token)": f"devportal POST {_ONE}/generate-keys",
    f"devportal POST {_KEYS}/clean-up": f"devportal DELETE {_KEYS}",
    f"devportal PUT {_OLD_KEYS}": f"devportal PUT {_KEYS}",
    f"devportal DELETE {_OLD_KEYS}": f"devportal DELETE {_KEYS}",
    f"devportal POST {_OLD_KEYS}/clean-up": f"devportal DELETE {_KEYS}",
    f"devportal POST {_OLD_KEYS}/regenerate-secret": f"devportal POST {_KEYS}/regenerate-secret",
    f"devportal POST {_OLD_KEYS}/generate-token": f"devportal POST {_KEYS}/generate-token",
    "devportal POST /subscriptions (waits)": "devportal POST /subscriptions",
    "devportal POST /subscriptions/multiple": "devportal POST /subscriptions",
    "devportal PUT /subscriptions/{subscriptionId} (waits)": "devportal PUT /subscriptions/{subscriptionId}",
    "admin v4 POST /members/{username}/{action} (enable)": "admin v4 POST /members/{username}/{action} (disable)",
    f"admin v4 DELETE {_ONE}": f"devportal DELETE {_ONE}",
    f"admin v4 DELETE {_OLD_KEYS}": f"devportal DELETE {_KEYS}",
    f"admin v4 POST {_ONE}/change-owner": f"devportal POST {_ONE}/change-owner",
    "signin POST /signin (locked by strangers, in a known browser)": "signin POST /signin (again)",
    "publisher v1 DELETE /apis/{apiId}": "publisher v1 DELETE /apis/{apiId} (with subscriptions)",
    _PAGE_ONE: f"devportal PUT {_ONE}",
    f"{_PAGE_ONE}/owner": f"devportal POST {_ONE}/change-owner",
    f"{_PAGE_ONE}/transfer": "devportal POST /application-transfers/{applicationId}/accept",
    f"{_PAGE_ONE}/transfer (decline)": "devportal POST /application-transfers/{applicationId}/decline",
    f"{_PAGE_ONE}/delete": f"devportal DELETE {_ONE}",
    f"{_PAGE_KEYS}/generate": f"devportal POST {_ONE}/generate-keys",
    f"{_PAGE_KEYS}/change": f"devportal PUT {_KEYS}",
    f"{_PAGE_KEYS}/secret": f"devportal POST {_KEYS}/generate-secret",
    f"{_PAGE_KEYS}/regenerate": f"devportal POST {_KEYS}/regenerate-secret",
    f"{_PAGE_KEYS}/revoke-secret": f"devportal POST {_KEYS}/revoke-secret",
    f"{_PAGE_KEYS}/revoke-tokens": f"devportal POST {_KEYS}/revoke-tokens",
    f"{_PAGE_KEYS}/delete": f"devportal DELETE {_KEYS}",
    f"{_PAGE_KEYS}/token": f"devportal POST {_KEYS}/generate-token",
    "page POST /store/apis/{apiId}/subscribe": "devportal POST /subscriptions",
    "page POST /store/apis/{apiId}/subscribe (waits)": "devportal POST /subscriptions",
    "page POST /store/apis/{apiId}/try": f"devportal POST {_KEYS}/generate-token",
    f"{_PAGE_ONE}/subscriptions/{{subscriptionId}}/tier": "devportal PUT /subscriptions/{subscriptionId}",
    f"{_PAGE_ONE}/subscriptions/{{subscriptionId}}/delete": "devportal DELETE /subscriptions/{subscriptionId}",
    "page POST /store/profile/sessions/{sessionId}/end": "devportal DELETE /me/sessions/{sessionId}",
    "page POST /store/profile/sessions/{sessionId}/end (client)": "devportal DELETE /me/sessions/{sessionId} (client)",
    "page POST /store/profile/everywhere": "devportal DELETE /me/sessions",
    "page POST /store/admin/import": "admin v4 POST /members",
    "admin v4 POST /import/members": "admin v4 POST /members",
    "page POST /store/admin/logo": "admin v4 PUT /settings/logo",
    "page POST /store/admin/logo/remove": "admin v4 DELETE /settings/logo",
    "page POST /store/admin/apis/{apiId}/lifecycle": "publisher v1 POST /apis/{apiId}/change-lifecycle",
    "page POST /store/admin/apis/{apiId}/scope": "admin v4 PUT /apis/{apiId}/scopes/{scope}",
    "page POST /store/admin/apis/{apiId}/scope (unbound)": "admin v4 DELETE /apis/{apiId}/scopes/{scope}",
    "page POST /store/admin/apis/{apiId}/lift": "admin v4 DELETE /apis/{apiId}/subscription-blocks/{applicationId}",
    "page POST /store/admin/apis/{apiId}/restriction": "admin v4 PUT /apis/{apiId}/restrictions",
    "page POST /store/admin/subscriptions/{subscriptionId}/decision": (
        "admin v4 POST /subscriptions/{subscriptionId}/decide (approve)"
    ),
    "page POST /store/admin/subscriptions/{subscriptionId}/decision (reject)": (
        "admin v4 POST /subscriptions/{subscriptionId}/decide (reject)"
    ),
    "page POST /store/admin/subscriptions/{subscriptionId}/block": (
        "publisher v1 POST /subscriptions/{subscriptionId}/block"
    ),
    "page POST /store/admin/applications/{applicationId}/act (revoke)": f"admin v4 POST {_ONE}/revoke",
    "page POST /store/admin/applications/{applicationId}/act (transfer)": f"devportal POST {_ONE}/change-owner",
    "page POST /store/admin/applications/{applicationId}/act (delete)": f"devportal DELETE {_ONE}",
    "page POST /store/admin/applications/{applicationId}": f"admin v4 PUT {_ONE}/client-scopes",
    "page POST /store/admin/members/{username} (disable)": "admin v4 POST /members/{username}/{action} (disable)",
    "page POST /store/admin/members/{username} (approve)": "admin v4 POST /members/{username}/{action} (approve)",
    "page POST /store/admin/members/{username} (reject)": "admin v4 POST /members/{username}/{action} (reject)",
    "page POST /store/admin/mail-domains": "admin v4 POST /mail-domains",
    "page POST /store/admin/mail-domains (check)": "admin v4 POST /mail-domains/{domain}/check",
    "page POST /store/admin/mail-domains (remove)": "admin v4 DELETE /mail-domains/{domain}",
    "page POST /store/admin/identity-providers": "admin v4 POST /identity-providers",
    "page POST /store/admin/identity-providers/{providerId}": "admin v4 PUT /identity-providers/{providerId}",
    "page POST /store/admin/identity-providers/{providerId} (delete)": (
        "admin v4 DELETE /identity-providers/{providerId}"
    ),
    "page POST /store/admin/clients/{clientId} (unblock)": "admin v4 POST /registered-clients/{clientId}/block",
    "page POST /store/admin/clients/{clientId}": "admin v4 POST /registered-clients/{clientId}/block",
    "page POST /store/admin/clients/{clientId} (revoke)": "admin v4 POST /registered-clients/{clientId}/revoke",
    "page POST /store/admin/clients/{clientId} (delete)": "admin v4 DELETE /registered-clients/{clientId}",
    "page POST /store/admin/apis/{apiId}/tiers": "publisher v1 PUT /apis/{apiId}",
    "devportal POST /me/sessions/{sessionId}/block": "devportal DELETE /me/sessions/{sessionId} (client)",
    "devportal DELETE /me/blocked-clients/{clientId}": "devportal DELETE /me/sessions/{sessionId} (client)",
    "page POST /store/profile/sessions/{sessionId}/block": "devportal DELETE /me/sessions/{sessionId} (client)",
    "page POST /store/profile/clients/{clientId}/unblock": "devportal DELETE /me/sessions/{sessionId} (client)",
    "signin POST /federated/{provider}/link": "signin POST /account/password",
    "signin POST /federated/{provider}/unlink": "signin POST /account/password",
    "signin POST /account/sessions/end": "devportal DELETE /me/sessions/{sessionId}",
    "signin POST /account/sessions/end (everything else)": "signin POST /account/password",
    "signin POST /account/enrol (passkey)": "signin POST /account/enrol",
    "signin POST /account/factors/remove (passkey)": "signin POST /account/factors/remove",
    "signin POST /account/factors/rename": "signin POST /account/factors/recovery",
    "devportal PUT /me/passkeys/{passkeyId}": "signin POST /account/factors/recovery",
    "devportal DELETE /me/passkeys/{passkeyId}": "signin POST /account/factors/remove",
    "devportal DELETE /me/authenticator-app": "signin POST /account/factors/remove",
    "devportal DELETE /me/identities/{providerId}": "signin POST /account/password",
    "devportal POST /me/recovery-codes": "signin POST /account/factors/recovery",
    "admin v4 POST /members/{username}/{action} (reset-factors)": "signin POST /account/factors/remove",
    "page POST /store/admin/members/{username} (reset-factors)": "signin POST /account/factors/remove",
    "admin v4 POST /members/{username}/{action} (resend)": "admin v4 POST /members/{username}/{action} (reset)",
    "page POST /store/admin/members/{username} (resend)": "admin v4 POST /members/{username}/{action} (reset)",
    "page POST /store/admin/members/{username} (reset)": "admin v4 POST /members/{username}/{action} (reset)",
}
"""Flows that make the same change as another one, which meets the others in their place: pages, and older paths."""
UNMET = {
    "function keys (first keys)": "The stack is being created: nothing else runs.",
}
"""Flows that meet nobody, each with its reason."""
_TWICE_AT_ONCE = [
    "grant refresh_token",
    "grant authorization_code",
    "signin POST /account/set-password (sign-up)",
    "signin POST /signup/organisation/confirm",
    "devportal POST /applications",
    "admin v4 POST /members",
    "publisher v1 POST /apis",
    "function events",
]
_ONE_SESSION = "devportal DELETE /me/sessions/{sessionId}"
_ENDING_TOKENS = frozenset(
    {
        "devportal DELETE /me/sessions",
        _ONE_SESSION,
        f"{_ONE_SESSION} (client)",
        "devportal POST /me/change-password",
        "signin POST /account/password",
        "signin POST /account/set-password (recovery)",
        "signin POST /account/signout",
        "signin POST /logout",
        "signin POST /account/enrol",
        "signin POST /account/factors/remove",
        "signin POST /account/email/confirm",
    }
)
_REGISTERED = "admin v4 POST /registered-clients/{clientId}"
_MAKES_ROOM = "signin POST /signin (the oldest is signed out)"
_SIGNS_IN = frozenset(
    {
        _MAKES_ROOM,
        "signin POST /signin",
        "signin POST /signin (again)",
        "signin POST /account/password",
        "signin POST /account/enrol",
        "signin POST /account/factors/remove",
        "signin POST /account/email/confirm",
    }
)
_GRANTS = frozenset({"grant password", "grant client_credentials"})
SHARE = 36
"""Without `--every-fault`, one of so many pairs meets."""
_WITH_FACTOR = frozenset({"signin POST /account/factors/remove", "signin POST /account/factors/recovery"})
_FACTORS = frozenset({*_WITH_FACTOR, "signin POST /account/enrol"})
_MAILED = frozenset({"signin POST /account/set-password (recovery)", "signin POST /account/email/confirm"})
_BY_PASSWORD_ALONE = frozenset(
    {
        "signin POST /account/password",
        "signin POST /account/consent",
        "signin POST /account/signout",
        "signin POST /logout",
        "grant authorization_code",
    }
)


def is_impossible(first: str, second: str) -> bool:
    """Say whether one of two parties cannot be prepared beside the other.

    Whoever has a second factor is not at a browser that signed in by a password alone, and is mailed about the factor.
    Each link is that of the one mail that was sent. An identity provider is registered once.
    """
    pair = {first, second}
    if first != second and all("/identity-providers" in one or "/mail-domains" in one for one in pair):
        return True
    if len(pair) == 1 or not pair & (_FACTORS | _MAILED):
        return False
    is_mailed = bool(pair & _MAILED) and pair <= _FACTORS | _MAILED
    return is_mailed or pair <= _FACTORS or bool(pair & _WITH_FACTOR and pair & _BY_PASSWORD_ALONE)


PAIRS = list(
    dict.fromkeys(
        (
            *(
                (one, other)
                for group in PARTIES.values()
                for one in group
                for other in group
                if not is_impossible(one, other)
            ),
            *((one, one) for one in _TWICE_AT_ONCE),
        )
    )
)


def is_exempt(first: str, second: str) -> bool:
    """Say whether two parties may leave what no order of them would.

    * Who was authenticated before a token ended is served: of two who end the same tokens at once, both do.
    * A client that was authenticated before its application was deleted may get a token. It opens nothing, since the
      gate reads the client (`tests/unit/endpoints/authorizer/test_gate_guesses.py`).
    * Sessions are counted by an index that is late, so two who sign in at once may leave one session too many, which
      the next one ends.
    * Of two that sign in at one browser at once, the browser keeps one cookie; the other session expires.
    * The sign-in pages remember a registered client for the cache seconds, so somebody may still agree to one that was
      just blocked. Its code gets nothing, since the token endpoint checks the client for itself.
    * A scope is bound by its name, whether or not the API of the address exists when it is stored. What a deleted API
      leaves of its routes depends on whether its scopes were bound when it was deleted.
    """
    if first in _ENDING_TOKENS and second in _ENDING_TOKENS and (first, second) != (_ONE_SESSION, _ONE_SESSION):
        return True
    if _MAKES_ROOM in {first, second} and {first, second} <= _SIGNS_IN:
        return True
    if {first, second} == {"signin POST /signin (again)", "signin POST /account/password"}:
        return True
    if "/scopes/" in first and second == "publisher v1 DELETE /apis/{apiId} (with subscriptions)":
        return True
    if {first, second} == {"signin POST /account/consent (of an agent)", f"{_REGISTERED}/block"}:
        return True
    return first in _GRANTS and second == f"devportal DELETE {_ONE}"
