"""Organisations' logos in `DirectoryTable`."""

from gatehouse.domain.logos import Logo
from gatehouse.storage import items, keys
from gatehouse.storage.tables import Tables


class Logos:
    """Implements `LogoStore`, and the writing of a logo together with the organisation that names it."""

    def __init__(self, tables: Tables) -> None:
        """Use these tables."""
        self._tables = tables

    def find_logo(self, organisation: str) -> Logo | None:
        """See `LogoStore.find_logo`."""
        values = self._tables.get(self._tables.directory, keys.logo(organisation))
        if values is None:
            return None
        return Logo(media_type=values["media_type"], content=values["content"], version=values["version"])

    def save_logo(self, organisation: str, logo: Logo) -> None:
        """Store the logo, and its version with the organisation; both or nothing."""
        values = {"media_type": logo.media_type, "content": logo.content, "version": logo.version}
        directory = self._tables.directory
        self._tables.transact(
            [
                {"Put": {"TableName": directory, "Item": {**keys.logo(organisation), **items.render(values)}}},
                {
                    "Update": {
                        "TableName": directory,
                        "Key": keys.organisation(organisation),
                        "UpdateExpression": "SET logo_version = :version",
                        "ConditionExpression": "attribute_exists(pk)",
                        "ExpressionAttributeValues": items.render({":version": logo.version}),
                    }
                },
            ]
        )
