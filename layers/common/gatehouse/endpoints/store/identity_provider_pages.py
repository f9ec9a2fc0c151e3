"""The pages of identity providers, on the services of the JSON API."""

from collections.abc import Mapping

import msgspec

from gatehouse.domain.accounts.identity_providers import IdentityProvider
from gatehouse.domain.kernel import role_names
from gatehouse.domain.kernel.refusals import InvalidInputError, PortalError
from gatehouse.domain.portal.identity_providers import ALGORITHMS, Check, IdentityProviderAdministration, ProviderInput
from gatehouse.endpoints.admin.api import SCOPE
from gatehouse.endpoints.admin.identity_providers import redirect_uri
from gatehouse.endpoints.responses import Response
from gatehouse.endpoints.store.page_context import StorePageContext
from gatehouse.endpoints.store.routes import PageRouter

PATH = "/store/admin/identity-providers"
_ONE = f"{PATH}/{{providerId}}"

router = PageRouter(scope=SCOPE)


class IdentityProviderPages(msgspec.Struct, frozen=True):
    """Shows and takes identity providers."""

    administration: IdentityProviderAdministration

    @router.get(PATH)
    def get_all(self, context: StorePageContext) -> Response:
        """List them, and show the form for another one."""
        return context.show(
            "admin_identity_providers",
            providers=self.administration.store.find_providers(context.caller.organisation),
            home=_issuer(context),
            algorithms=ALGORITHMS,
            values=context.form or {"scopes": "email profile", "algorithm": "RS256", "enabled": "on"},
        )

    @router.post(PATH, again=get_all)
    def post_all(self, context: StorePageContext) -> Response:
        """Register one."""
        form, caller = context.form, context.caller
        made = self.administration.add(caller, form.get("id", "").strip(), _read(form), caller.user_id)
        return context.go(f"{PATH}/{made.provider_id}", "saved")

    @router.get(_ONE)
    def get(self, context: StorePageContext) -> Response:
        """Show one."""
        return self._show(context, self._find(context))

    @router.post(_ONE)
    def post(self, context: StorePageContext) -> Response:
        """Change, test or delete it, as the pressed button says."""
        found, action = self._find(context), context.form.get("action", "save")
        if action == "test":
            uri = redirect_uri(found, _issuer(context))
            return self._show(
                context, found, self.administration.test(context.caller, found, uri, context.caller.user_id)
            )
        try:
            if action == "delete":
                self.administration.remove(context.caller, found)
                return context.go(PATH, "saved")
            context.check_seen(found.revision)
            self.administration.change(context.caller, found, _read(context.form), context.caller.user_id)
        except PortalError as error:
            return self._show(context.refused(error), found)
        return context.go(context.here, "saved")

    def _find(self, context: StorePageContext) -> IdentityProvider:
        return self.administration.find(context.caller, context.path["providerId"])

    def _show(
        self,
        context: StorePageContext,
        found: IdentityProvider,
        checks: tuple[Check, ...] = (),
    ) -> Response:
        return context.show(
            "admin_identity_provider",
            provider=found,
            home=_issuer(context),
            redirect_uri=redirect_uri(found, _issuer(context)),
            algorithms=ALGORITHMS,
            values=context.form if context.error and context.form.get("action") != "delete" else _values(found),
            checks=checks,
        )


def _issuer(context: StorePageContext) -> str:
    return context.origin.issuer_of(context.caller.organisation)


def _read(form: Mapping[str, str]) -> ProviderInput:
    """Read the form; an empty secret keeps the one that is stored."""
    return ProviderInput(
        name=form.get("name", "").strip(),
        issuer=form.get("issuer", "").strip(),
        client_id=form.get("clientId", "").strip(),
        client_secret=form.get("clientSecret", "").strip() or None,
        algorithm=form.get("algorithm", "RS256"),
        scopes=tuple(form.get("scopes", "").split()),
        creates_members="createsMembers" in form,
        trusts_email="trustsEmail" in form,
        trusts_factors="trustsFactors" in form,
        domains=tuple(form.get("domains", "").lower().split()),
        required_claims=_pairs(form, "requiredClaims"),
        groups_claim=form.get("groupsClaim", "").strip(),
        roles={group: tuple(sorted(role_names.parse(roles))) for group, roles in _pairs(form, "roleMappings").items()},
        is_enabled="enabled" in form,
    )


def _pairs(form: Mapping[str, str], name: str) -> dict[str, str]:
    """Read lines such as `hd = example.com`; what a group is called may hold equals signs, and so may a claim's value.

    A role and the name of a claim hold none.
    """
    pairs: dict[str, str] = {}
    for line in filter(None, map(str.strip, form.get(name, "").splitlines())):
        left, sign, right = line.partition("=") if name == "requiredClaims" else line.rpartition("=")
        if not sign:
            raise InvalidInputError("Write each line as name = value.", field=name)
        if left.strip() in pairs:
            raise InvalidInputError(f"Write one line for {left.strip()}; the last of several would count.", field=name)
        pairs[left.strip()] = right.strip()
    return pairs


def _values(provider: IdentityProvider) -> dict[str, str]:
    flags = {
        "createsMembers": provider.creates_members,
        "trustsEmail": provider.trusts_email,
        "trustsFactors": provider.trusts_factors,
        "enabled": provider.is_enabled,
    }
    return {
        "name": provider.name,
        "issuer": provider.issuer,
        "clientId": provider.client_id,
        "algorithm": provider.algorithm,
        "scopes": " ".join(provider.scopes),
        "domains": " ".join(provider.domains),
        "requiredClaims": "\n".join(f"{name} = {value}" for name, value in provider.required_claims.items()),
        "groupsClaim": provider.groups_claim,
        "roleMappings": "\n".join(f"{group} = {' '.join(roles)}" for group, roles in provider.roles.items()),
        **{name: "on" for name, is_on in flags.items() if is_on},
    }
