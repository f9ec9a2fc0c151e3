"""Device authorization requests in `GrantsTable`: one item each, found by the user code's digest."""

import secrets
from typing import Any

from gatehouse.domain.kernel import plain_values
from gatehouse.domain.kernel.audit import Entry
from gatehouse.domain.oauth import device_requests
from gatehouse.domain.oauth.device_requests import DecisionStatus, DeviceRequest, Poll, UnknownRequestError
from gatehouse.storage import audit
from gatehouse.storage.aws.transport import ConditionFailedError
from gatehouse.storage.dynamodb import attribute_values, keys, mappers, transaction_items
from gatehouse.storage.dynamodb.tables import ABSENT, MARKER, DynamoDBStore, when

_DECIDED = (
    "scopes",
    "dropped_scopes",
    "user_id",
    "username",
    "authenticated_at",
    "signed_in_at",
    "methods",
    "generation",
    "connection_generation",
    "organisation_generation",
)


class DynamoDBDeviceRequests(DynamoDBStore):
    """Implements `DeviceRequestStore`."""

    def add_request(self, organisation: str, request: DeviceRequest, now: int) -> bool:
        """See `DeviceRequestStore.add_request`."""
        item = {**keys.device_request(organisation, request.code_digest), **attribute_values.render(_values(request))}
        replaces = when(f"{ABSENT} OR expires_at <= :now", now=now)
        return self._tables.put_once(self._tables.grants, item, **replaces) is None

    def find_request(self, organisation: str, code_digest: bytes) -> DeviceRequest | None:
        """See `DeviceRequestStore.find_request`."""
        return self._tables.find(DeviceRequest, self._tables.grants, keys.device_request(organisation, code_digest))

    def poll_request(self, organisation: str, poll: Poll) -> DeviceRequest | None:
        """See `DeviceRequestStore.poll_request`. The marker of the last poll tells a repetition of the transport's."""
        marker = secrets.token_urlsafe(12)
        try:
            self._tables.update(
                self._tables.grants,
                keys.device_request(organisation, poll.code.code_digest),
                UpdateExpression="SET polled_at_ms = :polled, #marker = :marker",
                **when(
                    "device_digest = :digest AND client_id = :client AND #status = :pending"
                    " AND expires_at > :now AND polled_at_ms <= :since",
                    {"#status": "status", "#marker": MARKER},
                    marker=marker,
                    polled=poll.now_ms,
                    digest=poll.code.device_digest,
                    client=poll.client_id,
                    pending=DecisionStatus.PENDING.value,
                    now=poll.now_ms // 1000,
                    since=poll.since_ms,
                ),
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ConditionFailedError as error:
            values = attribute_values.parse(error.item)
        else:
            return None
        if values.get(MARKER) == marker:
            return None
        standing = mappers.read(DeviceRequest, values) if values else None
        presented = (poll.code.device_digest, poll.client_id)
        if standing is None or (standing.device_digest, standing.client_id) != presented:
            raise UnknownRequestError
        return standing

    def decide_request(self, organisation: str, decided: DeviceRequest, now: int, entry: Entry) -> bool:
        """See `DeviceRequestStore.decide_request`."""
        values = {name: value for name, value in _values(decided).items() if name in _DECIDED and value is not None}
        update = transaction_items.update(
            self._tables.grants,
            keys.device_request(organisation, decided.code_digest),
            "SET #status = :status, " + ", ".join(f"#n{index} = :n{index}" for index in range(len(values))),
            **when(
                "grant_id = :grant AND #status = :pending AND expires_at > :now",
                {"#status": "status", **{f"#n{index}": name for index, name in enumerate(values)}},
                status=decided.status.value,
                grant=decided.grant_id,
                pending=DecisionStatus.PENDING.value,
                now=now,
                **{f"n{index}": value for index, value in enumerate(values.values())},
            ),
        )
        return audit.write(self._tables, [update], entry)

    def count_entry(self, organisation: str, user_id: str, window: int) -> int:
        """See `DeviceRequestStore.count_entry`."""
        ends_at = (window + 1) * device_requests.ENTRIES_WINDOW_SECONDS
        return self._tables.count_once(self._tables.grants, keys.code_entries(organisation, user_id, window), ends_at)


def _values(request: DeviceRequest) -> dict[str, Any]:
    return plain_values.of(request) | {"status": request.status.value, "resources": request.resources or None}
