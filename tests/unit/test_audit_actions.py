"""The audit log's actions: the documentation lists every one that the code writes, and no other."""

import re

from tests.template import ROOT

_NOUNS = (
    "api|application|client|device|factor|keys|member|organisation|password|provider|scope|secret|settings|subscription"
)
_ACTION = re.compile(rf'"((?:{_NOUNS})\.[a-z][a-z-]+)"')


def test_the_documentation_lists_every_action() -> None:
    sources = [*(ROOT / "layers/common/gatehouse").rglob("*.py"), *(ROOT / "cli").rglob("*.py")]
    written = {action for source in sources for action in _ACTION.findall(source.read_text())}
    _, _, page = (ROOT / "docs/administration.md").read_text().partition("## The audit log\n")
    table = page.partition("\n## ")[0]

    assert written == set(re.findall(r"`([a-z]+\.[a-z-]+)`", table))
