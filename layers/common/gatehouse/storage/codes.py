"""Authorization codes in `GrantsTable`."""

from gatehouse.domain.oauth.codes import Code
from gatehouse.storage.dynamodb import keys, mappers
from gatehouse.storage.dynamodb.tables import DynamoDBStore


class DynamoDBCodes(DynamoDBStore):
    """Implements `CodeStore`."""

    def add_code(self, organisation: str, code: Code) -> None:
        """See `CodeStore.add_code`."""
        item = mappers.item(keys.code(organisation, code.digest), code, resources=code.resources or None)
        self._tables.put(self._tables.grants, item)

    def find_code(self, organisation: str, digest: bytes) -> Code | None:
        """See `CodeStore.find_code`."""
        return self._tables.find(Code, self._tables.grants, keys.code(organisation, digest))
