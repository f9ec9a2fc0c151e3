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
from gatehouse.endpoints.rest.bodies import Fields
from gatehouse.endpoints.rest.operations import Answer, ApiCall, OperationRouter

router = OperationRouter(scopes=ADMIN)


class SettingsApi(msgspec.Struct, frozen=True):
    """Answers about settings."""

    store: SettingsStore

    @router.get("/settings", gives="OrganisationSettings")
    def find(self, call: ApiCall) -> Answer:
        """Show the organisation's settings."""
        return Answer(_render(organisation_settings.find(self.store, call.caller)))

    @router.put("/settings", takes="OrganisationSettingsChange", gives="OrganisationSettings", statuses=(200, 409, 412))
    def change(self, call: ApiCall) -> Answer:
        """Change the settings that the body names; a number of null becomes its default."""
        found = organisation_settings.find(self.store, call.caller)
        conditions.check_match(call.headers, _render(found))
        given = bodies.parse(call.body).values  # elsewhere, null names nothing
        fields = Fields({name: value for name, value in given.items() if value is not None or name in NUMBERS})
        values: dict[str, Any] = {name: fields.flag(name) for name in FLAGS if name in fields.values}
        values |= {name: fields.text(name) for name in TEXTS if name in fields.values}
        values |= {name: frozenset(fields.texts(name)) for name in ROLES if name in fields.values}
        values |= {name: fields.text(name) for name in CHOICES if name in fields.values}
        values |= {HOSTS: fields.texts(HOSTS)} if HOSTS in fields.values else {}
        values |= {name: fields.number(name) for name in NUMBERS if name in fields.values}
        return Answer(_render(organisation_settings.change(self.store, call.caller, values, found)))

    @router.put("/settings/logo", takes="Logo", gives="LogoVersion", statuses=(200, 409))
    def change_logo(self, call: ApiCall) -> Answer:
        """Show this PNG, JPEG, WebP or GIF of at most 64 KiB on the organisation's pages.

        The body holds the file in base64.
        """
        try:
            content = base64.b64decode(bodies.parse(call.body).text("content"), validate=True)
        except (binascii.Error, ValueError) as error:
            raise InvalidInputError("The content is no base64.", field="logo") from error
        logo = organisation_settings.change_logo(self.store, call.caller, content)
        return Answer({"mediaType": logo.media_type, "version": logo.version})

    @router.delete("/settings/logo", statuses=(200, 409))
    def remove_logo(self, call: ApiCall) -> None:
        """Show the organisation's name alone."""
        organisation_settings.remove_logo(self.store, call.caller)


def _render(organisation: Organisation) -> dict[str, Any]:
    fields = {"key": "key", **TEXTS, **CHOICES, **FLAGS, **{name: one.field for name, one in NUMBERS.items()}}
    shown = {name: getattr(organisation, field) for name, field in fields.items()}
    shown |= {name: list(getattr(organisation, field)) for name, field in ROLES.items()}
    more = {"secondFactorFrom": organisation.second_factor_from, "logoVersion": organisation.logo_version}
    return {**shown, HOSTS: list(organisation.client_hosts), **more}
