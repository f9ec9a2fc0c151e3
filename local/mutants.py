"""`make mutants`: change the rules of the domain in small ways, one by one, and count the changes that a test notices.

It runs `tests/unit/domain` alone, on copies in `.local/mutants`, anew each time. It fails where a group of modules
scores less than `TARGET` per cent. What survives is listed by name: `make mutants ARGS="--show NAME"` shows the change.
Arguments that are names of mutants, with `*` for any characters, run those only.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence

from local.layout import ROOT

TARGET = 85
WORK = ROOT / ".local" / "mutants"
DOMAIN = "gatehouse/domain"
GROUPS = {
    "tokens": ("oauth/tokens.py", "oauth/access_tokens.py"),
    "grants": ("oauth/grants/*.py",),
    "gate": ("oauth/gate.py",),
    "entitlements": ("oauth/entitlements.py",),
    "scopes": ("kernel/scopes.py",),
    "authorization": ("oauth/authorization.py",),
    "lock-out": ("accounts/lockout.py",),
    "generations": ("kernel/generations.py",),
}
"""The modules that are changed, by the names under which their scores are reported."""

TESTS = "tests/unit/domain"
PROCESSES = 2
_NOTICED = {1, 3, 24, 36, 152, 255, -9, -24}
"""What mutmut notes of a mutant whose tests failed, or took too long."""


def prepare() -> None:
    """Copy what the tests need to a new folder: mutmut would not ask new tests about mutants that it knows."""
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    for source, name in (("layers/common/gatehouse", "src/gatehouse"), ("tests", "tests")):
        ignored = shutil.ignore_patterns("__pycache__", "node_modules", "e2e", "integration", "faults", "clients")
        shutil.copytree(ROOT / source, WORK / name, ignore=ignored)
    shutil.copy(ROOT / "template.yaml", WORK)
    (WORK / "pyproject.toml").write_text(_configuration(), encoding="utf-8")


def _configuration() -> str:
    """Render a pyproject.toml: pytest as it is configured here, and mutmut."""
    pytest: dict[str, list[str]] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
        "pytest"
    ]
    lines = [
        "[tool.pytest]",
        f"addopts = {json.dumps([*pytest['addopts'], '-p', 'no:xdist'])}",
        'pythonpath = [".", "src"]',
        f"markers = {json.dumps(pytest['markers'])}",
        "[tool.mutmut]",
        'source_paths = ["src"]',
        f"only_mutate = {json.dumps([f'src/{DOMAIN}/{one}' for group in GROUPS.values() for one in group])}",
        f"pytest_add_cli_args_test_selection = {json.dumps([TESTS])}",
        'also_copy = ["template.yaml"]',
    ]
    return "\n".join(lines) + "\n"


def _mutmut(*arguments: str) -> int:
    """Run it; what it writes while it works is for a terminal, elsewhere it goes to a file."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = (sys.executable, "-m", "mutmut", *arguments)
    if sys.stdout.isatty() or arguments[0] != "run":
        return subprocess.run(command, cwd=WORK, env=environment, check=False).returncode
    with (WORK / "run.log").open("w", encoding="utf-8") as log:
        return subprocess.run(command, cwd=WORK, env=environment, stdout=log, stderr=log, check=False).returncode


def outcomes(group: str) -> Iterator[tuple[str, int]]:
    """Return the mutants of a group that were run, with what mutmut noted."""
    for pattern in GROUPS[group]:
        for path in sorted((WORK / "mutants" / "src" / DOMAIN).glob(f"{pattern}.meta")):
            codes: dict[str, int | None] = json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"]
            yield from ((name, code) for name, code in sorted(codes.items()) if code is not None)


def report(*, is_whole: bool = True) -> bool:
    """Print the score of each group and the names of what survived; return whether every score is high enough.

    A group without mutants scores nothing; it is left out where only some were asked for.
    """
    is_enough = True
    survivors: list[str] = []
    print(f"{'group':<16}{'mutants':>8}{'noticed':>8}{'score':>8}")
    for group in GROUPS:
        found = list(outcomes(group))
        if not (found or is_whole):
            continue
        counted = Counter(code in _NOTICED for _, code in found)
        score = 100 * counted[True] / len(found) if found else 0
        print(f"{group:<16}{len(found):>8}{counted[True]:>8}{score:>7.1f}%")
        survivors += [name for name, code in found if code not in _NOTICED]
        is_enough = is_enough and score >= TARGET
    print("\nNot noticed:", *survivors, sep="\n  ")
    return is_enough


def main() -> None:
    """Run mutmut and report.

    Raises:
        SystemExit: A group scores less than the target, or mutmut could not run.
    """
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("--show", metavar="NAME", help="show the change of a mutant of the last run")
    parser.add_argument("names", nargs="*", help="run these mutants only")
    given = parser.parse_args()
    if given.show:
        sys.exit(_mutmut("show", given.show))
    prepare()
    names: Sequence[str] = given.names
    if _mutmut("run", "--max-children", str(PROCESSES), *names):
        raise SystemExit("make mutants: mutmut did not run to its end (.local/mutants/run.log)")
    if not report(is_whole=not names):
        raise SystemExit(f"make mutants: a score is below {TARGET} %")


if __name__ == "__main__":
    main()
