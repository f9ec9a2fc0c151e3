"""Organisations' logos in `DirectoryTable`."""

from gatehouse.domain.accounts.logos import Logo
from gatehouse.storage.dynamodb import keys
from gatehouse.storage.dynamodb.tables import DynamoDBStore


class DynamoDBLogos(DynamoDBStore):
    """Implements `LogoStore`."""

    def find_logo(self, organisation: str) -> Logo | None:
        """See `LogoStore.find_logo`."""
        values = self._tables.get(self._tables.directory, keys.logo(organisation))
        if values is None:
            return None
        return Logo(media_type=values["media_type"], content=values["content"], version=values["version"])
