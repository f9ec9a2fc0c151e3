"""Publishing an API: from its OpenAPI document to what the gate reads, all of it at once."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, get_args

from gatehouse.domain import builtin, documents, openapi, organisations, policies
from gatehouse.domain.apis import Api, Deployment, Lifecycle, Visibility
from gatehouse.domain.audit import Entry
from gatehouse.domain.portal import administration
from gatehouse.domain.portal import policies as tiers
from gatehouse.domain.portal.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from gatehouse.domain.portal.people import Caller

LIFECYCLES: tuple[Lifecycle, ...] = get_args(Lifecycle.__value__)
MOVES: Mapping[Lifecycle, tuple[Lifecycle, ...]] = {
    "CREATED": ("PUBLISHED",),
    "PUBLISHED": ("BLOCKED", "DEPRECATED", "CREATED"),
    "BLOCKED": ("PUBLISHED", "DEPRECATED"),
    "DEPRECATED": ("RETIRED",),
    "RETIRED": (),
}
"""Where an API may go from each state, as in WSO2; what is deprecated or retired does not come back."""

VISIBILITIES: tuple[Visibility, ...] = get_args(Visibility.__value__)

_API_ID = re.compile(r"[a-z0-9][a-z0-9.-]{0,99}")
_PART = re.compile(r"[A-Za-z0-9$_-]{1,128}")
_URL = re.compile(r"https://[^\s\"'<>\\?#]{1,500}")
_KEY_TYPES = frozenset({"PRODUCTION", "SANDBOX"})
_DEPLOYMENTS_MAX = 20
_CHOSEN_MAX = 20
_CONFLICTS_SHOWN = 10
_API_MAX_BYTES = 350 * 1024
APIS_MAX = 1000
"""How many APIs an organisation has, and how many are shared with one organisation, or with all: catalogues are read
whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What its publisher says of an API. `document` is OpenAPI 3, already parsed.

    Attributes:
        checks_revocation: See `Api`; None leaves it to the document.
    """

    document: Mapping[str, Any]
    api_id: str = ""
    lifecycle: Lifecycle = "PUBLISHED"
    visibility: Visibility = "ORGANISATION"
    visible_to: frozenset[str] = frozenset()
    visible_roles: frozenset[str] = frozenset()
    tiers: frozenset[str] = frozenset()
    deployments: tuple[Deployment, ...] = ()
    checks_revocation: bool | None = None
    roles: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])


class PublishedApiStore(Protocol):
    """Where APIs are kept, for their publishers; every change and its audit entry are one transaction."""

    def find_api_now(self, organisation: str, api_id: str) -> Api | None:
        """Return the API, read strongly."""
        ...

    def find_apis_of(self, organisation: str) -> tuple[Api, ...]:
        """Return the organisation's APIs."""
        ...

    def claims_stages(self, organisation: str) -> bool:
        """Say whether the organisation may take stages for its APIs, read strongly."""
        ...

    def is_full(self, organisation: str, old: Api | None, new: Api) -> bool:
        """Say whether a listing that the API would enter holds 1000: the organisation's, or one of those it is for."""
        ...

    def publish_api(self, organisation: str, old: Api | None, new: Api, document: str | None, entry: Entry) -> bool:
        """Store the API, its document and its deployments, all at once; the gate sees the old one or the new one.

        Args:
            document: As `documents.render` returns it; None leaves the stored one.

        Returns:
            False if the old one no longer stands, or a deployment belongs to another API.
        """
        ...

    def delete_api(self, organisation: str, api: Api, entry: Entry) -> bool:
        """Remove the API with its document and deployments; False if it changed meanwhile."""
        ...


def publish(store: PublishedApiStore, caller: Caller, draft: Draft) -> Api:
    """Publish an API, new or again, and return it with its warnings.

    Raises:
        InvalidInputError: The document or what is said beside it cannot be published.
        NotAllowedError: The organisation may not take the stages.
        ConflictError: It changed meanwhile, may not go to that state, or a deployment belongs to another API.
    """
    try:
        read = openapi.parse(draft.document, organisation=caller.organisation, api_id="")
    except openapi.OpenApiError as error:
        raise InvalidInputError(str(error), field="document") from error
    api_id = draft.api_id or slug(f"{read.name}-{read.version}")
    if not _API_ID.fullmatch(api_id) or api_id == builtin.API_ID:
        raise InvalidInputError("An API's id is lower-case letters, digits, dots and hyphens.", field="apiId")
    old = store.find_api_now(caller.organisation, api_id)
    if old is not None:
        _check_move(old, draft.lifecycle)
    new = replace(
        read,
        api_id=api_id,
        scopes={name: replace(one, roles=draft.roles.get(name, one.roles)) for name, one in read.scopes.items()},
        lifecycle=draft.lifecycle,
        visibility=draft.visibility,
        visible_to=draft.visible_to,
        visible_roles=draft.visible_roles,
        tiers=draft.tiers,
        deployments=_own(draft.deployments, caller.organisation, api_id),
        warnings=find_warnings(read),
        checks_revocation=read.checks_revocation if draft.checks_revocation is None else draft.checks_revocation,
        thumbnail=old.thumbnail if old else "",
        documents=old.documents if old else (),
        revision=old.revision + 1 if old else 1,
        created_at_ms=old.created_at_ms if old else caller.at_ms,
        updated_at_ms=caller.at_ms,
    )
    _check(new)
    if not _stages(new) <= (_stages(old) if old else set()) and not store.claims_stages(caller.organisation):
        raise NotAllowedError("An operator must let this organisation deploy: gatehouse organisations configure.")
    document = documents.render(draft.document)
    if store.is_full(caller.organisation, old, new):
        raise ConflictError(f"An organisation has at most {APIS_MAX} APIs, and sees at most {APIS_MAX} of others.")
    entry = caller.entry("api.publish", api_id, _summary(new))
    if not store.publish_api(caller.organisation, old, new, document, entry):
        raise ConflictError("The API changed meanwhile, or one of its stages belongs to another API.")
    return new


def change_lifecycle(store: PublishedApiStore, caller: Caller, api_id: str, lifecycle: str) -> Api:
    """Move an API to another state; the gate follows within its cache seconds.

    Raises:
        InvalidInputError: There is no such state.
        NotFoundError: There is no such API in the caller's organisation.
        ConflictError: It may not go there from where it is, or it changed meanwhile.
    """
    found = next((one for one in LIFECYCLES if one == lifecycle), None)
    if found is None:
        raise InvalidInputError(f"A lifecycle is one of {', '.join(LIFECYCLES)}.", field="lifecycle")
    old = find(store, caller, api_id)
    _check_move(old, found)
    new = replace(old, lifecycle=found, revision=old.revision + 1, updated_at_ms=caller.at_ms)
    entry = caller.entry("api.lifecycle", api_id, f"{old.lifecycle} to {lifecycle}")
    if not store.publish_api(caller.organisation, old, new, None, entry):
        raise ConflictError("The API changed meanwhile. Look at it again.")
    return new


def _check_move(old: Api, lifecycle: str) -> None:
    if lifecycle != old.lifecycle and lifecycle not in MOVES[old.lifecycle]:
        ways = ", ".join(MOVES[old.lifecycle]) or "nowhere"
        raise ConflictError(f"An API that is {old.lifecycle} can go to: {ways}.", field="lifecycle")


def find(store: PublishedApiStore, caller: Caller, api_id: str) -> Api:
    """Return an API of the caller's organisation.

    Raises:
        NotFoundError: There is none.
    """
    api = store.find_api_now(caller.organisation, api_id)
    if api is None:
        raise NotFoundError("There is no API of that id.")
    return api


def delete(store: PublishedApiStore, caller: Caller, api_id: str) -> None:
    """Remove an API; its stages are denied within the cache seconds.

    Raises:
        NotFoundError: There is none.
        ConflictError: It changed meanwhile.
    """
    api = find(store, caller, api_id)
    if not store.delete_api(caller.organisation, api, caller.entry("api.delete", api_id, f"{api.name} {api.version}")):
        raise ConflictError("The API changed meanwhile. Look at it again.")


def _summary(api: Api) -> str:
    unchecked = "" if api.checks_revocation else ", JWTs not checked for revocation"
    return f"{api.name} {api.version}, revision {api.revision}, {api.lifecycle}{unchecked}"


def slug(text: str) -> str:
    """Return an API's id made of its name and version."""
    return re.sub(r"[^a-z0-9.]+", "-", text.lower()).strip("-.")[:100] or "api"


def find_warnings(api: Api) -> tuple[str, ...]:
    """Return what the publisher should know: routes that a TOKEN authorizer cannot tell apart."""
    found = policies.find_conflicts(api.resources)
    shown = [
        f"TOKEN authorizers: a token for {one.opened} but not for {one.closed} keeps both closed, "
        "since no policy can tell them apart. Attach the authorizer as REQUEST."
        for one in found[:_CONFLICTS_SHOWN]
    ]
    more = len(found) - len(shown)
    at_least = "At least " if len(found) >= policies.CONFLICTS_MAX else ""
    return tuple([*shown, f"{at_least}{more} more pairs of routes like these."] if more else shown)


def _own(deployments: tuple[Deployment, ...], organisation: str, api_id: str) -> tuple[Deployment, ...]:
    return tuple(replace(one, organisation=organisation, api_id=api_id) for one in deployments)


def _stages(api: Api) -> set[tuple[str, str, str, str]]:
    return {(one.account, one.region, one.gateway_id, one.stage) for one in api.deployments}


def _check(api: Api) -> None:
    _check_deployments(api)
    if len(api.visible_to) > _CHOSEN_MAX or not all(map(organisations.is_key, api.visible_to)):
        raise InvalidInputError(f"visibleTo holds organisation keys, at most {_CHOSEN_MAX}.", field="visibleTo")
    administration.check_roles(api.visible_roles)
    if not api.tiers <= tiers.SUBSCRIPTION.keys():
        raise InvalidInputError(f"The tiers are {', '.join(tiers.SUBSCRIPTION)}.", field="tiers")
    if sum(len(one.path) + sum(map(len, one.scopes)) + 100 for one in api.resources) > _API_MAX_BYTES:
        raise InvalidInputError("The API's resources take more than 350 KiB.", field="document")


def _check_deployments(api: Api) -> None:
    if len(api.deployments) > _DEPLOYMENTS_MAX or len(_stages(api)) != len(api.deployments):
        raise InvalidInputError(f"An API has at most {_DEPLOYMENTS_MAX} stages, each once.", field="deployments")
    for one in api.deployments:
        parts = (one.account, one.region, one.gateway_id, one.stage)
        if not all(map(_PART.fullmatch, parts)) or not one.key_types or not one.key_types <= _KEY_TYPES:
            raise InvalidInputError(
                "A deployment names account, region, API id, stage, and PRODUCTION, SANDBOX or both.",
                field="deployments",
            )
        if one.url and not _URL.fullmatch(one.url):
            raise InvalidInputError("A deployment's URL begins with https:// and has no query.", field="deployments")
