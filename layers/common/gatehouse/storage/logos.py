"""Organisations' logos in `DirectoryTable`."""

from gatehouse.domain.accounts.logos import Logo
from gatehouse.storage.dynamodb import keys
from gatehouse.storage.dynamodb.tables import DynamoDBStore


class DynamoDBLogos(DynamoDBStore):
    """Implements `LogoStore`."""

    def find_logo(self, organisation: str) -> Logo | None:
        """See `LogoStore.find_logo`."""
        return self._tables.find(Logo, self._tables.directory, keys.logo(organisation))
