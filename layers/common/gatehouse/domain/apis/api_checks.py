"""What an API is checked for before it is published, and the warnings for its publisher."""

import re
from copy import replace
from typing import get_args

from gatehouse.domain.accounts import quotas
from gatehouse.domain.apis import (
    apis,
    iam_policies,
)
from gatehouse.domain.apis import throttling_policies as tiers
from gatehouse.domain.apis.apis import Api, Visibility
from gatehouse.domain.kernel import item_sizes, plain_values, role_names
from gatehouse.domain.kernel.refusals import (
    InvalidInputError,
)

VISIBILITIES: tuple[Visibility, ...] = get_args(Visibility.__value__)
API_ID = re.compile(r"[a-z0-9][a-z0-9.-]{0,99}")
_PART = re.compile(r"[A-Za-z0-9$_-]{1,128}")
_REGION = re.compile(r"[a-z]+(-[a-z]+)+-[0-9]{1,2}")
_URL = re.compile(r"https://[^\s\"'<>\\?#]{1,500}")
KEY_TYPES = frozenset({"PRODUCTION", "SANDBOX"})
_DEPLOYMENTS_MAX = quotas.most("stages")
_CONFLICTS_SHOWN = 10
_CHANGES_MAX = 90
"""DynamoDB takes 100 actions in a transaction: two for each stage, and one for each that is left or organisation."""

API_MAX_BYTES = 370 * 1024
"""What an API takes of its item at most; the rest is for what its attachments are called."""


def slug(text: str) -> str:
    """Return an API's id made of its name and version."""
    return re.sub(r"[^a-z0-9.]+", "-", text.lower()).strip("-.")[:100] or "api"


def find_warnings(api: Api) -> tuple[str, ...]:
    """Return what the publisher should know: routes that a TOKEN authorizer cannot tell apart."""
    found = iam_policies.find_conflicts(api.resources)
    if found is None:
        return (
            "TOKEN authorizers: the routes are too entangled to tell them apart by a policy, so routes with variables "
            "stay closed. Attach the authorizer as REQUEST.",
        )
    shown = [
        f"TOKEN authorizers: a token for {one.opened} but not for {one.closed} keeps both closed, "
        "since no policy can tell them apart. Attach the authorizer as REQUEST."
        for one in found[:_CONFLICTS_SHOWN]
    ]
    more = len(found) - len(shown)
    at_least = "At least " if len(found) >= iam_policies.CONFLICTS_MAX else ""
    return tuple([*shown, f"{at_least}{more} more pairs of routes like these."] if more else shown)


def stages(api: Api) -> set[tuple[str, str, str, str]]:
    """Return the stages of API Gateway on which an API runs."""
    return {one.place for one in api.deployments}


def check(api: Api) -> None:
    """Check what a publisher says beside the document.

    Raises:
        InvalidInputError: It cannot be published.
    """
    _check_deployments(api)
    role_names.check_roles(api.visible_roles, "visibleRoles")
    check_tiers(api)


def check_changes(old: Api | None, new: Api) -> None:
    """Check that one transaction can store what changes of stages and of organisations.

    Raises:
        InvalidInputError: It cannot.
    """
    before = (old.visible_to, stages(old)) if old else (frozenset[str](), set[tuple[str, str, str, str]]())
    touched = len(before[0] | new.visible_to) + len(before[1] | stages(new)) + len(new.deployments)
    if touched > _CHANGES_MAX:
        raise InvalidInputError(
            "Too many stages and organisations change at once. Publish the stages first, then change visibleTo.",
            field="deployments",
        )


def check_tiers(api: Api) -> None:
    """Check that the tiers exist, and that at most one is for registered clients.

    Raises:
        InvalidInputError: They do not.
    """
    if not api.tiers <= tiers.SUBSCRIPTION.keys():
        raise InvalidInputError(f"The tiers are {', '.join(tiers.SUBSCRIPTION)}.", field="tiers")
    if sum(map(apis.is_subscriptionless, api.tiers)) > 1:
        raise InvalidInputError("At most one tier is for registered clients.", field="tiers")


def check_size(api: Api) -> None:
    """Refuse what does not fit into its item.

    Raises:
        InvalidInputError: It does not.
    """
    found = item_sizes.of(plain_values.of(replace(api, documents=())))
    if found > API_MAX_BYTES:
        raise InvalidInputError(
            f"The routes, scopes and texts of the API take {found // 1024} KiB; at most {API_MAX_BYTES // 1024} KiB "
            "are stored. Publish it in parts.",
            field="document",
        )


def _check_deployments(api: Api) -> None:
    if len(api.deployments) > _DEPLOYMENTS_MAX or len(stages(api)) != len(api.deployments):
        raise InvalidInputError(f"An API has at most {_DEPLOYMENTS_MAX} stages, each once.", field="deployments")
    for one in api.deployments:
        is_placed = all(map(_PART.fullmatch, one.place)) and _REGION.fullmatch(one.region)
        if not is_placed or not one.key_types or not one.key_types <= KEY_TYPES:
            raise InvalidInputError(
                "A deployment names account, region (eu-west-1), API id, stage, and PRODUCTION, SANDBOX or both.",
                field="deployments",
            )
        if one.url and not _URL.fullmatch(one.url):
            raise InvalidInputError(
                "The address of a stage begins with https:// and has no query.", field="deployments"
            )
