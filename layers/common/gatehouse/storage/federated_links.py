"""The links between an account and identities at providers: an item for each identity, and one for the account."""

from gatehouse.storage.dynamodb import keys, transaction_items
from gatehouse.storage.dynamodb.mappers import Values
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.dynamodb.transaction_items import Action


def find(tables: Tables, organisation: str, user_id: str) -> dict[str, Values]:
    """Return the links of an account, by provider."""
    values = tables.get(tables.directory, keys.federated_links(organisation, user_id))
    return (values or {}).get("links", {})


def forget(tables: Tables, organisation: str, user_id: str) -> list[Action]:
    """Return the actions that delete the links of an account, so that its identities are free; one read."""
    links = find(tables, organisation, user_id)
    linked = [keys.federated_link(organisation, provider_id, one["digest"]) for provider_id, one in links.items()]
    if linked:
        linked.append(keys.federated_links(organisation, user_id))
    return [transaction_items.delete(tables, key) for key in linked]
