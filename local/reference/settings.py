"""The page of an organisation's settings, from the tables that check them."""

import inspect

from gatehouse.domain.accounts.organisations import Organisation
from gatehouse.domain.oauth import registered_clients
from gatehouse.domain.portal import organisation_settings as settings
from local.reference import text

ROWS = {**settings.FLAGS, **settings.TEXTS, **settings.ROLES, **settings.CHOICES, settings.HOSTS: "client_hosts"}


def page() -> str:
    """List each setting with its values and its default."""
    defaults = {name: one.default for name, one in inspect.signature(Organisation).parameters.items()}
    rows = [(f"`{name}`", *_described(name, defaults.get(field))) for name, field in ROWS.items()]
    rows += [
        (f"`{name}`", f"{one.minimum:,} to {one.maximum:,}", f"{one.default:,}" if one.default else "the deployment's")
        for name, one in settings.NUMBERS.items()
    ]
    return text.page(
        "# Settings of an organisation",
        "Administrators change them at `/store/admin`, or by `PUT /api/am/admin/v4/settings`; operators by "
        "`gatehouse organisations configure`. "
        "[Administer an organisation](../administration.md#settings) explains them.",
        text.table(("setting", "values", "default"), sorted(rows)),
    )


def _described(name: str, default: object) -> tuple[str, str]:
    if name in settings.FLAGS:
        return "true or false", "true" if default is True else "false"
    if name in settings.CHOICES:
        return ", ".join(f"`{one}`" for one in registered_clients.POLICIES), f"`{default}`" if default else ""
    if name == "compatibility":
        return "`wso2` or empty", "empty"
    return ("text", "") if name in settings.TEXTS else ("list of text", "empty")
