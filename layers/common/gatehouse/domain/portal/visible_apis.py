"""The APIs that the store shows to a caller: of their organisation, or shared with it."""

from typing import Protocol

from gatehouse.domain.apis import apis, catalogue
from gatehouse.domain.apis.apis import Api
from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.kernel.refusals import ApiNotFoundError

_SHOWN = frozenset({"PUBLISHED", "DEPRECATED", "BLOCKED"})


class CatalogueStore(Protocol):
    """The APIs of the organisations, as the store shows them."""

    def find_shown_api(self, organisation: str, api_id: str) -> Api | None:
        """Return an API of the organisation's as it is now."""
        ...


def find(directory: CatalogueStore, caller: Caller, named: str, tenant: str = "") -> Api:
    """Return an API that the caller sees in the store: of their organisation, or shared with it.

    Args:
        directory: Where APIs are.
        caller: Who asks.
        named: Its id, with `@` and the organisation if it is another one's.
        tenant: The organisation whose APIs are meant without that; empty means the caller's.

    Raises:
        NotFoundError: There is none that the caller sees.
    """
    api = directory.find_shown_api(*apis.parse_reference(named, tenant or caller.organisation))
    if api is None or api.lifecycle not in _SHOWN or not catalogue.is_seen(api, caller):
        raise ApiNotFoundError("There is no API of that id.")
    return api
