"""The states of an API, and the moves between them, as in WSO2."""

from collections.abc import Mapping
from copy import replace
from typing import get_args

from gatehouse.domain.apis import (
    published_apis,
    restriction_sizes,
    restrictions,
)
from gatehouse.domain.apis.apis import Api, Lifecycle
from gatehouse.domain.apis.published_apis import Publication, PublishedApiStore
from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.kernel.refusals import (
    ConflictError,
    InvalidInputError,
    NotAllowedError,
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


def change_lifecycle(store: PublishedApiStore, caller: Caller, api_id: str, lifecycle: str) -> Api:
    """Move an API to another state; the gate follows within its cache seconds.

    Raises:
        InvalidInputError: There is no such state, or the organisation restricts too much.
        NotFoundError: There is no such API in the caller's organisation.
        NotAllowedError: An administrator blocked it, and the caller is none.
        ConflictError: It may not go there from where it is, or it changed meanwhile.
    """
    wanted = next((one for one in LIFECYCLES if one == lifecycle), None)
    if wanted is None:
        raise InvalidInputError(f"A lifecycle is one of {', '.join(LIFECYCLES)}.", field="lifecycle")
    past = published_apis.find_past(store, caller, api_id)
    old, standing = past.api, past.restrictions.of_api(api_id)
    shown = restrictions.apply(old, past.restrictions)
    check_move(shown.lifecycle, wanted)
    decided = standing
    if wanted == "BLOCKED":
        is_administrators = caller.is_admin or standing.blocked_by == "administrator"
        decided = replace(standing, blocked_by="administrator" if is_administrators else "publisher")
        if not caller.is_admin:  # what is left of the item is for administrators, who must be able to block
            restriction_sizes.check_api(past.restrictions, api_id, decided)
    elif shown.lifecycle == "BLOCKED":
        check_move(old.lifecycle, wanted)
        if standing.blocked_by == "administrator" and not caller.is_admin:
            raise NotAllowedError("An administrator blocked this API. Ask an administrator to lift the block.")
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


def check_move(old: Lifecycle, lifecycle: str) -> None:
    """Check that an API may go from one state to another.

    Raises:
        ConflictError: It may not.
    """
    if lifecycle != old and lifecycle not in MOVES[old]:
        ways = ", ".join(MOVES[old]) or "nowhere"
        raise ConflictError(f"An API that is {old} can go to: {ways}.", field="lifecycle")
