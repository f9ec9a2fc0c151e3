"""An organisation's settings in the JSON API."""

import base64
import binascii
from typing import Any

import msgspec

from gatehouse.domain.accounts.organisations import Organisation
from gatehouse.domain.kernel.refusals import InvalidInputError
from gatehouse.domain.portal import organisation_settings
from gatehouse.domain.portal.organisation_settings import CHOICES, FLAGS, HOSTS, NUMBERS, ROLES, TEXTS, SettingsStore
from gatehouse.endpoints.admin.api import ADMIN
from gatehouse.endpoints.rest import bodies, conditions
from gatehouse.endpoints.rest.operations import Answer, ApiCall, Operation, OperationTable


class SettingsApi(msgspec.Struct, frozen=True):
    """Answers about settings."""

    store: SettingsStore

    def find(self, call: ApiCall) -> Answer:
        """GET /settings."""
        return Answer(_render(organisation_settings.find(self.store, call.caller)))

    def change(self, call: ApiCall) -> Answer:
        """PUT /settings: what the body names is changed, the rest stays."""
        found = organisation_settings.find(self.store, call.caller)
        conditions.check_match(call.headers, _render(found))
        fields = bodies.parse(call.body)
        values: dict[str, Any] = {name: fields.flag(name) for name in FLAGS if name in fields.values}
        values |= {name: fields.text(name) for name in TEXTS if name in fields.values}
        values |= {name: frozenset(fields.texts(name)) for name in ROLES if name in fields.values}
        values |= {name: fields.text(name) for name in CHOICES if name in fields.values}
        values |= {HOSTS: fields.texts(HOSTS)} if HOSTS in fields.values else {}
        values |= {name: fields.number(name) for name in NUMBERS if name in fields.values}
        return Answer(_render(organisation_settings.change(self.store, call.caller, values, found)))

    def change_logo(self, call: ApiCall) -> Answer:
        """PUT /settings/logo: the file in base64."""
        try:
            content = base64.b64decode(bodies.parse(call.body).text("content"), validate=True)
        except (binascii.Error, ValueError) as error:
            raise InvalidInputError("The content is no base64.", field="logo") from error
        logo = organisation_settings.change_logo(self.store, call.caller, content)
        return Answer({"mediaType": logo.media_type, "version": logo.version})

    def remove_logo(self, call: ApiCall) -> Answer:
        """DELETE /settings/logo."""
        organisation_settings.remove_logo(self.store, call.caller)
        return Answer()

    def operations(self) -> tuple[Operation, ...]:
        """Return the table of this part."""
        table = OperationTable(scopes=ADMIN)
        return (
            table.get("/settings", "Show the organisation's settings.", self.find, gives="OrganisationSettings"),
            table.put(
                "/settings",
                "Change the settings that the body names; a number of null becomes its default.",
                self.change,
                takes="OrganisationSettingsChange",
                gives="OrganisationSettings",
                statuses=(200, 409, 412),
            ),
            table.put(
                "/settings/logo",
                "Show this PNG, JPEG, WebP or GIF of at most 64 KiB on the organisation's pages.",
                self.change_logo,
                takes="Logo",
                gives="LogoVersion",
                statuses=(200, 409),
            ),
            table.delete("/settings/logo", "Show the organisation's name alone.", self.remove_logo),
        )


def _render(organisation: Organisation) -> dict[str, Any]:
    fields = {"key": "key", **TEXTS, **CHOICES, **FLAGS, **{name: one.field for name, one in NUMBERS.items()}}
    shown = {name: getattr(organisation, field) for name, field in fields.items()}
    shown |= {name: list(getattr(organisation, field)) for name, field in ROLES.items()}
    more = {"secondFactorFrom": organisation.second_factor_from, "logoVersion": organisation.logo_version}
    return {**shown, HOSTS: list(organisation.client_hosts), **more}
