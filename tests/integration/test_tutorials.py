"""docs/tutorials: each command runs in the order of its page, and prints what the page says."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.deployed import ROOT, Deployed

TUTORIALS = ROOT / "docs" / "tutorials"
STARTED = ("make up",)
"""What has been done: the stack under test is up."""


def blocks(page: str) -> list[tuple[str, str]]:
    """Return the blocks of a page: their language and their text."""
    return re.findall(r"^```(\w+)\n(.*?)^```", page, re.MULTILINE | re.DOTALL)


def test_the_first_token_tutorial_prints_what_it_says(deployed: Deployed, tmp_path: Path) -> None:
    page = (TUTORIALS / "first-token.md").read_text(encoding="utf-8")
    commands = [text for language, text in blocks(page) if language == "sh" and text.strip() not in STARTED]
    script = "set -eu\n" + "".join(commands)
    assert "https://localhost:8243" in script

    done = subprocess.run(  # noqa: S603 - the page's own words
        ["/bin/bash", "-c", script.replace("https://localhost:8243", deployed.stack["base_url"])],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    said = [line for line in done.stdout.replace("}", "}\n").splitlines() if line]
    assert [line for line in said if not line.startswith('{"scope"')] == [
        line for language, text in blocks(page) if language == "text" for line in text.splitlines()
    ]


@pytest.mark.parametrize("page", sorted(TUTORIALS.glob("*.md")), ids=lambda page: page.stem)
def test_every_tutorial_is_run_here(page: Path) -> None:
    assert page.name in Path(__file__).read_text(encoding="utf-8")
