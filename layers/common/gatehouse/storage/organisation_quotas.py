"""What an operator allows an organisation instead of the defaults of `domain/quotas.py`."""

from gatehouse.domain import quotas
from gatehouse.storage import keys, records
from gatehouse.storage.tables import Tables


def find(tables: Tables, organisation: str, name: str) -> int:
    """Return how many there may be in the organisation, read strongly."""
    values = tables.get(tables.directory, keys.organisation(organisation))
    return quotas.most(name, records.parse_organisation(values) if values else None)
