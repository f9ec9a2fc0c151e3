"""What a user has in `GrantsTable`: keys by the index `by_user`, items read strongly."""

from typing import Any

from gatehouse.storage.dynamodb import attribute_values, keys
from gatehouse.storage.dynamodb.tables import Tables


def find(
    tables: Tables, organisation: str, user_id: str, prefix: str, most: int, *, is_newest_first: bool = False
) -> list[dict[str, Any]]:
    """Return at most so many items whose keys begin with the prefix; a query and a batched read.

    The newest come first where keys sort by time.
    """
    order = {"ScanIndexForward": False} if is_newest_first else {}
    page = tables.query(tables.grants, **_of(organisation, user_id, prefix), Limit=most, **order)
    wanted = [(tables.grants, keys.listed(one["pk"])) for one in page["Items"]]
    return [one for one in tables.get_many(wanted) if one is not None]


def holds(tables: Tables, organisation: str, user_id: str, prefix: str, count: int) -> bool:
    """Say whether there are so many keys with the prefix; no item is sent."""
    answer = tables.query(tables.grants, **_of(organisation, user_id, prefix), Select="COUNT", Limit=count)
    return answer["Count"] >= count


def _of(organisation: str, user_id: str, prefix: str) -> dict[str, Any]:
    return {
        "IndexName": "by_user",
        "KeyConditionExpression": "user_key = :user AND begins_with(pk, :prefix)",
        "ExpressionAttributeValues": attribute_values.render(
            {":user": keys.of_user(organisation, user_id), ":prefix": prefix}
        ),
    }
