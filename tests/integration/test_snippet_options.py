"""Options of SAM CLI, curl and others in the documents are options of the versions that are pinned or installed."""

import os
import re
import shlex
import subprocess
from functools import cache
from pathlib import Path

import pytest

from local import toolchain
from tests import snippets

SUBCOMMAND = re.compile(r"[a-z][a-z-]+")


@cache
def described(*command: str | Path) -> str:
    """Return the help of a program."""
    environment = {**os.environ, "SAM_CLI_TELEMETRY": "0", "COLUMNS": "200"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr
    return done.stdout


def calls(program: str) -> list[tuple[str, list[str]]]:
    """Each call of a program in the blocks and in the sentences of the pages, with its words."""
    found: list[tuple[str, list[str]]] = []
    for page in snippets.PAGES:
        text = page.read_text(encoding="utf-8")
        for block in re.findall(r"^```sh.*?\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
            for line in block.replace("\\\n", " ").splitlines():
                for one in re.findall(rf"(?:^|\$\(|[|&;({{] *){program} ([^|;#>]*)", line):
                    words = one.partition(")")[0].replace("'", " ").replace('"', " ")
                    found.append((page.name, shlex.split(words)))
        found += [(page.name, shlex.split(one)) for one in re.findall(rf"`{program} ([^`]+)`", text)]
    return found


@pytest.mark.more
def test_options_of_sam_are_options_of_the_pinned_version() -> None:
    sam, seen = toolchain.ensure("sam") / "sam", 0

    for page, words in calls("sam"):
        command = [*(word for word in words[:1]), *(word for word in words[1:2] if words[0] in {"list", "local"})]
        assert all(SUBCOMMAND.fullmatch(word) for word in command), f"{page}: sam {words}"
        help_text = described(sam, *command, "--help")
        for option in (word.partition("=")[0] for word in words if word.startswith("--")):
            assert re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])", help_text), f"{page}: sam {words}: {option}"
            seen += 1

    assert seen > 10


def test_options_of_curl_are_options_of_curl() -> None:
    known, seen = described("curl", "--help", "all"), 0

    for page, words in calls("curl"):
        for word in words:
            letters = [f"-{letter}" for letter in word[1:]] if re.fullmatch(r"-[A-Za-z]+", word) else []
            for option in [word] if word.startswith("--") else letters:
                assert re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])", known), f"{page}: curl {words}: {option}"
                seen += 1

    assert seen > 20
