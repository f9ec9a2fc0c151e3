"""The pages of docs/tutorials: their blocks, and their commands at the stack under test."""

import os
import re
import subprocess
from pathlib import Path

from tests.deployed import ROOT, Deployed

TUTORIALS = ROOT / "docs" / "tutorials"
BASE = "https://localhost:8243"
EMULATOR = "http://127.0.0.1:4566"
AUTHORITY = ".local/state/tls/authority.pem"
SHELL = 'eval "$(make env)"'
"""What it prints is tested by `tests/unit/local/test_first_minute.py`; the stack under test is elsewhere."""


def blocks(page: str) -> list[tuple[str, str]]:
    """Return the blocks of a page: their language and their text."""
    return re.findall(r"^```(\w+)\n(.*?)^```", page, re.MULTILINE | re.DOTALL)


def here(text: str, deployed: Deployed) -> str:
    """Put the addresses of the stack under test in the place of the default ones."""
    keys = {f"AWS_{name}": "local" for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY")}
    shell = {
        **keys,
        "AWS_ENDPOINT_URL": deployed.stack["aws_endpoint_url"],
        "AWS_DEFAULT_REGION": deployed.stack["region"],
        "PYTHONPATH": str(ROOT / "layers" / "common"),
    }
    replaced = {
        SHELL: "export " + " ".join(f"{name}={value}" for name, value in shell.items()),
        BASE: deployed.stack["base_url"],
        EMULATOR: deployed.stack["aws_endpoint_url"],
        AUTHORITY: str(deployed.directory / "state" / "tls" / "authority.pem"),
    }
    for default, ours in replaced.items():
        text = text.replace(default, ours)
    return text


def printed(page: str) -> list[str]:
    """Return the lines that a page says are printed."""
    return [line for language, text in blocks(page) if language == "text" for line in text.splitlines()]


def run(script: str, deployed: Deployed, folder: Path, **environment: str) -> str:
    """Run commands of a page, with the addresses of the stack under test; return what they print."""
    done = subprocess.run(  # noqa: S603 - the page's own words
        ["/bin/bash", "-c", here(script, deployed)],
        cwd=folder,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
