"""Authorization codes in `GrantsTable`."""

from gatehouse.domain.kernel import plain_values
from gatehouse.domain.oauth.codes import Code
from gatehouse.storage.dynamodb import attribute_values, keys
from gatehouse.storage.dynamodb.tables import DynamoDBStore


class DynamoDBCodes(DynamoDBStore):
    """Implements `CodeStore`."""

    def add_code(self, organisation: str, code: Code) -> None:
        """See `CodeStore.add_code`."""
        values = plain_values.of(code) | {"resources": code.resources or None}
        self._tables.put(
            self._tables.grants, {**keys.code(organisation, code.digest), **attribute_values.render(values)}
        )

    def find_code(self, organisation: str, digest: bytes) -> Code | None:
        """See `CodeStore.find_code`."""
        return self._tables.find(Code, self._tables.grants, keys.code(organisation, digest))
