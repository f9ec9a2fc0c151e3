"""The page of the events in the audit log, by name, from the table that the guide of administrators has."""

import re

from local.layout import ROOT
from local.reference import text

_ACTION = re.compile(r"`([a-z]+\.[a-z-]+)`")


def page() -> str:
    """List each event and its cause. `tests/unit/test_audit_actions.py` compares the guide with the code."""
    guide = (ROOT / "docs" / "administration.md").read_text(encoding="utf-8")
    section = guide.partition("## The audit log\n")[2].partition("\n## ")[0]
    lines = [line.strip("| ").split(" | ", 1) for line in section.splitlines() if _ACTION.match(line.strip("| "))]
    rows = [(f"`{action}`", told) for actions, told in lines for action in _ACTION.findall(actions)]
    return text.page(
        "# Events in the audit log",
        "Read them at `/store/admin/audit`, or by `GET /api/am/admin/v4/audit` "
        "([the audit log](../administration.md#the-audit-log)). Events of one kind share their description.",
        text.table(("event", "written when"), sorted(rows)),
    )
