"""The listings of APIs that other organisations see, and of those that registered clients may call."""

from copy import replace

from gatehouse.domain.apis import restrictions
from gatehouse.domain.apis.apis import Api
from gatehouse.domain.apis.published_apis import LISTED_MAX
from gatehouse.domain.kernel import plain_values
from gatehouse.storage import directory_reads
from gatehouse.storage.dynamodb import attribute_values, keys, mappers, transaction_items
from gatehouse.storage.dynamodb.listings import Listings
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.dynamodb.transaction_items import Action

EVERY_ORGANISATION = "*"


_POSITION_SHOWN_BYTES = 900
_LISTED_DESCRIPTION_CHARACTERS, _LISTED_TAGS_BYTES = 500, 2048


def find_own(tables: Tables, organisation: str) -> tuple[Api, ...]:
    """Return the APIs of an organisation; one read for each MiB of descriptions, and one for the restrictions."""
    found = Listings(tables).all(keys.collection("APIS", organisation), LISTED_MAX)
    decided = directory_reads.find_restrictions(tables, organisation)
    return tuple(restrictions.apply(mappers.read(Api, one), decided) for one in found)


def listing(recipient: str) -> str:
    """Return the listing of the APIs that are shared with an organisation, or with all."""
    return keys.collection("SHARED_APIS", recipient)


def position(api: Api) -> str:
    """Return where an API stands in a listing: by name and version, as much of them as a sort key takes."""
    shown = f"{api.name} {api.version}".encode()[:_POSITION_SHOWN_BYTES].decode(errors="ignore")
    return f"{shown}\0{api.api_id}"


def recipients(api: Api) -> frozenset[str]:
    """Return the other organisations that an API is shared with."""
    if api.visible_roles or api.visibility == "ORGANISATION":
        return frozenset()
    return frozenset({EVERY_ORGANISATION}) if api.visibility == "ALL" else api.visible_to - {api.organisation}


def slim(api: Api) -> Api:
    """Return what a catalogue lists of an API: some KiB at most, whatever its publisher says of it elsewhere.

    Other organisations read it with every page of their stores. Without routes, scopes, stages and documents, with the
    beginning of the description, and with as many tags as fit.
    """
    tags: list[str] = []
    left = _LISTED_TAGS_BYTES
    for tag in sorted(api.tags):
        left -= len(tag.encode())
        if left < 0:
            break
        tags.append(tag)
    return replace(
        api,
        description=api.description[:_LISTED_DESCRIPTION_CHARACTERS],
        tags=frozenset(tags),
        resources=(),
        scopes={},
        deployments=(),
        warnings=(),
        opened=(),
        documents=(),
    )


def share(tables: Tables, api: Api, recipient: str) -> Action:
    """Return the action that lists an API for an organisation."""
    values = {
        **plain_values.of(slim(api)),
        "collection": listing(recipient),
        "position": f"{api.organisation}\0{api.api_id}",
    }
    return transaction_items.put(tables, keys.shared_api(recipient, api.organisation, api.api_id), values)


def index_subscriptionless(tables: Tables, api: Api) -> Action:
    """Return the action that names an API among the subscriptionless ones of its organisation, or no longer."""
    opened = {"ExpressionAttributeValues": attribute_values.render({":open": True})} if api.open_tier else {}
    return transaction_items.update(
        tables.directory,
        keys.subscriptionless(api.organisation),
        "SET #member = :open" if api.open_tier else "REMOVE #member",
        ExpressionAttributeNames={"#member": mappers.SUBSCRIPTIONLESS_API + api.api_id},
        **opened,
    )
