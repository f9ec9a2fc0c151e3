"""Counting tokens, in both tables: the numbers last, the memory of what was counted expires."""

from typing import Any

from gatehouse.domain.portal import counting
from gatehouse.domain.portal.counting import TokenEvent
from gatehouse.domain.portal.statistics import day_of
from gatehouse.storage import actions, grants, items, keys
from gatehouse.storage.actions import Action
from gatehouse.storage.statistics import top
from gatehouse.storage.tables import Tables
from gatehouse.storage.transport import ConditionFailedError, TransactionCanceledError

_MEMORY, _PERSON = 0, 1


class Counters:
    """Implements the port of the same name."""

    def __init__(self, tables: Tables) -> None:
        """Use these tables."""
        self._tables = tables

    def count(self, event: TokenEvent, now: int) -> bool:
        """See `Counters.count`."""
        registers = event.registers
        while True:
            try:
                self._tables.transact(self._actions(event, now, registers=registers))
            except TransactionCanceledError as error:
                if error.reasons[_MEMORY] == "ConditionalCheckFailed":
                    return False
                if not registers or error.reasons[_PERSON] != "ConditionalCheckFailed":
                    raise
                registers = False  # the person is registered already: count the token alone
                continue
            self._rank(event)
            return True

    def _actions(self, event: TokenEvent, now: int, *, registers: bool) -> list[Action]:
        organisation, day = event.organisation, day_of(event.at_ms)
        token = {f"tokens_{event.grant_type}": 1}
        made = [self._remember(event, now)]
        if registers:
            person = {"organisation": organisation, "first_at_ms": event.at_ms}
            key = keys.registered_user(organisation, event.application_id, event.user_id or "")
            made.append(actions.put(self._tables, key, person, must_be_new=True))
        return [
            *made,
            self._add(keys.statistic(organisation, "DAY", "", day), token),
            self._add(keys.statistic(organisation, "DAY", event.application_id, day), token),
            self._add(
                keys.statistic(organisation, "APPLICATION", event.application_id),
                {"tokens": 1, **({"registered_users": 1} if registers else {})},
            ),
        ]

    def _remember(self, event: TokenEvent, now: int) -> Action:
        item = {**keys.counted_event(event.event_id), **items.render({"expires_at": now + counting.MEMORY_SECONDS})}
        return {
            "Put": {
                "TableName": self._tables.grants,
                "Item": item,
                "ConditionExpression": "attribute_not_exists(pk)",
            }
        }

    def _add(self, key: keys.Key, numbers: dict[str, int]) -> Action:
        names = {f"#n{index}": name for index, name in enumerate(numbers)}
        return {
            "Update": {
                "TableName": self._tables.directory,
                "Key": key,
                "UpdateExpression": "ADD " + ", ".join(f"#n{index} :n{index}" for index in range(len(numbers))),
                "ExpressionAttributeNames": names,
                "ExpressionAttributeValues": items.render(
                    {f":n{index}": number for index, number in enumerate(numbers.values())}
                ),
            }
        }

    def _rank(self, event: TokenEvent) -> None:
        """Put the application at its place among the organisation's; whoever counts next puts it right."""
        key = keys.statistic(event.organisation, "APPLICATION", event.application_id)
        counted = self._tables.get(self._tables.directory, key)
        if counted is None:
            return
        values = {
            ":collection": top(event.organisation),
            ":position": f"{counted['tokens']:015d} {event.application_id}",
            ":application": event.application_id,
            ":tokens": counted["tokens"],
        }
        try:
            self._tables.update(
                self._tables.directory,
                key,
                UpdateExpression="SET #collection = :collection, #position = :position, application_id = :application",
                ConditionExpression="#tokens = :tokens",
                ExpressionAttributeNames={"#collection": "collection", "#position": "position", "#tokens": "tokens"},
                ExpressionAttributeValues=items.render(values),
            )
        except ConditionFailedError:
            return


def parse_event(record: dict[str, Any]) -> TokenEvent | None:
    """Return what a record of the grants' stream says of a token."""
    change = record["dynamodb"]
    if not change["Keys"]["pk"]["S"].startswith("GRANT#"):
        return None
    old, new = change.get("OldImage"), change.get("NewImage")
    return counting.read(
        grants.parse(items.parse(old)) if old else None, grants.parse(items.parse(new)) if new else None
    )
