"""How many mails each address got in this window, in `GrantsTable`."""

from gatehouse.domain.accounts.jobs import MAILS_WINDOW_SECONDS
from gatehouse.storage.dynamodb import keys
from gatehouse.storage.dynamodb.tables import DynamoDBStore


class DynamoDBMailCounter(DynamoDBStore):
    """Implements `MailCounter`."""

    def find_mails(self, organisation: str, address: str, now: int) -> int:
        """See `MailCounter.find_mails`."""
        values = self._tables.get(self._tables.grants, keys.mails(organisation, address, now // MAILS_WINDOW_SECONDS))
        return values["count"] if values else 0

    def count_mail(self, organisation: str, address: str, now: int) -> int:
        """See `MailCounter.count_mail`."""
        window = now // MAILS_WINDOW_SECONDS
        key, expires_at = keys.mails(organisation, address, window), (window + 1) * MAILS_WINDOW_SECONDS
        return self._tables.count_once(self._tables.grants, key, expires_at)
