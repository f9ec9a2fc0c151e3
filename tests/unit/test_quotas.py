"""The table of quotas is what the documentation says."""

import re

import pytest

from gatehouse.domain import quotas
from tests import factories
from tests.template import ROOT


def test_the_documentation_has_the_table() -> None:
    _, _, page = (ROOT / "docs" / "operations.md").read_text().partition("## Quotas\n")
    rows = re.findall(r"^\| `([a-z-]+)` \| (.*) \| (.*) \| ([0-9,]+) \| (.*) \| (.*) \|$", page, flags=re.MULTILINE)

    assert rows == [
        (one.name, one.what, one.of, f"{one.most:,}", one.answer, "yes" if one.is_overridable else "")
        for one in quotas.TABLE
    ]


def test_an_operator_overrides_what_may_be_overridden() -> None:
    assert quotas.parse("applications=0") == ("applications", 0)
    assert quotas.most("applications", factories.organisation(quotas={"applications": 500})) == 500
    assert quotas.most("applications", factories.organisation()) == quotas.most("applications") == 100


@pytest.mark.parametrize(
    "text", ["apis=5", "applications", "applications=-1", "applications=", "x=1", "applications=1e9"]
)
def test_what_is_no_override_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a quota is NAME=NUMBER"):
        quotas.parse(text)
