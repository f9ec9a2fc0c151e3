"""The audit log's actions: the documentation lists every one that the code writes, and no other."""

import re

from tests.template import ROOT

_NOUNS = (
    "api|application|client|device|factor|keys|member|organisation|password|path|provider|scope|secret|settings"
    "|subscription|token"
)
_ENTRY = re.compile(r'entry\(\s*"([a-z]+)\.[a-z]')
_ACTION = re.compile(rf'"((?:{_NOUNS})\.[a-z][a-z-]+)"')
_SOURCES = [*(ROOT / "layers/common/gatehouse").rglob("*.py"), *(ROOT / "cli").rglob("*.py")]


def test_the_nouns_are_those_of_the_code() -> None:
    used = {noun for source in _SOURCES for noun in _ENTRY.findall(source.read_text())}

    assert used - {*_NOUNS.split("|")} == set()


def test_the_documentation_lists_every_action() -> None:
    written = {action for source in _SOURCES for action in _ACTION.findall(source.read_text())}
    _, _, page = (ROOT / "docs/administration.md").read_text().partition("## The audit log\n")
    table = page.partition("\n## ")[0]

    assert written == set(re.findall(r"`([a-z]+\.[a-z-]+)`", table))
