"""Publishing an API: from its OpenAPI document to what the gate reads, all of it at once."""

from collections.abc import Mapping
from copy import replace
from typing import Any

from gatehouse.domain.accounts import organisations
from gatehouse.domain.apis import (
    api_checks,
    api_lifecycle,
    documents,
    loosening,
    openapi,
    published_apis,
    restrictions,
)
from gatehouse.domain.apis.apis import Api, Deployment, Lifecycle
from gatehouse.domain.apis.loosening import Baseline, Change
from gatehouse.domain.apis.published_apis import (
    ApiDraft,
    Confirmation,
    Known,
    Past,
    Prepared,
    Publication,
    PublishedApiStore,
)
from gatehouse.domain.apis.restrictions import Restrictions
from gatehouse.domain.kernel import builtin, digests, item_sizes, plain_values
from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.kernel.refusals import (
    ConfirmationNeededError,
    ConflictError,
    InvalidInputError,
    NotAllowedError,
)

_TAKEN_MAX = 3
_CHANGES_SHOWN = 50
_DETAIL_MAX_CHARACTERS = 4000
_FORMER_MAX = 1000


def publish(store: PublishedApiStore, caller: Caller, draft: ApiDraft) -> Api:
    """Publish an API, new or again, and return it with its warnings and its restrictions.

    Raises:
        InvalidInputError: The document or what is said beside it cannot be published.
        NotAllowedError: The organisation may not take the stages.
        ConfirmationNeededError: It would open what a restriction closes, or operations without security.
        ConflictError: It changed meanwhile, may not go to that state, or a deployment belongs to another API.
    """
    prepared = prepare(store, caller, draft)
    new = prepared.made.api
    if prepared.question is not None and not _is_confirmed(caller, draft, prepared.question):
        listed = prepared.question.changes
        store.record(caller.organisation, caller.entry("api.publish-refused", new.api_id, _detail("", listed)))
        raise prepared.question
    entry = caller.entry("api.publish", new.api_id, _detail(_summary(new), new.opened))
    if not store.publish_api(caller.organisation, prepared.past, prepared.made, entry):
        raise _conflict(store, caller, new)
    return prepared.shown


def prepare(store: PublishedApiStore, caller: Caller, draft: ApiDraft) -> Prepared:
    """Return what publishing the draft would write, and what it would ask first. Nothing is written.

    Raises:
        InvalidInputError: The document or what is said beside it cannot be published.
        NotAllowedError: The organisation may not take the stages.
        ConflictError: Another revision of it was seen, it may not go to that state, or the organisation has as many
            APIs as it may.
    """
    try:
        read = openapi.parse(draft.document, organisation=caller.organisation, api_id="")
    except openapi.OpenApiError as error:
        raise InvalidInputError(str(error), field="document") from error
    api_id = draft.api_id or api_checks.slug(f"{read.name}-{read.version}")
    if not api_checks.API_ID.fullmatch(api_id) or api_id == builtin.API_ID:
        raise InvalidInputError("An API's id is lower-case letters, digits, dots and hyphens.", field="apiId")
    past = store.find_past(caller.organisation, api_id, draft.deployments)
    past.check_seen(draft.seen_revision)
    new = _build(read, draft, past, caller, api_id)
    api_checks.check(new)
    api_checks.check_changes(past.api, new)
    new = _with_open_tier(new)
    old = past.api
    if not api_checks.stages(new) <= (api_checks.stages(old) if old else set()) and not store.may_register_stages(
        caller.organisation
    ):
        raise NotAllowedError("An operator must let this organisation deploy: gatehouse organisations configure.")
    unshared = replace(new, visibility="ORGANISATION", visible_to=frozenset[str]())
    if loosening.is_wider(new, old or unshared) and not store.may_share(caller.organisation):
        raise NotAllowedError("An operator must let this organisation share APIs: gatehouse organisations configure.")
    document = documents.pack(draft.document)
    if store.is_full(caller.organisation, old, new):
        raise ConflictError(published_apis.FULL)
    baselines = _baselines(store, caller, past, new)
    shown = restrictions.apply(new, past.restrictions)
    changes = loosening.find(shown, past.restrictions.of_api(api_id), baselines)
    opened = tuple(map(str, changes[:_CHANGES_SHOWN]))
    former = loosening.keep_restricted(new, baselines, past.restrictions)
    if len(former) > _FORMER_MAX or item_sizes.of([plain_values.of(one) for one in former]) > api_checks.API_MAX_BYTES:
        raise ConflictError("Too many restricted routes were removed. An administrator must lift their restrictions.")
    made = Publication(
        api=replace(new, opened=opened),
        former=former,
        document=document,
        draft_of=caller.user_id if draft.draft_revision else "",
        draft_revision=draft.draft_revision,
    )
    api_checks.check_size(made.api)
    return Prepared(past=past, made=made, shown=replace(shown, opened=opened), question=_question(draft, past, changes))


def _build(read: Api, draft: ApiDraft, past: Past, caller: Caller, api_id: str) -> Api:
    """Return the API to be published: what the draft says, else what was there before."""
    old = past.api
    before = old or replace(read, lifecycle="PUBLISHED")
    return replace(
        read,
        api_id=api_id,
        lifecycle=_next(past, before.lifecycle, draft.lifecycle, api_id),
        visibility=draft.visibility or before.visibility,
        visible_to=before.visible_to if draft.visible_to is None else organisations.check_chosen(draft.visible_to),
        visible_roles=before.visible_roles if draft.visible_roles is None else draft.visible_roles,
        tiers=before.tiers if draft.tiers is None else draft.tiers,
        deployments=_stages(draft, old, caller.organisation, api_id),
        warnings=(*read.warnings, *api_checks.find_warnings(read)),
        checks_revocation=read.checks_revocation if draft.checks_revocation is None else draft.checks_revocation,
        thumbnail=old.thumbnail if old else "",
        documents=old.documents if old else (),
        revision=past.revision + 1,
        life_id=old.life_id if old else digests.generate_id(),
        created_at_ms=old.created_at_ms if old else caller.at_ms,
        updated_at_ms=caller.at_ms,
    )


def _stages(draft: ApiDraft, old: Api | None, organisation: str, api_id: str) -> tuple[Deployment, ...]:
    """Return the stages of the draft. Address and key types that it does not name stay as they were.

    Clients name the address as the resource of their tokens: one that a publication drops is unknown to them all.
    """
    known = {one.place: one for one in old.deployments} if old else {}
    found: list[Deployment] = []
    for one in draft.deployments:
        before = known.get(one.place, one)
        kinds = one.key_types or before.key_types or api_checks.KEY_TYPES
        stage = replace(one, organisation=organisation, api_id=api_id, url=one.url or before.url, key_types=kinds)
        found.append(stage)
    return tuple(found)


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
        api_lifecycle.check_move(before, wanted)
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


def _question(draft: ApiDraft, past: Past, changes: tuple[Change, ...]) -> ConfirmationNeededError | None:
    """Return what has to be confirmed before the draft is published, with its changes; None if nothing."""
    restricted = tuple(one for one in changes if one.is_restricted)
    asked = (*restricted, *_find_forgotten(draft.document, past.api))
    if not asked:
        return None
    if restricted:
        why = "It would open what administrators restricted. An administrator may publish it with this confirmation."
    else:
        why = (
            "These operations state no security, so everybody can call them. "
            "Add security: [] to the document where that is meant, or confirm."
        )
    return ConfirmationNeededError(
        why,
        changes=tuple(map(str, asked[:_CHANGES_SHOWN])),
        digest=loosening.digest(asked, past.revision, past.restrictions.revision),
        revision=past.revision,
        needs_administrator=bool(restricted),
    )


def _is_confirmed(caller: Caller, draft: ApiDraft, question: ConfirmationNeededError) -> bool:
    is_seen = draft.confirmation == Confirmation(digest=question.digest, revision=question.revision)
    return is_seen and (caller.is_admin or not question.needs_administrator)


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


def change_tiers(
    store: PublishedApiStore, caller: Caller, api_id: str, tiers_chosen: frozenset[str], seen: int | None = None
) -> Api:
    """Change the tiers, also whether registered clients may call; the gate follows within its cache seconds.

    With the revision that was seen, nobody may have published since.

    Raises:
        InvalidInputError: There is no such tier, or two are for registered clients.
        NotFoundError: There is no such API in the caller's organisation.
        ConflictError: It changed meanwhile, or the organisation has too many subscriptionless APIs.
    """
    past = published_apis.find_past(store, caller, api_id)
    past.check_seen(seen)
    changed = replace(past.api, tiers=tiers_chosen, revision=past.api.revision + 1, updated_at_ms=caller.at_ms)
    api_checks.check_tiers(changed)
    new = _with_open_tier(changed)
    if store.is_full(caller.organisation, past.api, new):
        raise ConflictError(published_apis.FULL)
    entry = caller.entry("api.tiers", api_id, ", ".join(sorted(tiers_chosen)) or "every tier")
    if not store.publish_api(caller.organisation, past, Publication(api=new, former=past.former), entry):
        raise ConflictError("The API changed meanwhile. Look at it again.")
    return restrictions.apply(new, past.restrictions)


def delete(store: PublishedApiStore, caller: Caller, api_id: str, seen: int | None = None) -> None:
    """Remove an API, of the revision that was seen; its stages are denied within the cache seconds.

    Its restrictions stay.

    Raises:
        NotFoundError: The caller's organisation has none of that id.
        ConflictError: It has subscriptions, or it changed meanwhile.
    """
    past = published_apis.find_past(store, caller, api_id)
    past.check_seen(seen)
    if not try_delete(store, caller, past):
        raise ConflictError(published_apis.CHANGED)


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


def _conflict(store: PublishedApiStore, caller: Caller, api: Api) -> ConflictError:
    """Return why the API could not be stored. Another organisation's API is not named."""
    taken = store.find_taken(caller.organisation, api.api_id, api.deployments)
    if taken is None:
        return ConflictError("The API changed while it was being published. Check it, then publish again.")
    owner = f"the API {taken.api_id}" if taken.organisation == caller.organisation else "another organisation"
    return ConflictError(f"The stage {taken.stage} of the API Gateway API {taken.gateway_id} belongs to {owner}.")
