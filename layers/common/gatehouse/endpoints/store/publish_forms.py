"""The form of a publication: its fields from an API, and an API's draft from its fields."""

import re
from collections.abc import Mapping

import msgspec

from gatehouse.domain.accounts import quotas
from gatehouse.domain.apis import api_checks, api_lifecycle, stage_urls, throttling_policies
from gatehouse.domain.apis.apis import Api, Deployment
from gatehouse.domain.apis.published_apis import ApiDraft, Confirmation
from gatehouse.domain.kernel.refusals import InvalidInputError

STAGES_MAX = quotas.most("stages")
FIELDS_MAX = 10 + len(throttling_policies.SUBSCRIPTION) + 50 + 7 * 100
"""The fields of the form, of every tier that a deployment may add, and of as many stages as two digits count."""

_CONTROLS = frozenset({"form_token", "do", "confirmation", "seen"})
_STAGE = re.compile(r"stage ([0-9]{1,2}) (?:gateway|name|account|region|keys|url|answers)")
_KEYS = {"both": ("PRODUCTION", "SANDBOX"), "production": ("PRODUCTION",), "sandbox": ("SANDBOX",)}
_CHECKS = {"yes": True, "no": False}
_SEPARATORS = re.compile(r"[\s,]+")


class StageDefaults(msgspec.Struct, frozen=True, kw_only=True):
    """What a stage is where the form does not say: this deployment's own account and region.

    Attributes:
        derives_urls: Whether addresses follow from API id, region and stage, as they do on AWS.
    """

    account: str
    region: str
    derives_urls: bool


def settings_of(api: Api) -> dict[str, str]:
    """Return the fields that publish an API again as it is."""
    fields = {
        "api_id": api.api_id,
        "visibility": api.visibility,
        "visible_to": ", ".join(sorted(api.visible_to)),
        "visible_roles": ", ".join(sorted(api.visible_roles)),
        "check_revocation": "",
        **{f"tier {name}": "on" for name in sorted(api.tiers)},
    }
    for index, one in enumerate(api.deployments):
        kind = next(name for name, types in _KEYS.items() if one.key_types == frozenset(types))
        fields |= {
            f"stage {index} gateway": one.gateway_id,
            f"stage {index} name": one.stage,
            f"stage {index} account": one.account,
            f"stage {index} region": one.region,
            f"stage {index} keys": kind,
            f"stage {index} url": one.url,
            f"stage {index} answers": "simple" if one.has_simple_answers else "policy",
        }
    return fields


def settings_in(form: Mapping[str, str]) -> dict[str, str]:
    """Return what was typed, without what only moves the form."""
    return {name: value for name, value in form.items() if name not in _CONTROLS}


def rows(settings: Mapping[str, str]) -> list[int]:
    """Return the numbers of the stages, with one more for a new one while there may be one."""
    found = {int(match[1]) for name, value in settings.items() if value and (match := _STAGE.fullmatch(name))}
    filled = sorted(one for one in found if _is_filled(settings, one))
    if len(filled) >= STAGES_MAX:
        return filled  # more than that, if an operator allowed the organisation more stages
    return [*filled, next(one for one in range(STAGES_MAX) if one not in filled)]


def draft(settings: Mapping[str, str], defaults: StageDefaults, confirmation: str = "") -> ApiDraft:
    """Return the API's draft, without the document.

    Args:
        settings: The fields.
        defaults: For what is not said of a stage.
        confirmation: The digest and the revision of what was shown and confirmed; empty if nothing was.

    Raises:
        InvalidInputError: A field says what cannot be.
    """
    read = settings.get
    return ApiDraft(
        document={},
        api_id=read("api_id", "").strip(),
        lifecycle=_choose(read("lifecycle", ""), api_lifecycle.LIFECYCLES, "lifecycle", "Choose one of the states."),
        visibility=_choose(read("visibility", ""), api_checks.VISIBILITIES, "visibility", "Choose who may subscribe."),
        visible_to=_words(read("visible_to", "")),
        visible_roles=_words(read("visible_roles", "")),
        tiers=frozenset(name.removeprefix("tier ") for name in settings if name.startswith("tier ")),
        deployments=_stages(settings, defaults),
        checks_revocation=_CHECKS.get(read("check_revocation", "")),
        confirmation=_confirmation(confirmation),
    )


def _is_filled(settings: Mapping[str, str], row: int) -> bool:
    return any(settings.get(f"stage {row} {name}", "").strip() for name in ("gateway", "name", "url"))


def _stages(settings: Mapping[str, str], defaults: StageDefaults) -> tuple[Deployment, ...]:
    found: list[Deployment] = []
    for row in rows(settings):
        if not _is_filled(settings, row):
            continue

        def read(name: str, row: int = row) -> str:
            return settings.get(f"stage {row} {name}", "").strip()

        if not read("gateway") or not read("name"):
            raise InvalidInputError("A stage needs the id of its API and its name.", field=f"stage-{row}")
        stage = Deployment(
            account=read("account") or defaults.account,
            region=read("region") or defaults.region,
            gateway_id=read("gateway"),
            stage=read("name"),
            organisation="",
            api_id="",
            key_types=frozenset(_KEYS.get(read("keys"), _KEYS["both"])),
            url=read("url").rstrip("/"),
            has_simple_answers=read("answers") != "policy",
        )
        found.append(stage)
    return stage_urls.fill_in(tuple(found)) if defaults.derives_urls else tuple(found)


def _choose[T: str](text: str, choices: tuple[T, ...], field: str, problem: str) -> T | None:
    """Return the choice; None if nothing was chosen."""
    found = next((one for one in choices if one == text), None)
    if text and found is None:
        raise InvalidInputError(problem, field=field)
    return found


def _words(text: str) -> frozenset[str]:
    return frozenset(filter(None, _SEPARATORS.split(text)))


def _confirmation(text: str) -> Confirmation | None:
    digest, _, revision = text.partition(" ")
    return Confirmation(digest=digest, revision=int(revision)) if revision.isdecimal() and len(revision) < 10 else None
