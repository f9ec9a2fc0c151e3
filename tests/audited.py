"""What the audit log of Johns Org says."""

from gatehouse.domain.kernel.paging import Window
from gatehouse.storage.audit import DynamoDBAuditLog
from gatehouse.storage.dynamodb.tables import Tables


def lines(tables: Tables, action: str) -> list[tuple[str, str, str]]:
    """Return who did that, to whom, and what the line tells, the newest first."""
    found = DynamoDBAuditLog(tables).find_entries("johnsorg", Window(limit=1000)).items
    return [(one.actor, one.target, one.detail) for one in found if one.action == action]
