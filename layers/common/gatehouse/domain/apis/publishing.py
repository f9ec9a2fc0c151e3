"""Publishing an API: from its OpenAPI document to what the gate reads, all of it at once."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol, get_args

from gatehouse.domain.accounts import organisations, quotas
from gatehouse.domain.apis import apis, documents, iam_policies, loosening, openapi, restrictions
from gatehouse.domain.apis import throttling_policies as tiers
from gatehouse.domain.apis.apis import Api, Deployment, Lifecycle, Resource, Visibility
from gatehouse.domain.apis.loosening import Baseline, Change
from gatehouse.domain.apis.restrictions import ApiRestriction, Restrictions
from gatehouse.domain.kernel import builtin, digests, item_sizes, role_names
from gatehouse.domain.kernel.audit import Entry
from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.kernel.refusals import (
    ConfirmationNeededError,
    ConflictError,
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
)

LIFECYCLES: tuple[Lifecycle, ...] = get_args(Lifecycle.__value__)
MOVES: Mapping[Lifecycle, tuple[Lifecycle, ...]] = {
    "CREATED": ("PUBLISHED",),
    "PUBLISHED": ("BLOCKED", "DEPRECATED", "CREATED"),
    "BLOCKED": ("PUBLISHED", "DEPRECATED"),
    "DEPRECATED": ("RETIRED",),
    "RETIRED": (),
}
"""Where an API may go from each state, as in WSO2; what is deprecated or retired does not come back.

BLOCKED is a restriction, kept apart from what is published: an API that is published again stays blocked.
"""

VISIBILITIES: tuple[Visibility, ...] = get_args(Visibility.__value__)

_API_ID = re.compile(r"[a-z0-9][a-z0-9.-]{0,99}")
_PART = re.compile(r"[A-Za-z0-9$_-]{1,128}")
_URL = re.compile(r"https://[^\s\"'<>\\?#]{1,500}")
_KEY_TYPES = frozenset({"PRODUCTION", "SANDBOX"})
_DEPLOYMENTS_MAX = quotas.most("stages")
_TAKEN_MAX = 3
_CHOSEN_MAX = 20
_CONFLICTS_SHOWN = 10
_CHANGES_SHOWN = 50
_DETAIL_MAX_CHARACTERS = 4000
_FORMER_MAX = 1000
CHANGED = "The API changed meanwhile. Look at it again."
_API_MAX_BYTES = 370 * 1024
"""What an API takes of its item at most; the rest is for what its attachments are called."""

LISTED_MAX = 1000
"""How many APIs a catalogue lists, of its own organisation and of others: it is read whole."""


OPEN_MAX = quotas.most("subscriptionless-apis")
"""How many subscriptionless APIs an organisation has: a token request of a registered client reads them all."""

_FULL = (
    "Your organisation has, opens to registered clients or shares as many APIs as it may, or the catalogue that the "
    "API is shared with is full. Delete one, share with fewer, or ask an operator for more."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """What somebody has seen and wants all the same: the digest of the listed changes and the API's revision."""

    digest: str
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiDraft:
    """What its publisher says of an API. `document` is OpenAPI 3, already parsed.

    What is None stays as it was; of a new API, it is published for its own organisation, with every tier.

    Attributes:
        checks_revocation: See `Api`; None leaves it to the document.
    """

    document: Mapping[str, Any]
    api_id: str = ""
    lifecycle: Lifecycle | None = None
    visibility: Visibility | None = None
    visible_to: frozenset[str] | None = None
    visible_roles: frozenset[str] | None = None
    tiers: frozenset[str] | None = None
    deployments: tuple[Deployment, ...] = ()
    checks_revocation: bool | None = None
    confirmation: Confirmation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What is known of an API id before something is published there.

    Attributes:
        api: As it is published; None if there is none.
        former: Routes that it no longer has, and on which a restriction bore when they went.
        restrictions: The organisation's.
        ran: The API of the organisation that ran last on each of the stages that were asked for; empty for none.
    """

    api: Api | None
    former: tuple[Resource, ...]
    restrictions: Restrictions
    ran: tuple[str, ...] = ()

    @property
    def revision(self) -> int:
        """The API's; 0 if there is none."""
        return self.api.revision if self.api else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Known(Past):
    """The past of an API that exists."""

    api: Api


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What is written at once.

    Attributes:
        former: See `Past`.
        document: None leaves it as it is.
        restriction: What is decided about the API from now on; None leaves it as it is.
    """

    api: Api
    former: tuple[Resource, ...]
    document: str | bytes | None = None
    restriction: ApiRestriction | None = None


class PublishedApiStore(Protocol):
    """Where APIs are kept, for their publishers; every change and its audit entry are one transaction."""

    def find_api_now(self, organisation: str, api_id: str) -> Api | None:
        """Return the API as it is published, read strongly; restrictions are not applied."""
        ...

    def find_past(self, organisation: str, api_id: str, deployments: tuple[Deployment, ...]) -> Past:
        """Return what is known of an API id and of the stages of a new publication, by one batched read."""
        ...

    def find_apis_of(self, organisation: str) -> tuple[Api, ...]:
        """Return the organisation's APIs with their restrictions."""
        ...

    def may_register_stages(self, organisation: str) -> bool:
        """Say whether the organisation may take stages for its APIs, read strongly."""
        ...

    def find_taken(self, organisation: str, api_id: str, deployments: tuple[Deployment, ...]) -> Deployment | None:
        """Return the first of the stages that belongs to another API, as it is registered there."""
        ...

    def may_share(self, organisation: str) -> bool:
        """Say whether the organisation may share APIs with others, read strongly."""
        ...

    def is_full(self, organisation: str, old: Api | None, new: Api) -> bool:
        """Say whether a listing that the API would enter is full: the organisation's, or one of those it is for.

        One that is shared is full for an organisation that has its share of it. So is that of subscriptionless APIs.
        """
        ...

    def publish_api(self, organisation: str, past: Past, made: Publication, entry: Entry) -> bool:
        """Store the API, its document and its deployments, all at once; the gate sees the old one or the new one.

        Args:
            document: As `documents.pack` returns it; None leaves the stored one.

        Returns:
            False if the past no longer stands (the API or a restriction changed), or a deployment belongs to another
            API.
        """
        ...

    def count_subscriptions(self, organisation: str, api_id: str) -> int:
        """Return how many subscriptions the API has."""
        ...

    def delete_api(self, organisation: str, past: Past, former: tuple[Resource, ...], entry: Entry) -> bool:
        """Remove the API with its document and deployments.

        Returns:
            False if it or a restriction changed meanwhile, or it has subscriptions.
        """
        ...

    def record(self, organisation: str, entry: Entry) -> None:
        """Write a line of the audit log about something that was refused."""
        ...


def publish(store: PublishedApiStore, caller: Caller, draft: ApiDraft) -> Api:
    """Publish an API, new or again, and return it with its warnings and its restrictions.

    Raises:
        InvalidInputError: The document or what is said beside it cannot be published.
        NotAllowedError: The organisation may not take the stages.
        ConfirmationNeededError: It would open what a restriction closes, or operations that nobody secured.
        ConflictError: It changed meanwhile, may not go to that state, or a deployment belongs to another API.
    """
    try:
        read = openapi.parse(draft.document, organisation=caller.organisation, api_id="")
    except openapi.OpenApiError as error:
        raise InvalidInputError(str(error), field="document") from error
    api_id = draft.api_id or slug(f"{read.name}-{read.version}")
    if not _API_ID.fullmatch(api_id) or api_id == builtin.API_ID:
        raise InvalidInputError("An API's id is lower-case letters, digits, dots and hyphens.", field="apiId")
    past = store.find_past(caller.organisation, api_id, draft.deployments)
    new = _build(read, draft, past, caller, api_id)
    _check(new)
    new = _with_open_tier(new)
    old = past.api
    if not _stages(new) <= (_stages(old) if old else set()) and not store.may_register_stages(caller.organisation):
        raise NotAllowedError("An operator must let this organisation deploy: gatehouse organisations configure.")
    unshared = replace(new, visibility="ORGANISATION", visible_to=frozenset[str]())
    if loosening.is_wider(new, old or unshared) and not store.may_share(caller.organisation):
        raise NotAllowedError("An operator must let this organisation share APIs: gatehouse organisations configure.")
    document = documents.pack(draft.document)
    if store.is_full(caller.organisation, old, new):
        raise ConflictError(_FULL)
    baselines = _baselines(store, caller, past, new)
    shown = restrictions.apply(new, past.restrictions)
    changes = loosening.find(shown, past.restrictions.of_api(api_id), baselines)
    _confirm(store, caller, draft, past, api_id, changes)
    opened = tuple(map(str, changes[:_CHANGES_SHOWN]))
    former = loosening.keep_restricted(new, baselines, past.restrictions)
    if len(former) > _FORMER_MAX or item_sizes.of([asdict(one) for one in former]) > _API_MAX_BYTES:
        raise ConflictError("Too many restricted routes were removed. An administrator must lift their restrictions.")
    made = Publication(api=replace(new, opened=opened), former=former, document=document)
    _check_size(made.api)
    entry = caller.entry("api.publish", api_id, _detail(_summary(new), opened))
    if not store.publish_api(caller.organisation, past, made, entry):
        raise _conflict(store, caller, made.api)
    return replace(shown, opened=opened)


def _build(read: Api, draft: ApiDraft, past: Past, caller: Caller, api_id: str) -> Api:
    """Return the API to be published: what the draft says, else what was there before."""
    old = past.api
    before = old or replace(read, lifecycle="PUBLISHED")
    return replace(
        read,
        api_id=api_id,
        lifecycle=_next(past, before.lifecycle, draft.lifecycle, api_id),
        visibility=draft.visibility or before.visibility,
        visible_to=before.visible_to if draft.visible_to is None else draft.visible_to,
        visible_roles=before.visible_roles if draft.visible_roles is None else draft.visible_roles,
        tiers=before.tiers if draft.tiers is None else draft.tiers,
        deployments=_own(draft.deployments, caller.organisation, api_id),
        warnings=(*read.warnings, *find_warnings(read)),
        checks_revocation=read.checks_revocation if draft.checks_revocation is None else draft.checks_revocation,
        thumbnail=old.thumbnail if old else "",
        documents=old.documents if old else (),
        revision=past.revision + 1,
        life_id=old.life_id if old else digests.generate_id(),
        created_at_ms=old.created_at_ms if old else caller.at_ms,
        updated_at_ms=caller.at_ms,
    )


def _with_open_tier(api: Api) -> Api:
    """Return the API with its tier for registered clients at its stages, whose usage plans follow it."""
    return replace(api, deployments=tuple(replace(one, open_tier=api.open_tier) for one in api.deployments))


def _next(past: Past, before: Lifecycle, wanted: Lifecycle | None, api_id: str) -> Lifecycle:
    """Return the state to publish in. What is blocked stays so, whatever state is published."""
    if wanted == "BLOCKED":
        if not past.restrictions.of_api(api_id).is_blocked:
            raise InvalidInputError(
                "Publish it first, then block it: that decision outlives publishing.", field="lifecycle"
            )
        return before
    if wanted is None:
        return before
    if past.api is not None:
        _check_move(before, wanted)
    return wanted


def _baselines(store: PublishedApiStore, caller: Caller, past: Past, new: Api) -> list[Baseline]:
    """Return what the new API is compared with: its own past, and that of the stages which it takes over.

    Raises:
        InvalidInputError: It takes over those of too many others.
    """
    labels = tuple(one.label for one in new.deployments)
    found = [_baseline(past, past.restrictions, new.api_id, labels)]
    taken: dict[str, list[str]] = {}
    for one, ran in zip(new.deployments, past.ran, strict=True):
        if ran not in {"", new.api_id}:
            taken.setdefault(ran, []).append(one.label)
    if len(taken) > _TAKEN_MAX:
        raise InvalidInputError(
            f"An API takes over the stages of at most {_TAKEN_MAX} others at once. Publish it in smaller steps.",
            field="deployments",
        )
    for api_id, stages in taken.items():
        other = store.find_past(caller.organisation, api_id, ())
        found.append(_baseline(other, past.restrictions, api_id, tuple(stages)))
    return [one for one in found if one is not None]


def _baseline(past: Past, decided: Restrictions, api_id: str, stages: tuple[str, ...]) -> Baseline | None:
    restriction = decided.of_api(api_id)
    if past.api is None and not past.former and restriction == restrictions.UNRESTRICTED:
        return None
    empty = Api(organisation=decided.organisation, api_id=api_id, name="", version="", resources=(), visibility="ALL")
    api = restrictions.apply(past.api or empty, decided)
    known = {(one.method, one.path) for one in api.resources}
    gone = tuple(one for one in past.former if (one.method, one.path) not in known)
    names = {name for one in gone for name in one.scopes} - api.scopes.keys()
    scopes = {**api.scopes, **{name: restrictions.scope(name, decided) for name in names}}
    return Baseline(
        stages=stages, api=replace(api, resources=(*api.resources, *gone), scopes=scopes), restriction=restriction
    )


def _confirm(
    store: PublishedApiStore, caller: Caller, draft: ApiDraft, past: Past, api_id: str, changes: tuple[Change, ...]
) -> None:
    """Refuse what has to be confirmed and is not.

    Raises:
        ConfirmationNeededError: It lists the changes.
    """
    restricted = tuple(one for one in changes if one.is_restricted)
    forgotten = _find_forgotten(draft.document, past.api)
    asked = (*restricted, *forgotten)
    if not asked:
        return
    digest = loosening.digest(asked, past.revision, past.restrictions.revision)
    is_confirmed = draft.confirmation == Confirmation(digest=digest, revision=past.revision)
    if is_confirmed and (caller.is_admin or not restricted):
        return
    listed = tuple(map(str, asked[:_CHANGES_SHOWN]))
    store.record(caller.organisation, caller.entry("api.publish-refused", api_id, _detail("", listed)))
    if restricted:
        why = "It would open what administrators restricted. An administrator may publish it with this confirmation."
    else:
        why = "Nothing says who may call these operations. Say security: [] where everybody may, or confirm."
    raise ConfirmationNeededError(
        why, changes=listed, digest=digest, revision=past.revision, needs_administrator=bool(restricted)
    )


def _find_forgotten(document: Mapping[str, Any], old: Api | None) -> tuple[Change, ...]:
    """Return the operations that are open because the document does not say who may call them, unless they were."""
    known = {(one.method, one.path) for one in (old.resources if old else ()) if one.security == "none"}
    return tuple(
        Change(stages=(), route=f"{method} {path}", before="no security stated", after="everybody", is_restricted=False)
        for method, path in openapi.find_unsecured(document)
        if (method, path) not in known
    )


def _detail(summary: str, changes: tuple[str, ...]) -> str:
    return "; ".join([*([summary] if summary else []), *changes])[:_DETAIL_MAX_CHARACTERS]


def change_lifecycle(store: PublishedApiStore, caller: Caller, api_id: str, lifecycle: str) -> Api:
    """Move an API to another state; the gate follows within its cache seconds.

    Raises:
        InvalidInputError: There is no such state.
        NotFoundError: There is no such API in the caller's organisation.
        NotAllowedError: An administrator blocked it, and the caller is none.
        ConflictError: It may not go there from where it is, or it changed meanwhile.
    """
    wanted = next((one for one in LIFECYCLES if one == lifecycle), None)
    if wanted is None:
        raise InvalidInputError(f"A lifecycle is one of {', '.join(LIFECYCLES)}.", field="lifecycle")
    past = find_past(store, caller, api_id)
    old, standing = past.api, past.restrictions.of_api(api_id)
    shown = restrictions.apply(old, past.restrictions)
    _check_move(shown.lifecycle, wanted)
    if shown.lifecycle == "BLOCKED" and wanted != "BLOCKED":
        _check_move(old.lifecycle, wanted)
        check_lifts(caller, standing)
    decided = replace(standing, blocked_by=_blocks(caller, standing)) if wanted == "BLOCKED" else standing
    if shown.lifecycle == "BLOCKED" and wanted != "BLOCKED":
        decided = replace(standing, blocked_by="")
    new = replace(
        old,
        lifecycle=old.lifecycle if wanted == "BLOCKED" else wanted,
        revision=old.revision + 1,
        updated_at_ms=caller.at_ms,
    )
    made = Publication(api=new, former=past.former, restriction=decided if decided != standing else None)
    entry = caller.entry("api.lifecycle", api_id, f"{shown.lifecycle} to {wanted}")
    if not store.publish_api(caller.organisation, past, made, entry):
        raise ConflictError("The API changed meanwhile. Look at it again.")
    return replace(shown, lifecycle=wanted, revision=new.revision, updated_at_ms=new.updated_at_ms)


def change_tiers(store: PublishedApiStore, caller: Caller, api_id: str, tiers_chosen: frozenset[str]) -> Api:
    """Offer other tiers, and let registered clients in, or no longer; the gate follows within its cache seconds.

    Raises:
        InvalidInputError: There is no such tier, or two are for registered clients.
        NotFoundError: There is no such API in the caller's organisation.
        ConflictError: It changed meanwhile, or the organisation has too many subscriptionless APIs.
    """
    past = find_past(store, caller, api_id)
    changed = replace(past.api, tiers=tiers_chosen, revision=past.api.revision + 1, updated_at_ms=caller.at_ms)
    _check_tiers(changed)
    new = _with_open_tier(changed)
    if store.is_full(caller.organisation, past.api, new):
        raise ConflictError(_FULL)
    entry = caller.entry("api.tiers", api_id, ", ".join(sorted(tiers_chosen)) or "every tier")
    if not store.publish_api(caller.organisation, past, Publication(api=new, former=past.former), entry):
        raise ConflictError("The API changed meanwhile. Look at it again.")
    return restrictions.apply(new, past.restrictions)


def check_lifts(caller: Caller, standing: ApiRestriction) -> None:
    """Refuse to lift an administrator's block for somebody who is none.

    Raises:
        NotAllowedError: An administrator has to do it.
    """
    if standing.blocked_by == "administrator" and not caller.is_admin:
        raise NotAllowedError("An administrator blocked this API. Ask an administrator to lift the block.")


def _blocks(caller: Caller, standing: ApiRestriction) -> restrictions.Source:
    return "administrator" if caller.is_admin or standing.blocked_by == "administrator" else "publisher"


def _check_move(old: Lifecycle, lifecycle: str) -> None:
    if lifecycle != old and lifecycle not in MOVES[old]:
        ways = ", ".join(MOVES[old]) or "nowhere"
        raise ConflictError(f"An API that is {old} can go to: {ways}.", field="lifecycle")


def find(store: PublishedApiStore, caller: Caller, api_id: str) -> Api:
    """Return an API of the caller's organisation with its restrictions.

    Raises:
        NotFoundError: There is none.
    """
    past = find_past(store, caller, api_id)
    return restrictions.apply(past.api, past.restrictions)


def find_published(store: PublishedApiStore, caller: Caller, api_id: str) -> Api:
    """Return an API of the caller's organisation as it is published, to be changed.

    Raises:
        NotFoundError: There is none.
    """
    api = store.find_api_now(caller.organisation, api_id)
    if api is None:
        raise NotFoundError("There is no API of that id.")
    return api


def find_past(store: PublishedApiStore, caller: Caller, api_id: str) -> Known:
    """Return what is known of an API of the caller's organisation.

    Raises:
        NotFoundError: There is none.
    """
    past = store.find_past(caller.organisation, api_id, ())
    if past.api is None:
        raise NotFoundError("There is no API of that id.")
    return Known(api=past.api, former=past.former, restrictions=past.restrictions)


def delete(store: PublishedApiStore, caller: Caller, api_id: str) -> None:
    """Remove an API; its stages are denied within the cache seconds. Its restrictions stay.

    Raises:
        NotFoundError: The caller's organisation has none of that id.
        ConflictError: It has subscriptions, or it changed meanwhile.
    """
    if not try_delete(store, caller, find_past(store, caller, api_id)):
        raise ConflictError(CHANGED)


def try_delete(store: PublishedApiStore, caller: Caller, past: Known) -> bool:
    """Remove an API as it was found; False if it changed meanwhile.

    Raises:
        ConflictError: It has subscriptions.
    """
    api = past.api
    if store.count_subscriptions(caller.organisation, api.api_id):
        raise ConflictError("The API has subscriptions. Delete them first, or say that they shall end with it.")
    baseline = _baseline(past, past.restrictions, api.api_id, ())
    former = loosening.keep_restricted(replace(api, resources=()), [baseline] if baseline else [], past.restrictions)
    entry = caller.entry("api.delete", api.api_id, f"{api.name} {api.version}")
    return store.delete_api(caller.organisation, past, former, entry)


def _summary(api: Api) -> str:
    unchecked = "" if api.checks_revocation else ", JWTs not checked for revocation"
    return f"{api.name} {api.version}, revision {api.revision}, {api.lifecycle}{unchecked}"


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


def _conflict(store: PublishedApiStore, caller: Caller, api: Api) -> ConflictError:
    """Return why the API could not be stored. Another organisation's API is not named."""
    taken = store.find_taken(caller.organisation, api.api_id, api.deployments)
    if taken is None:
        return ConflictError("The API changed while it was being published. Check it, then publish again.")
    owner = f"the API {taken.api_id}" if taken.organisation == caller.organisation else "another organisation"
    return ConflictError(f"The stage {taken.stage} of the API Gateway API {taken.gateway_id} belongs to {owner}.")


def _own(deployments: tuple[Deployment, ...], organisation: str, api_id: str) -> tuple[Deployment, ...]:
    return tuple(replace(one, organisation=organisation, api_id=api_id) for one in deployments)


def _stages(api: Api) -> set[tuple[str, str, str, str]]:
    return {one.place for one in api.deployments}


def _check(api: Api) -> None:
    _check_deployments(api)
    if len(api.visible_to) > _CHOSEN_MAX or not all(map(organisations.is_key, api.visible_to)):
        raise InvalidInputError(f"visibleTo holds organisation keys, at most {_CHOSEN_MAX}.", field="visibleTo")
    role_names.check_roles(api.visible_roles)
    _check_tiers(api)


def _check_tiers(api: Api) -> None:
    if not api.tiers <= tiers.SUBSCRIPTION.keys():
        raise InvalidInputError(f"The tiers are {', '.join(tiers.SUBSCRIPTION)}.", field="tiers")
    if sum(map(apis.is_subscriptionless, api.tiers)) > 1:
        raise InvalidInputError("At most one tier is for registered clients.", field="tiers")


def _check_size(api: Api) -> None:
    """Refuse what does not fit into its item.

    Raises:
        InvalidInputError: It does not.
    """
    found = item_sizes.of(asdict(replace(api, documents=())))
    if found > _API_MAX_BYTES:
        raise InvalidInputError(
            f"The routes, scopes and texts of the API take {found // 1024} KiB; at most {_API_MAX_BYTES // 1024} KiB "
            "are stored. Publish it in parts.",
            field="document",
        )


def _check_deployments(api: Api) -> None:
    if len(api.deployments) > _DEPLOYMENTS_MAX or len(_stages(api)) != len(api.deployments):
        raise InvalidInputError(f"An API has at most {_DEPLOYMENTS_MAX} stages, each once.", field="deployments")
    for one in api.deployments:
        if not all(map(_PART.fullmatch, one.place)) or not one.key_types or not one.key_types <= _KEY_TYPES:
            raise InvalidInputError(
                "A deployment names account, region, API id, stage, and PRODUCTION, SANDBOX or both.",
                field="deployments",
            )
        if one.url and not _URL.fullmatch(one.url):
            raise InvalidInputError("A deployment's URL begins with https:// and has no query.", field="deployments")
