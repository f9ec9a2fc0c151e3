"""What was generated in the store for a key set: one small item in `GrantsTable`."""

from copy import replace
from typing import Any

from gatehouse.domain.kernel import plain_values
from gatehouse.domain.portal.generated_tokens import KEPT_MAX, GeneratedToken
from gatehouse.storage.dynamodb import attribute_values, keys, mappers
from gatehouse.storage.dynamodb.tables import DynamoDBStore, at_revision

_ATTEMPTS = 4
_MEMORY_SECONDS = 90 * 86_400


class DynamoDBGeneratedTokens(DynamoDBStore):
    """Implements `GeneratedTokenStore`."""

    def find_generated(self, organisation: str, client_id: str) -> tuple[GeneratedToken, ...]:
        """See `GeneratedTokenStore.find_generated`; one read, and a batched one for what became of them."""
        values = self._tables.get(self._tables.grants, keys.generated_tokens(organisation, client_id))
        kept = [mappers.read(GeneratedToken, one) for one in values["tokens"]] if values else []
        wanted = [(self._tables.grants, keys.grant(one.grant_id)) for one in kept]
        grants = self._tables.get_many(wanted) if wanted else []
        return tuple(
            replace(one, revoked=bool(grant and grant.get("revoked"))) for one, grant in zip(kept, grants, strict=True)
        )

    def add_generated(self, organisation: str, client_id: str, token: GeneratedToken) -> None:
        """See `GeneratedTokenStore.add_generated`; who loses every race is not remembered, and has the token anyway."""
        key = keys.generated_tokens(organisation, client_id)
        for _ in range(_ATTEMPTS):
            values = self._tables.get(self._tables.grants, key)
            kept: list[Any] = values["tokens"] if values else []
            if any(one["grant_id"] == token.grant_id for one in kept):
                return  # an attempt of ours, whose answer was lost, before somebody else's
            revision: int = values["revision"] if values else 0
            new = {
                "tokens": [plain_values.of(token), *kept][:KEPT_MAX],
                "revision": revision + 1,
                "expires_at": token.issued_at_ms // 1000 + _MEMORY_SECONDS,
            }
            item = {**key, **attribute_values.render(new)}
            if self._tables.put_once(self._tables.grants, item, **at_revision(revision)) is None:
                return
