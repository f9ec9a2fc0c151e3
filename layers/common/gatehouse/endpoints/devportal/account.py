"""What the store needs to know of the deployment and of the caller: settings, tenants, organisation, statistics."""

import msgspec

from gatehouse.domain.accounts import password_policy
from gatehouse.domain.accounts.organisations import Organisation
from gatehouse.domain.portal import applications, key_set_inputs, statistics
from gatehouse.domain.portal.services import Portal
from gatehouse.endpoints.devportal import fixed_values, rendering
from gatehouse.endpoints.rest import bodies, listings
from gatehouse.endpoints.rest.errors import OrganisationNotFoundError
from gatehouse.endpoints.rest.operations import Answer, ApiCall, OperationRouter

_SUBSCRIBE = frozenset({"apim:subscribe"})
_SETTINGS = frozenset({"apim:store_settings", "apim:subscribe"})

router = OperationRouter(scopes=_SUBSCRIBE)
settings_router = OperationRouter(scopes=_SETTINGS, takes_tenant=True)


class DevportalAccount(msgspec.Struct, frozen=True):
    """Answers about the deployment and the caller's organisation."""

    portal: Portal
    scopes: tuple[str, ...]

    @settings_router.get("/settings", gives="Settings")
    def find_settings(self, call: ApiCall) -> Answer:
        """What this store can do."""
        organisation = self._organisation(call)
        shortest, longest = organisation.password_minimum_characters, password_policy.MAXIMUM_CHARACTERS
        return Answer(
            {
                "grantTypes": list(key_set_inputs.supported_grants()),
                "apiGatewayEndpoint": call.origin.issuer,
                "scopes": list(self.scopes),
                "IsAnonymousModeEnabled": organisation.anonymous_catalogue,
                "userStorePasswordPattern": rf"^[\s\S]{{{shortest},{longest}}}$",
                **fixed_values.SETTINGS,
            }
        )

    @router.get("/settings/application-attributes", gives="ApplicationAttributeList")
    def find_attributes(self, call: ApiCall) -> Answer:
        """Attributes that an application must have.

        None is needed; any may be given.
        """
        del call
        return Answer(listings.whole([]))

    @router.get("/tenants", scopes=frozenset(), gives="TenantList", query=("state", "limit", "offset"))
    def find_tenants(self, call: ApiCall) -> Answer:
        """Your organisation, as WSO2's list of tenants."""
        own = [{"domain": call.caller.organisation, "status": "ACTIVE"}]
        listed = own if call.query.get("state", "active").lower() == "active" else []
        return Answer(listings.paged("/tenants", listings.slice_of(listed, call.window)))

    @router.post("/me/change-password", takes="PasswordChange", statuses=(200, 409, 429))
    def change_password(self, call: ApiCall) -> None:
        """Choose another password; every token of yours is revoked, this one too."""
        fields = bodies.parse(call.body)
        present, chosen = fields.text("currentPassword"), fields.text("newPassword")
        self.portal.own_account.change_password(call.caller, present, chosen, call.issuer, call.origin.source)

    @router.get("/me/organization-information", gives="OrganizationInfo", statuses=(200, 404))
    def find_organisation(self, call: ApiCall) -> Answer:
        """Your organisation."""
        organisation = self._organisation(call)
        return Answer({"organizationId": organisation.key, "name": organisation.name})

    def _organisation(self, call: ApiCall) -> Organisation:
        organisation = self.portal.directory.find_organisation_now(call.caller.organisation)
        if organisation is None:
            raise OrganisationNotFoundError("Organization Not Found")
        return organisation

    @router.get("/statistics", gives="Statistics", query=("applicationId", "days"), statuses=(200, 403, 404))
    def find_statistics(self, call: ApiCall) -> Answer:
        """Registered users and tokens per day of an application; Gatehouse's own."""
        caller, store = call.caller, self.portal.statistics
        days = statistics.last_days(caller.now, bodies.Fields(call.query).number("days") or statistics.DAYS_DEFAULT)
        application_id = call.query.get("applicationId", "")
        application = applications.find_visible(self.portal.applications, caller, application_id)
        counts = store.find_application_counts(caller.organisation, (application.application_id,))
        return Answer(
            {
                "applicationId": application.application_id,
                "name": application.name,
                "registeredUsers": sum(one.registered_users for one in counts),
                "tokens": sum(one.tokens for one in counts),
                "days": rendering.day_counts(
                    store.find_day_counts(caller.organisation, days, application.application_id)
                ),
            }
        )
