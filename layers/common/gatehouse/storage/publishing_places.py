"""Documents that are being read: one item for each organisation in `GrantsTable`, with an attribute for each place."""

import msgspec

from gatehouse.domain.apis.publishing_shares import Place, Places
from gatehouse.storage import organisation_quotas
from gatehouse.storage.aws.transport import ConditionFailedError
from gatehouse.storage.dynamodb import keys, mappers
from gatehouse.storage.dynamodb.tables import ABSENT, DynamoDBStore, when

_PREFIX = "place_"
"""How the attributes of places begin; the place's id follows."""


class DynamoDBPublishingPlaces(DynamoDBStore):
    """Implements `PublishingPlaceStore`."""

    def find_quota(self, organisation: str, name: str) -> int:
        """See `QuotaStore.find_quota`."""
        return organisation_quotas.find(self._tables, organisation, name)

    def find_places(self, organisation: str) -> Places:
        """See `PublishingPlaceStore.find_places`."""
        values = self._tables.get(self._tables.grants, keys.publishing_places(organisation)) or {}
        taken = [mappers.read(Place, value) for name, value in values.items() if name.startswith(_PREFIX)]
        return Places(revision=values.get("revision", 0), taken=tuple(taken))

    def add_place(self, organisation: str, seen: Places, place: Place, now_ms: int) -> bool:
        """See `PublishingPlaceStore.add_place`; one that is sent twice finds itself."""
        name = f"{_PREFIX}{place.place_id}"
        ended = [f"{_PREFIX}{one.place_id}" for one in seen.taken if one.ends_at_ms <= now_ms]
        names = {"#place": name} | {f"#ended{index}": one for index, one in enumerate(ended)}
        removed = f" REMOVE {', '.join(f'#ended{index}' for index in range(len(ended)))}" if ended else ""
        try:
            self._tables.update(
                self._tables.grants,
                keys.publishing_places(organisation),
                UpdateExpression=f"SET #place = :place, revision = :next, expires_at = :end{removed}",
                **when(
                    "revision = :seen" if seen.revision else ABSENT,
                    names,
                    place=msgspec.to_builtins(place),
                    next=seen.revision + 1,
                    end=place.ends_at_ms // 1000 + 1,
                    seen=seen.revision or None,
                ),
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ConditionFailedError as error:
            return name in error.item
        return True

    def delete_place(self, organisation: str, place_id: str) -> None:
        """See `PublishingPlaceStore.delete_place`."""
        self._tables.try_update(
            self._tables.grants,
            keys.publishing_places(organisation),
            UpdateExpression="REMOVE #place",
            **when("attribute_exists(#place)", {"#place": f"{_PREFIX}{place_id}"}),
        )
