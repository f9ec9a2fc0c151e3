"""The page of an organisation's settings, on the service of the JSON API."""

from collections.abc import Mapping
from typing import Any

import msgspec

from gatehouse.domain.kernel import role_names
from gatehouse.domain.kernel.refusals import PortalError
from gatehouse.domain.oauth.grants import Lifetimes
from gatehouse.domain.portal import organisation_settings
from gatehouse.domain.portal.organisation_settings import (
    CHOICES,
    FLAGS,
    HOSTS,
    NUMBERS,
    ROLES,
    TEXTS,
    Number,
    SettingsStore,
)
from gatehouse.endpoints.admin.api import SCOPE
from gatehouse.endpoints.responses import Response
from gatehouse.endpoints.store import numbers
from gatehouse.endpoints.store.page_context import StorePageContext
from gatehouse.endpoints.store.routes import PageRouter

PATH = "/store/admin"

router = PageRouter(scope=SCOPE)


class SettingsPages(msgspec.Struct, frozen=True):
    """Shows and takes the settings."""

    store: SettingsStore
    lifetimes: Lifetimes

    @router.get(PATH)
    def get(self, context: StorePageContext) -> Response:
        """Show what is set."""
        return self._show(context)

    @router.post(PATH)
    def post(self, context: StorePageContext) -> Response:
        """Change them."""
        form = context.form
        values: dict[str, Any] = {name: name in form for name in FLAGS}
        values |= {name: form.get(name, "").strip() for name in TEXTS}
        values |= {name: role_names.parse(form.get(name, "")) for name in ROLES}
        values |= {name: form[name] for name in CHOICES if name in form}
        values[HOSTS] = form.get(HOSTS, "").split()
        values |= {name: _number(form[name], form.get(f"{name}.unit", "1")) for name in NUMBERS if name in form}
        values |= {name: None for name in NUMBERS if name not in form}
        found = organisation_settings.find(self.store, context.caller)
        try:
            context.check_seen(found.revision)
            organisation_settings.change(self.store, context.caller, values, found)
        except PortalError as error:
            return self._show(context.refused(error), form)
        return context.go(PATH, "saved")

    @router.post(f"{PATH}/logo", again=get, takes_files=True)
    def post_logo(self, context: StorePageContext) -> Response:
        """Take a picture."""
        organisation_settings.change_logo(self.store, context.caller, context.files.get("logo", b""))
        return context.go(PATH, "saved")

    @router.post(f"{PATH}/logo/remove")
    def post_logo_removal(self, context: StorePageContext) -> Response:
        """Take the picture away."""
        organisation_settings.remove_logo(self.store, context.caller)
        return context.go(PATH, "saved")

    def _show(self, context: StorePageContext, typed: Mapping[str, str] | None = None) -> Response:
        """Show what is set, or what was typed and is wrong."""
        organisation = organisation_settings.find(self.store, context.caller)
        stored = {name: _format(one, getattr(organisation, one.field)) for name, one in NUMBERS.items()}
        stored |= {name: " ".join(getattr(organisation, field)) for name, field in ROLES.items()}
        stored |= {name: str(getattr(organisation, field)) for name, field in {**TEXTS, **CHOICES}.items()}
        stored[HOSTS] = " ".join(organisation.client_hosts)
        stored |= {name: "on" for name, field in FLAGS.items() if getattr(organisation, field)}
        return context.show(
            "admin_settings",
            organisation=organisation,
            values=stored if typed is None else typed,
            numbers=NUMBERS,
            lifetimes=self.lifetimes,
        )


def _format(number: Number, value: int) -> str:
    """Return what the form shows: nothing for a default of 0, which stands for the deployment's."""
    return str(value) if value or number.default else ""


def _number(text: str, unit: str) -> int | None:
    """Return the number; what is none becomes one that no setting may have."""
    typed = text.strip()
    if not typed:
        return None
    return int(typed) * numbers.UNITS.get(unit, 1) if numbers.is_whole(typed) else -1
