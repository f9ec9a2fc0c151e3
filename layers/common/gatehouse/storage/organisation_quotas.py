"""What an operator allows an organisation instead of the defaults of `domain/accounts/quotas.py`."""

from gatehouse.domain.accounts import quotas
from gatehouse.storage.dynamodb import keys, mappers
from gatehouse.storage.dynamodb.tables import Tables


def find(tables: Tables, organisation: str, name: str) -> int:
    """Return how many there may be in the organisation, read strongly."""
    values = tables.get(tables.directory, keys.organisation(organisation))
    return quotas.most(name, mappers.parse_organisation(values) if values else None)
