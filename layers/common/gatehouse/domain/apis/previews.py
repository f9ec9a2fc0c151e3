"""What publishing a document would do, before it is done."""

import msgspec

from gatehouse.domain.apis import differences, published_apis, publishing, restrictions
from gatehouse.domain.apis.apis import Api
from gatehouse.domain.apis.differences import Difference
from gatehouse.domain.apis.published_apis import ApiDraft, PublishedApiStore
from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.kernel.refusals import ConfirmationNeededError, NotFoundError

_VERSIONS_MAX = 50
"""How many other versions of an API are listed."""


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """What would be published.

    Attributes:
        api: As it would be, with its warnings, what it opens, and the restrictions that hold for it.
        before: As it is; None if it is new.
        differences: From the one to the other; empty for a new API.
        question: What has to be confirmed first; None if nothing.
    """

    api: Api
    before: Api | None
    differences: tuple[Difference, ...]
    question: ConfirmationNeededError | None


def find(store: PublishedApiStore, caller: Caller, draft: ApiDraft) -> Preview:
    """Return what publishing the draft would do. Nothing is written.

    Raises:
        InvalidInputError: The document or what is said beside it cannot be published.
        NotAllowedError: The organisation may not take the stages.
        ConflictError: It may not go to that state, or the organisation has as many APIs as it may.
    """
    prepared = publishing.prepare(store, caller, draft)
    past = prepared.past
    before = None if past.api is None else restrictions.apply(past.api, past.restrictions)
    found = () if before is None else differences.find(before, prepared.shown)
    return Preview(api=prepared.shown, before=before, differences=found, question=prepared.question)


def find_versions(store: PublishedApiStore, caller: Caller, api: Api) -> tuple[Api, ...]:
    """Return the other versions of an API: those of its organisation with its name, newest first."""
    same = (
        one
        for one in store.find_apis_of(caller.organisation)
        if one.name.casefold() == api.name.casefold() and one.api_id != api.api_id
    )
    return tuple(sorted(same, key=lambda one: one.created_at_ms, reverse=True))[:_VERSIONS_MAX]


def compare(
    store: PublishedApiStore, caller: Caller, old_id: str, new_id: str
) -> tuple[Api, Api, tuple[Difference, ...]]:
    """Return two APIs of the caller's organisation with what differs from the first to the second.

    Raises:
        NotFoundError: There is none of one of the ids.
    """
    if not old_id:
        raise NotFoundError("Name the API to compare with.")
    old, new = (published_apis.find(store, caller, one) for one in (old_id, new_id))
    return old, new, differences.find(old, new)
