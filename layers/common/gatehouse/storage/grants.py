"""Grants in `GrantsTable`: one item each, one write for each change.

A write costs one unit for each KiB, names included, and a refreshed grant holds some thirty attributes. So long names
are stored short, what is empty is left out, and what can be derived is not stored
(`tests/unit/storage/test_grants.py` measures it).
"""

from collections.abc import Callable
from copy import replace
from functools import lru_cache
from operator import attrgetter
from typing import Any

import msgspec

from gatehouse.domain.accounts.users import Status
from gatehouse.domain.kernel import scopes
from gatehouse.domain.oauth.tokens import Grant
from gatehouse.storage.aws.transport import ConditionFailedError
from gatehouse.storage.dynamodb import attribute_values, keys, mappers
from gatehouse.storage.dynamodb.attribute_values import Item
from gatehouse.storage.dynamodb.tables import ABSENT, DynamoDBStore, Tables, when

_FIELDS = Grant.__struct_fields__
_STORED_NAMES = {
    "authenticated_at": "auth_time",
    "methods": "amr",
    "connection_generation": "conn_gen",
    "client_generation": "client_gen",
    "credential_generation": "cred_gen",
    "organisation_generation": "org_gen",
    "previous_access_digest": "prev_access",
    "previous_access_scopes": "prev_scopes",
    "previous_access_expires_at": "prev_expires_at",
    "previous_refresh_digest": "prev_refresh",
}
_TUPLES = ("resources", "access_resources", "previous_access_resources")
_EMPTY: dict[str, Any] = {
    "connection_generation": "",
    "dropped_scopes": frozenset(),
    "user_roles": frozenset(),
    "methods": frozenset({"pwd"}),
    **dict.fromkeys(_TUPLES, ()),
}
_SETS = ("scopes", "access_scopes", "previous_access_scopes", "user_roles", "dropped_scopes", "methods")
_NOT_EMPTY = object()
_STORED = tuple((_STORED_NAMES.get(name, name), _EMPTY.get(name, _NOT_EMPTY)) for name in _FIELDS[1:])
"""For each field of a grant but its id, in order: the name of its attribute, and what is left out."""

_ROTATED_NAMES = (  # the fields that a refresh changes
    "access_digest",
    "access_scopes",
    "user_roles",
    "credential_generation",
    "access_expires_at",
    "refresh_digest",
    "refresh_expires_at",
    "previous_access_digest",
    "previous_access_scopes",
    "previous_access_expires_at",
    "previous_refresh_digest",
    "rotation",
    "rotation_key",
    "rotation_kid",
    "rotated_at_ms",
    "kid",
    "issuer",
    "openid_issuer",
    "expires_at",
    "access_resources",
    "previous_access_resources",
)


def _rotated(names: tuple[str, ...]) -> tuple[tuple[tuple[str, str, Any], ...], Callable[[Grant], tuple[Any, ...]]]:
    """Return of each field the attribute, the placeholder and what is left out; and what takes their values."""
    stored = tuple((_STORED_NAMES.get(name, name), _EMPTY.get(name, _NOT_EMPTY)) for name in names)
    return tuple((name, f":{name}", empty) for name, empty in stored), attrgetter(*names)


_ROTATED = _rotated(_ROTATED_NAMES)
_ROTATED_WITHOUT_RESOURCES = _rotated(tuple(one for one in _ROTATED_NAMES if not one.endswith("_resources")))
_NO: attribute_values.AttributeValue = {"BOOL": False}

_READ: dict[str, tuple[str, Callable[[Any], Any] | None]] = {
    stored: (name, frozenset if name in _SETS else tuple if name in _TUPLES else None)
    for name in _FIELDS
    for stored in (name, _STORED_NAMES.get(name, name))
}
"""For each attribute: the field, and what makes its value of the plain one."""


class DynamoDBGrants(DynamoDBStore):
    """Implements `GrantStore`. Nothing is remembered: a revoked grant is refused at once."""

    def add_grant(self, grant: Grant) -> None:
        """See `GrantStore.add_grant`. A repetition changes nothing: the id is 128 random bits."""
        self.add_grant_once(grant)

    def add_grant_once(self, grant: Grant) -> bool:
        """See `GrantStore.add_grant_once`.

        Not the access token's digest, but a marker of this very write tells our own first attempt: two redemptions of
        one code within a second make the same JWT.
        """
        return self._tables.put_once(self._tables.grants, render(grant), ConditionExpression=ABSENT) is None

    def find_grant(self, grant_id: str) -> Grant | None:
        """See `GrantStore.find_grant`."""
        values = self._tables.get(self._tables.grants, keys.grant(grant_id))
        return None if values is None else parse(values)

    def find_grant_and_status(self, grant_id: str, status_id: str | None) -> tuple[Grant | None, Status | None]:
        """See `GrantStore.find_grant_and_status`."""
        if status_id is None:
            return self.find_grant(grant_id), None
        grant, status = self._tables.get_many(wanted(self._tables, grant_id, status_id))
        return None if grant is None else parse(grant), mappers.read_found(Status, status)

    def rotate_grant(self, grant: Grant, spent_digest: bytes, now: int) -> Grant | None:
        """See `GrantStore.rotate_grant`."""
        changed: attribute_values.Item = {}
        gone: list[str] = []
        names, values = _ROTATED if grant.resources else _ROTATED_WITHOUT_RESOURCES
        for (stored, placeholder, empty), value in zip(names, values(grant), strict=True):
            if value is None or value == empty or (stored == "openid_issuer" and value == grant.issuer):
                gone.append(stored)
            else:
                changed[placeholder] = attribute_values.RENDERERS[type(value)](value)
        expression = _change(tuple(changed), tuple(gone))
        changed |= {":spent": attribute_values.render_value(spent_digest), ":no": _NO, ":now": {"N": str(now)}}
        try:
            self._tables.update(
                self._tables.grants,
                keys.grant(grant.grant_id),
                UpdateExpression=expression,
                ConditionExpression=(
                    "refresh_digest = :spent AND revoked = :no AND ends_at > :now AND refresh_expires_at > :now"
                ),
                ExpressionAttributeValues=changed,
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ConditionFailedError as error:
            return (
                parse(attribute_values.parse(error.item)) if error.item else replace(grant, revoked=True)
            )  # it expired and is gone
        return None

    def revoke_grant(self, grant_id: str) -> None:
        """See `GrantStore.revoke_grant`. A grant that is gone needs no mark."""
        self._tables.try_update(
            self._tables.grants,
            keys.grant(grant_id),
            UpdateExpression="SET revoked = :yes",
            **when("attribute_exists(pk)", yes=True),
        )


def wanted(tables: Tables, grant_id: str, status_id: str | None) -> list[tuple[str, keys.Key]]:
    """Return where the grant of a token is, and its user's status if it names one."""
    grant = (tables.grants, keys.grant(grant_id))
    return [grant] if status_id is None else [grant, (tables.directory, keys.status(status_id))]


def parse_items(grant: Item | None, status: Item | None) -> tuple[Grant | None, Status | None]:
    """Return grant and status of their items."""
    return (
        None if grant is None else parse(attribute_values.parse(grant)),
        None if status is None else mappers.read(Status, attribute_values.parse(status)),
    )


@lru_cache(maxsize=64)
def _change(changed: tuple[str, ...], gone: tuple[str, ...]) -> str:
    """Return the expression that sets attributes to the values of their placeholders, and removes others."""
    assignments = "SET " + ", ".join(f"{name[1:]} = {name}" for name in changed)
    return f"{assignments} REMOVE {', '.join(gone)}" if gone else assignments


def render(grant: Grant) -> attribute_values.Item:
    """Return the item of a grant."""
    item: attribute_values.Item = {**keys.grant(grant.grant_id)}
    for (stored, empty), value in zip(_STORED, msgspec.structs.astuple(grant)[1:], strict=True):
        if value is not None and value != empty:
            item[stored] = attribute_values.RENDERERS[type(value)](value)
    if grant.openid_issuer == grant.issuer:
        item.pop("openid_issuer", None)
    return item


def parse(values: dict[str, Any]) -> Grant:
    """Return the grant of an item's plain values."""
    known: dict[str, Any] = {"user_id": None, "username": None, "grant_id": keys.grant_id(values["pk"])}
    for stored, value in values.items():
        found = _READ.get(stored)
        if found is not None:
            name, kind = found
            known[name] = value if kind is None else kind(value)
    if "authenticated_at" in known and scopes.OPENID in known["scopes"]:
        known.setdefault("openid_issuer", known.get("issuer"))
    return Grant(**known)
