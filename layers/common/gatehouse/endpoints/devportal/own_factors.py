"""The caller's own sign-in methods, remembered browsers, sign-ins and e-mail address; Gatehouse's own.

Users with a second factor call these with the token of a fresh sign-in with it (RFC 9470).
"""

from typing import Any

import msgspec

from gatehouse.domain.accounts import factors
from gatehouse.domain.accounts.passkeys import Passkey
from gatehouse.domain.portal.own_factors import OwnFactors
from gatehouse.domain.portal.services import Portal
from gatehouse.endpoints.rest import bodies
from gatehouse.endpoints.rest.operations import Answer, ApiCall, Operation, OperationTable


class DevportalOwnFactors(msgspec.Struct, frozen=True):
    """Shows and changes them."""

    portal: Portal

    @property
    def own(self) -> OwnFactors:
        """The service behind it."""
        return self.portal.own_factors

    def find(self, call: ApiCall) -> Answer:
        """GET /me/sign-in-methods."""
        found = self.own.find(call.caller)
        return Answer(
            {
                "authenticatorAppSince": _milliseconds(found.app_since) if found.app_secret else None,
                "passkeys": [_render(one) for one in found.passkeys],
                "recoveryCodesLeft": len(found.recovery),
            }
        )

    def rename_passkey(self, call: ApiCall) -> Answer:
        """PUT /me/passkeys/{passkeyId}."""
        name = bodies.parse(call.body).text("name")
        return Answer(_render(self.own.rename_passkey(call.caller, call.path["passkeyId"], name)))

    def remove_passkey(self, call: ApiCall) -> Answer:
        """DELETE /me/passkeys/{passkeyId}."""
        self.own.remove_passkey(call.caller, call.path["passkeyId"], call.issuer)
        return Answer()

    def remove_app(self, call: ApiCall) -> Answer:
        """DELETE /me/authenticator-app."""
        self.own.remove_app(call.caller, call.issuer)
        return Answer()

    def renew_recovery(self, call: ApiCall) -> Answer:
        """POST /me/recovery-codes."""
        return Answer({"codes": list(self.own.renew_recovery(call.caller, call.issuer))})

    def find_browsers(self, call: ApiCall) -> Answer:
        """GET /me/remembered-browsers."""
        listed = [
            {
                "browserId": one.browser_id,
                "device": one.device,
                "since": _milliseconds(one.since),
                "expires": _milliseconds(one.expires_at),
            }
            for one in self.own.find_browsers(call.caller)
        ]
        return Answer({"count": len(listed), "list": listed})

    def forget_browser(self, call: ApiCall) -> Answer:
        """DELETE /me/remembered-browsers/{browserId}."""
        self.own.forget_browser(call.caller, call.path["browserId"])
        return Answer()

    def find_sign_ins(self, call: ApiCall) -> Answer:
        """GET /me/sign-ins."""
        listed = [
            {
                "at": str(one.at_ms),
                "device": one.device,
                "address": one.source,
                "methods": factors.amr(one.methods),
                "sessionId": one.session_id,
            }
            for one in self.own.find_sign_ins(call.caller)
        ]
        return Answer({"count": len(listed), "list": listed})

    def find_identities(self, call: ApiCall) -> Answer:
        """GET /me/identities."""
        listed = [
            {"providerId": one.provider_id, "email": one.email or None, "since": _milliseconds(one.linked_at)}
            for one in self.portal.own_identities.find_all(call.caller)
        ]
        return Answer({"count": len(listed), "list": listed})

    def unlink_identity(self, call: ApiCall) -> Answer:
        """DELETE /me/identities/{providerId}."""
        self.portal.own_identities.unlink(call.caller, call.path["providerId"], call.issuer)
        return Answer()

    def change_address(self, call: ApiCall) -> Answer:
        """POST /me/email."""
        address = bodies.parse(call.body).text("email")
        self.own.request_address(call.caller, address, call.issuer, call.origin.source)
        return Answer()


def operations(portal: Portal) -> tuple[Operation, ...]:
    """Return the table of this part."""
    here, table = DevportalOwnFactors(portal), OperationTable(scopes=frozenset({"apim:subscribe"}))
    fresh = (200, 401, 404, 409)
    return (
        table.get(
            "/me/sign-in-methods",
            "Your passkeys, your authenticator app, and how many recovery codes are left.",
            here.find,
            gives="SignInMethods",
        ),
        table.put(
            "/me/passkeys/{passkeyId}",
            "Rename a passkey.",
            here.rename_passkey,
            takes="PasskeyName",
            gives="Passkey",
            statuses=(200, 404, 409),
        ),
        table.delete(
            "/me/passkeys/{passkeyId}",
            "Remove a passkey, with the token of a fresh sign-in; every token of yours is revoked, this one too.",
            here.remove_passkey,
            statuses=fresh,
        ),
        table.delete(
            "/me/authenticator-app",
            "Remove the app, with the token of a fresh sign-in; every token of yours is revoked, this one too.",
            here.remove_app,
            statuses=fresh,
        ),
        table.post(
            "/me/recovery-codes",
            "Create ten recovery codes, with the token of a fresh sign-in; older ones and every token are revoked.",
            here.renew_recovery,
            gives="RecoveryCodes",
            statuses=fresh,
        ),
        table.get(
            "/me/remembered-browsers",
            "The browsers that skip your second factor.",
            here.find_browsers,
            gives="RememberedBrowserList",
        ),
        table.delete(
            "/me/remembered-browsers/{browserId}",
            "Ask a remembered browser for your second factor again.",
            here.forget_browser,
            statuses=(200, 404),
        ),
        table.get("/me/sign-ins", "Your last 20 sign-ins of 90 days.", here.find_sign_ins, gives="SignInList"),
        table.get(
            "/me/identities",
            "Your identities at the organisation's identity providers, with which you sign in.",
            here.find_identities,
            gives="IdentityList",
        ),
        table.delete(
            "/me/identities/{providerId}",
            "Unlink an identity, with the token of a fresh sign-in; every token of yours is revoked, this one too.",
            here.unlink_identity,
            statuses=fresh,
        ),
        table.post(
            "/me/email",
            "Mail a link to a new address, with the token of a fresh sign-in; the link makes it yours.",
            here.change_address,
            takes="AddressChange",
            statuses=(200, 401, 404, 409, 429),
        ),
    )


def _render(passkey: Passkey) -> dict[str, Any]:
    return {
        "passkeyId": passkey.passkey_id,
        "name": passkey.name,
        "since": _milliseconds(passkey.since),
        "lastUsed": _milliseconds(passkey.used_at) if passkey.used_at else None,
        "isSynced": passkey.is_synced,
    }


def _milliseconds(at: int) -> str:
    return str(at * 1000)
