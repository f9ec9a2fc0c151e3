"""What the store needs to know of the deployment and of the caller: settings, tenants, organisation, statistics."""

import msgspec

from gatehouse.domain.accounts import password_policy
from gatehouse.domain.accounts.organisations import Organisation
from gatehouse.domain.portal import applications, key_sets, statistics
from gatehouse.domain.portal.services import Portal
from gatehouse.endpoints.devportal import rendering
from gatehouse.endpoints.rest import bodies, listings
from gatehouse.endpoints.rest.errors import OrganisationNotFoundError
from gatehouse.endpoints.rest.operations import Answer, ApiCall, Operation, OperationTable

_SUBSCRIBE = frozenset({"apim:subscribe"})
_SETTINGS = frozenset({"apim:store_settings", "apim:subscribe"})


class DevportalAccount(msgspec.Struct, frozen=True):
    """Answers about the deployment and the caller's organisation."""

    portal: Portal
    scopes: tuple[str, ...]

    def find_settings(self, call: ApiCall) -> Answer:
        """GET /settings."""
        organisation = self._organisation(call)
        shortest, longest = organisation.password_minimum_characters, password_policy.MAXIMUM_CHARACTERS
        return Answer(
            {
                "grantTypes": list(key_sets.supported_grants()),
                "apiGatewayEndpoint": call.origin.issuer,
                "scopes": list(self.scopes),
                "applicationSharingEnabled": True,
                "mapExistingAuthApps": True,
                "monetizationEnabled": False,
                "recommendationEnabled": False,
                "IsUnlimitedTierPaid": False,
                "identityProvider": {"external": False},
                "IsAnonymousModeEnabled": organisation.anonymous_catalogue,
                "IsPasswordChangeEnabled": True,
                "userStorePasswordPattern": rf"^[\s\S]{{{shortest},{longest}}}$",
                "passwordPolicyPattern": "",
                "passwordPolicyMinLength": -1,
                "passwordPolicyMaxLength": -1,
                "IsJWTEnabledForLoginTokens": False,
                "orgAccessControlEnabled": False,
                "orgWideAppUpdateEnabled": False,
                "apiChatEnabled": False,
                "aiAuthTokenProvided": False,
                "marketplaceAssistantEnabled": False,
                "devportalMode": "API_ONLY",
            }
        )

    def find_attributes(self, call: ApiCall) -> Answer:
        """GET /settings/application-attributes: none is asked for; any may be given."""
        del call
        return Answer({"count": 0, "list": []})

    def find_tenants(self, call: ApiCall) -> Answer:
        """GET /tenants: the caller's own; others are not shown."""
        own = [{"domain": call.caller.organisation, "status": "ACTIVE"}]
        listed = own if call.query.get("state", "active").lower() == "active" else []
        window = bodies.window(call.query)
        page = listings.slice_of(listed, window.offset, window.limit)
        return Answer(listings.listing("/tenants", page, list(page.items), {}))

    def change_password(self, call: ApiCall) -> Answer:
        """POST /me/change-password."""
        fields = bodies.parse(call.body)
        present, chosen = fields.text("currentPassword"), fields.text("newPassword")
        self.portal.own_account.change_password(call.caller, present, chosen, call.origin.source)
        return Answer()

    def find_organisation(self, call: ApiCall) -> Answer:
        """GET /me/organization-information."""
        organisation = self._organisation(call)
        return Answer({"organizationId": organisation.key, "name": organisation.name})

    def _organisation(self, call: ApiCall) -> Organisation:
        organisation = self.portal.directory.find_organisation_now(call.caller.organisation)
        if organisation is None:
            raise OrganisationNotFoundError("Organization Not Found")
        return organisation

    def find_statistics(self, call: ApiCall) -> Answer:
        """GET /statistics: of one application, or the organisation's (administrators)."""
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


def operations(portal: Portal, scopes: tuple[str, ...]) -> tuple[Operation, ...]:
    """Return the table of this part."""
    here, table = DevportalAccount(portal, scopes), OperationTable(scopes=_SUBSCRIBE)
    settings = OperationTable(scopes=_SETTINGS, takes_tenant=True)
    return (
        settings.get("/settings", "What this store can do.", here.find_settings, gives="Settings"),
        table.get(
            "/settings/application-attributes",
            "Attributes that an application must have.",
            here.find_attributes,
            gives="ApplicationAttributeList",
        ),
        table.get(
            "/tenants",
            "Your organisation, as WSO2's list of tenants.",
            here.find_tenants,
            scopes=frozenset(),
            gives="TenantList",
            query=("state", "limit", "offset"),
        ),
        table.post(
            "/me/change-password",
            "Choose another password; every token of yours is revoked, this one too.",
            here.change_password,
            takes="PasswordChange",
            statuses=(200, 429),
        ),
        table.get(
            "/me/organization-information",
            "Your organisation.",
            here.find_organisation,
            gives="OrganizationInfo",
            statuses=(200, 404),
        ),
        table.get(
            "/statistics",
            "Registered users and tokens per day of an application; Gatehouse's own.",
            here.find_statistics,
            gives="Statistics",
            query=("applicationId", "days"),
            statuses=(200, 403, 404),
        ),
    )
