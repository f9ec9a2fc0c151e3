"""The caller's own sign-in methods, remembered browsers, sign-ins and e-mail address; Gatehouse's own.

Users with a second factor call these with the token of a fresh sign-in with it (RFC 9470).
"""

from typing import Any

import msgspec

from gatehouse.domain.accounts import factors
from gatehouse.domain.accounts.passkeys import Passkey
from gatehouse.domain.portal.services import Portal
from gatehouse.endpoints.rest import bodies, listings
from gatehouse.endpoints.rest.operations import Answer, ApiCall, OperationRouter

router = OperationRouter(scopes=frozenset({"apim:subscribe"}))


class DevportalAccountSecurity(msgspec.Struct, frozen=True):
    """Shows and changes them."""

    portal: Portal

    @router.get("/me/sign-in-methods", gives="SignInMethods")
    def find(self, call: ApiCall) -> Answer:
        """Your passkeys, your authenticator app, and how many recovery codes are left."""
        found = self.portal.account_security.find(call.caller)
        return Answer(
            {
                "authenticatorAppSince": _milliseconds(found.app_since) if found.app_secret else None,
                "passkeys": [_render(one) for one in found.passkeys],
                "recoveryCodesLeft": len(found.recovery),
            }
        )

    @router.put("/me/passkeys/{passkeyId}", takes="PasskeyName", gives="Passkey", statuses=(200, 409))
    def rename_passkey(self, call: ApiCall) -> Answer:
        """Rename a passkey."""
        name = bodies.parse(call.body).text("name")
        return Answer(_render(self.portal.account_security.rename_passkey(call.caller, call.path["passkeyId"], name)))

    @router.delete("/me/passkeys/{passkeyId}", statuses=(200, 409))
    def remove_passkey(self, call: ApiCall) -> None:
        """Remove a passkey, with the token of a fresh sign-in; every token of yours is revoked, this one too."""
        self.portal.account_security.remove_passkey(call.caller, call.path["passkeyId"], call.issuer)

    @router.delete("/me/authenticator-app", statuses=(200, 404, 409))
    def remove_app(self, call: ApiCall) -> None:
        """Remove the app, with the token of a fresh sign-in; every token of yours is revoked, this one too."""
        self.portal.account_security.remove_app(call.caller, call.issuer)

    @router.post("/me/recovery-codes", gives="RecoveryCodes", statuses=(200, 404, 409))
    def renew_recovery(self, call: ApiCall) -> Answer:
        """Create ten recovery codes, with the token of a fresh sign-in; older ones and every token are revoked."""
        return Answer({"codes": list(self.portal.account_security.renew_recovery(call.caller, call.issuer))})

    @router.get("/me/remembered-browsers", gives="RememberedBrowserList")
    def find_browsers(self, call: ApiCall) -> Answer:
        """The browsers that skip your second factor."""
        listed = (
            {
                "browserId": one.browser_id,
                "device": one.device,
                "since": _milliseconds(one.since),
                "expires": _milliseconds(one.skips_until),
            }
            for one in self.portal.account_security.find_browsers(call.caller)
        )
        return Answer(listings.whole(listed))

    @router.delete("/me/remembered-browsers/{browserId}")
    def forget_browser(self, call: ApiCall) -> None:
        """Ask a remembered browser for your second factor again."""
        self.portal.account_security.forget_browser(call.caller, call.path["browserId"])

    @router.get("/me/sign-ins", gives="SignInList")
    def find_sign_ins(self, call: ApiCall) -> Answer:
        """Your last 20 sign-ins of 90 days."""
        listed = (
            {
                "at": str(one.at_ms),
                "device": one.device,
                "address": one.source,
                "methods": factors.amr(one.methods),
                "sessionId": one.session_id,
            }
            for one in self.portal.account_security.find_sign_ins(call.caller)
        )
        return Answer(listings.whole(listed))

    @router.get("/me/identities", gives="IdentityList")
    def find_identities(self, call: ApiCall) -> Answer:
        """Your identities at the organisation's identity providers, with which you sign in."""
        listed = (
            {"providerId": one.provider_id, "email": one.email or None, "since": _milliseconds(one.linked_at)}
            for one in self.portal.account_security.find_identities(call.caller)
        )
        return Answer(listings.whole(listed))

    @router.delete("/me/identities/{providerId}", statuses=(200, 409))
    def unlink_identity(self, call: ApiCall) -> None:
        """Unlink an identity, with the token of a fresh sign-in; every token of yours is revoked, this one too."""
        self.portal.account_security.unlink_identity(call.caller, call.path["providerId"], call.issuer)

    @router.post("/me/email", takes="AddressChange", statuses=(200, 404, 409, 429))
    def change_address(self, call: ApiCall) -> None:
        """Mail a link to a new address, with the token of a fresh sign-in; the link makes it yours."""
        address = bodies.parse(call.body).text("email")
        self.portal.account_security.request_address(call.caller, address, call.issuer, call.origin.source)


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
