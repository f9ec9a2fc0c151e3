"""What an operator allows an organisation instead of the defaults of `domain/accounts/quotas.py`."""

from gatehouse.domain.accounts import quotas
from gatehouse.storage import directory_reads
from gatehouse.storage.dynamodb.tables import Tables


def find(tables: Tables, organisation: str, name: str) -> int:
    """Return how many there may be in the organisation, read strongly."""
    return quotas.most(name, directory_reads.find_organisation(tables, organisation))
