"""Blocks of applications at APIs: a block outlives the subscription, and the API."""

from typing import Protocol

import msgspec

from gatehouse.domain.apis.apis import Api, Application
from gatehouse.domain.kernel.audit import Entry
from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.kernel.paging import Page, Window
from gatehouse.domain.kernel.refusals import ConflictError, NotFoundError
from gatehouse.domain.portal.applications import ApplicationStore

BLOCKED_STATES = frozenset({"BLOCKED", "PROD_ONLY_BLOCKED"})


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """A block of an application at an API."""

    organisation: str
    application_id: str
    owner_id: str
    state: str


class Blocks(msgspec.Struct, frozen=True, kw_only=True):
    """The blocks that concern a new subscription.

    Attributes:
        own: The state in which the application is blocked at the API; empty if it is not.
        others: How many other applications of its owner are blocked there.
        revision: How often the blocks of the owner at the API changed.
    """

    own: str = ""
    others: int = 0
    revision: int = 0


class SubscriptionBlockStore(Protocol):
    """Where blocks are kept; a change and its audit entry are one transaction."""

    def find_blocks(self, organisation: str, application: Application, api: Api) -> Blocks:
        """Return the blocks that concern a subscription of the application to the API, read strongly."""
        ...

    def find_blocks_of_api(self, organisation: str, api_id: str, window: Window) -> Page[Block]:
        """Return a page of the blocks at an API, also of applications that unsubscribed."""
        ...

    def find_block(self, organisation: str, api_id: str, holder: str, application_id: str) -> Block | None:
        """Return the block of an application of the organisation `holder` at an API, read strongly."""
        ...

    def lift_block(self, organisation: str, api_id: str, block: Block, entry: Entry) -> bool:
        """Delete a block; False if it changed meanwhile."""
        ...


def lift(
    store: SubscriptionBlockStore,
    application_store: ApplicationStore,
    caller: Caller,
    api_id: str,
    organisation: str,
    application_id: str,
) -> None:
    """Lift the block of an application that no longer subscribes, as an administrator of the API's organisation.

    Raises:
        NotFoundError: It is not blocked there.
        ConflictError: It still subscribes, so that its subscription is to be unblocked; or it changed meanwhile.
    """
    organisation = organisation.lower()  # keys compare case-insensitively
    block = store.find_block(caller.organisation, api_id, organisation, application_id)
    if block is None:
        raise NotFoundError("The application is not blocked at this API.")
    application = application_store.find_application(organisation, application_id)
    standing = application.subscriptions if application else ()
    if any((one.api_organisation, one.api_id) == (caller.organisation, api_id) for one in standing):
        raise ConflictError("The application subscribes to the API. Unblock its subscription.")
    entry = caller.entry("subscription.unblock", application_id, f"{api_id}, {block.state}")
    if not store.lift_block(caller.organisation, api_id, block, entry):
        raise ConflictError("The block changed meanwhile. Look at it again.")
