"""The store of published APIs: what is known of an API, what is written at once, and how a publisher finds one."""

from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from gatehouse.domain.accounts import quotas
from gatehouse.domain.apis import restrictions
from gatehouse.domain.apis.apis import Api, Deployment, Lifecycle, Resource, Visibility
from gatehouse.domain.apis.restrictions import ApiRestriction, Restrictions
from gatehouse.domain.kernel.audit import Entry
from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.kernel.refusals import (
    ConfirmationNeededError,
    ConflictError,
    NotFoundError,
)

CHANGED = "The API changed meanwhile. Look at it again."
LISTED_MAX = 1000
"""How many APIs a catalogue lists, of its own organisation and of others: it is read whole."""


OPEN_MAX = quotas.most("subscriptionless-apis")
"""How many subscriptionless APIs an organisation has: a token request of a registered client reads them all."""


FULL = (
    "Your organisation has, opens to registered clients or shares as many APIs as it may, or the catalogue that the "
    "API is shared with is full. Delete one, share with fewer, or ask an operator for more."
)


class Confirmation(msgspec.Struct, frozen=True, kw_only=True):
    """What a publisher has seen and confirms: the digest of the listed changes and the API's revision."""

    digest: str
    revision: int


class ApiDraft(msgspec.Struct, frozen=True, kw_only=True):
    """What its publisher says of an API. `document` is OpenAPI 3, already parsed.

    What is None stays as it was; of a new API, it is published for its own organisation, with every tier.

    Attributes:
        deployments: All stages; an address or key types that are empty stay as they were.
        checks_revocation: See `Api`; None leaves it to the document.
        draft_revision: The revision of the caller's `PublishingDraft` that is published, and deleted by it; 0 for none.
        seen_revision: The API's when its publisher looked at it, 0 if there was none; None publishes over any.
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
    draft_revision: int = 0
    seen_revision: int | None = None


class Past(msgspec.Struct, frozen=True, kw_only=True):
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

    def check_seen(self, revision: int | None) -> None:
        """Refuse a change by a caller who has seen another revision; None for one who does not say.

        Raises:
            ConflictError: It is another one now.
        """
        if revision is not None and revision != self.revision:
            raise ConflictError(CHANGED)


class Known(Past, frozen=True, kw_only=True):
    """The past of an API that exists."""

    api: Api


class Publication(msgspec.Struct, frozen=True, kw_only=True):
    """What is written at once.

    Attributes:
        former: See `Past`.
        document: None leaves it as it is.
        restriction: What is decided about the API from now on; None leaves it as it is.
        draft_of: The user id of the member whose draft is deleted with it; empty for none.
        draft_revision: The draft's.
    """

    api: Api
    former: tuple[Resource, ...]
    document: str | bytes | None = None
    restriction: ApiRestriction | None = None
    draft_of: str = ""
    draft_revision: int = 0


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """A publication that was checked and not written.

    Attributes:
        past: What it was compared with.
        shown: The API with its restrictions, as its publisher sees it.
        question: What has to be confirmed first; None if nothing.
    """

    past: Past
    made: Publication
    shown: Api
    question: ConfirmationNeededError | None


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
