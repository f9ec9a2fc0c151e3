"""Identity providers in the administrators' JSON API; the client secret is taken and never shown."""

from typing import Any

import msgspec

from gatehouse.domain.accounts.identity_providers import IdentityProvider
from gatehouse.domain.portal.identity_providers import Check, IdentityProviderAffairs
from gatehouse.endpoints.admin.api import ADMIN
from gatehouse.endpoints.admin.requests import ProviderDraft
from gatehouse.endpoints.rest import conditions, typed_bodies
from gatehouse.endpoints.rest.operations import Answer, ApiCall, Operation

PATH = "/identity-providers"
_ONE = f"{PATH}/{{providerId}}"


class IdentityProvidersApi(msgspec.Struct, frozen=True):
    """Answers about identity providers."""

    affairs: IdentityProviderAffairs

    def find_all(self, call: ApiCall) -> Answer:
        """GET /identity-providers."""
        found = self.affairs.store.find_providers(call.caller.organisation)
        return Answer({"count": len(found), "list": [render(one, _issuer(call)) for one in found]})

    def add(self, call: ApiCall) -> Answer:
        """POST /identity-providers."""
        given = typed_bodies.parse(call.body, ProviderDraft)
        made = self.affairs.add(call.caller, given.id, given.value(), call.caller.user_id)
        return Answer(render(made, _issuer(call)), 201, f"{PATH}/{made.provider_id}")

    def find(self, call: ApiCall) -> Answer:
        """GET /identity-providers/{providerId}."""
        return Answer(render(self._find(call), _issuer(call)))

    def change(self, call: ApiCall) -> Answer:
        """PUT /identity-providers/{providerId}: without clientSecret, the secret stays as it is."""
        found = self._find(call)
        conditions.check_match(call.headers, render(found, _issuer(call)))
        given = typed_bodies.parse(call.body, ProviderDraft).value()
        return Answer(render(self.affairs.change(call.caller, found, given, call.caller.user_id), _issuer(call)))

    def remove(self, call: ApiCall) -> Answer:
        """DELETE /identity-providers/{providerId}."""
        self.affairs.remove(call.caller, self._find(call))
        return Answer()

    def test(self, call: ApiCall) -> Answer:
        """POST /identity-providers/{providerId}/test."""
        found, issuer = self._find(call), _issuer(call)
        checks = self.affairs.test(call.caller, found, redirect_uri(found, issuer), call.caller.user_id)
        return Answer({"count": len(checks), "list": [_render_check(one) for one in checks]})

    def _find(self, call: ApiCall) -> IdentityProvider:
        return self.affairs.find(call.caller, call.path["providerId"])

    def operations(self) -> tuple[Operation, ...]:
        """Return the table of this part."""
        return (
            Operation(
                method="GET",
                path=PATH,
                scopes=ADMIN,
                summary="List the identity providers at which members may sign in.",
                run=self.find_all,
                gives="IdentityProviderList",
            ),
            Operation(
                method="POST",
                path=PATH,
                scopes=ADMIN,
                summary="Register an identity provider; its metadata are read at once.",
                run=self.add,
                takes="IdentityProviderDraft",
                gives="IdentityProvider",
                statuses=(201, 400, 409),
            ),
            Operation(
                method="GET",
                path=_ONE,
                scopes=ADMIN,
                summary="Show an identity provider; never its client secret.",
                run=self.find,
                gives="IdentityProvider",
                statuses=(200, 404),
            ),
            Operation(
                method="PUT",
                path=_ONE,
                scopes=ADMIN,
                summary="Change an identity provider, and read its metadata again; without clientSecret, that stays.",
                run=self.change,
                takes="IdentityProviderDraft",
                gives="IdentityProvider",
                statuses=(200, 400, 404, 409, 412),
            ),
            Operation(
                method="DELETE",
                path=_ONE,
                scopes=ADMIN,
                summary="Delete an identity provider; nobody signs in at it any more.",
                run=self.remove,
                statuses=(200, 404, 409),
            ),
            Operation(
                method="POST",
                path=f"{_ONE}/test",
                scopes=ADMIN,
                summary="Try metadata, keys, client id and secret, and say what is wrong.",
                run=self.test,
                gives="IdentityProviderCheckList",
                statuses=(200, 404),
            ),
        )


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
        "makesMembers": provider.makes_members,
        "trustsMail": provider.trusts_mail,
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


def _issuer(call: ApiCall) -> str:
    return f"{call.origin.issuer}/t/{call.caller.organisation}"
