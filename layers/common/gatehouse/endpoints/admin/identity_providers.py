"""Identity providers in the administrators' JSON API; the client secret is taken and never shown."""

from typing import Any

import msgspec

from gatehouse.domain.accounts.identity_providers import IdentityProvider
from gatehouse.domain.portal.identity_providers import Check, IdentityProviderAdministration
from gatehouse.endpoints.admin.api import ADMIN
from gatehouse.endpoints.admin.requests import ProviderDraft
from gatehouse.endpoints.rest import conditions, listings, typed_bodies
from gatehouse.endpoints.rest.operations import Answer, ApiCall, OperationRouter

router = OperationRouter(scopes=ADMIN)


class IdentityProvidersApi(msgspec.Struct, frozen=True):
    """Answers about identity providers."""

    administration: IdentityProviderAdministration

    @router.get("/identity-providers", gives="IdentityProviderList")
    def find_all(self, call: ApiCall) -> Answer:
        """List the identity providers at which members may sign in."""
        found = self.administration.store.find_providers(call.caller.organisation)
        return Answer(listings.whole(render(one, call.issuer) for one in found))

    @router.post("/identity-providers", takes="IdentityProviderDraft", gives="IdentityProvider", statuses=(201, 409))
    def add(self, call: ApiCall) -> Answer:
        """Register an identity provider; its metadata are read at once."""
        given = typed_bodies.parse(call.body, ProviderDraft)
        made = self.administration.add(call.caller, given.id, given.value(), call.caller.user_id)
        return Answer(render(made, call.issuer), 201, f"/identity-providers/{made.provider_id}")

    @router.get("/identity-providers/{providerId}", gives="IdentityProvider")
    def find(self, call: ApiCall) -> Answer:
        """Show an identity provider; never its client secret."""
        return Answer(render(self._find(call), call.issuer))

    @router.put(
        "/identity-providers/{providerId}",
        takes="IdentityProviderDraft",
        gives="IdentityProvider",
        statuses=(200, 409, 412),
    )
    def change(self, call: ApiCall) -> Answer:
        """Change an identity provider, and read its metadata again; without clientSecret, that stays."""
        found = self._find(call)
        conditions.check_match(call.headers, render(found, call.issuer))
        given = typed_bodies.parse(call.body, ProviderDraft).value()
        return Answer(render(self.administration.change(call.caller, found, given, call.caller.user_id), call.issuer))

    @router.delete("/identity-providers/{providerId}", statuses=(200, 409, 412))
    def remove(self, call: ApiCall) -> None:
        """Delete an identity provider; it is no longer offered for sign-in."""
        found = self._find(call)
        conditions.check_match(call.headers, render(found, call.issuer))
        self.administration.remove(call.caller, found)

    @router.post("/identity-providers/{providerId}/test", gives="IdentityProviderCheckList")
    def test(self, call: ApiCall) -> Answer:
        """Try metadata, keys, client id and secret, and say what is wrong."""
        found, issuer = self._find(call), call.issuer
        checks = self.administration.test(call.caller, found, redirect_uri(found, issuer), call.caller.user_id)
        return Answer(listings.whole(map(_render_check, checks)))

    def _find(self, call: ApiCall) -> IdentityProvider:
        return self.administration.find(call.caller, call.path["providerId"])


def redirect_uri(provider: IdentityProvider, issuer: str) -> str:
    """Return what is to be entered at the provider."""
    return f"{issuer}/federated/{provider.provider_id}/callback"


def render(provider: IdentityProvider, issuer: str) -> dict[str, Any]:
    """Return the provider as JSON; `issuer` is the organisation's."""
    return {
        "id": provider.provider_id,
        "name": provider.name,
        "issuer": provider.issuer,
        "clientId": provider.client_id,
        "hasClientSecret": bool(provider.sealed_secret),
        "algorithm": provider.algorithm,
        "scopes": list(provider.scopes),
        "createsMembers": provider.creates_members,
        "trustsEmail": provider.trusts_email,
        "trustsFactors": provider.trusts_factors,
        "domains": list(provider.domains),
        "requiredClaims": dict(provider.required_claims),
        "groupsClaim": provider.groups_claim,
        "roleMappings": {group: list(roles) for group, roles in provider.roles.items()},
        "enabled": provider.is_enabled,
        "redirectUri": redirect_uri(provider, issuer),
        "backchannelLogoutUri": f"{issuer}/federated/{provider.provider_id}/logout-token",
    }


def _render_check(one: Check) -> dict[str, Any]:
    return {"step": one.step, "right": one.is_right, "message": one.message}
