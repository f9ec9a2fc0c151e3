"""`make release`: build what a release publishes from the last commit, into `.release/<version>`.

That is the packaged stack for each architecture, the wheel of the command line, the parts of both (CycloneDX), the
licences of what is shipped, the release notes, and SHA-256 sums. `ARGS=--twice` builds twice and compares the sums.
"""

import argparse
import os
import re
import shutil
import subprocess
import tempfile
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from local import archives, build, bundled, licences, toolchain
from local.layout import ROOT

ARCHITECTURES = ("arm64", "x86_64")
REQUIREMENTS = (
    "layers/common",
    *(str(one.parent.relative_to(ROOT)) for one in sorted((ROOT / "functions").glob("*/requirements.txt"))),
)
"""Folders whose requirements are packaged."""

_NOT_SHIPPED = ("pycparser",)  # local/packages.py takes it out
_SUMS = "SHA256SUMS"
_INNER_LINK = re.compile(r"\[([^\]]+)\]\((?![a-z]+:)[^)]*\)")
_EPOCH = "315532800"  # 1980-01-01, the earliest date that a wheel can hold


def main() -> None:
    """Build the release, and compare a second build where that is asked for.

    Raises:
        SystemExit: The work tree is not the last commit, a licence is not allowed, or the builds differ.
    """
    parser = argparse.ArgumentParser(prog="make release", description=__doc__)
    parser.add_argument("--twice", action="store_true", help="build twice, and fail where a byte differs")
    given = parser.parse_args()
    if changed := _run("git", "status", "--porcelain").strip():
        raise SystemExit(f"make release: commit or remove these first, a release is made of a commit:\n{changed}")
    folder = ROOT / ".release" / version()
    written = make(folder)
    if given.twice:
        with tempfile.TemporaryDirectory() as second:
            check_equal(written, make(Path(second) / "release"))
        print("Both builds have the same sums.")
    print(f"{written}{folder.relative_to(ROOT)} is complete.")


def version() -> str:
    """Return the version, whose one place is pyproject.toml."""
    return str(_toml(ROOT / "pyproject.toml")["project"]["version"])


def check_equal(first: str, second: str) -> None:
    """Compare the sums of two builds.

    Raises:
        SystemExit: They differ.
    """
    if differing := sorted({line.split()[1] for line in {*first.splitlines()} ^ {*second.splitlines()}}):
        raise SystemExit(f"make release: two builds differ in {', '.join(differing)}")


def make(folder: Path) -> str:
    """Build every file of the release into an empty folder; return the sums."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as scratch:
        sources = Path(scratch) / "sources"
        sources.mkdir()
        archive = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, check=True, capture_output=True).stdout
        subprocess.run(["tar", "x"], cwd=sources, input=archive, check=True)
        command_line(sources, folder)
        packages = parts(sources, folder, Path(scratch))
        for architecture in ARCHITECTURES:
            stack(sources, architecture, packages, folder)
        text = (sources / "docs" / "releases" / f"{version()}.md").read_text(encoding="utf-8")
        (folder / "RELEASE-NOTES.md").write_text(notes(text), encoding="utf-8")
    (folder / _SUMS).write_text(archives.sums(folder), encoding="utf-8")
    return (folder / _SUMS).read_text(encoding="utf-8")


def notes(text: str) -> str:
    """Return the notes of a release without links into the repository, which lead nowhere beside it."""
    return _INNER_LINK.sub(r"\1", text)


def stack(sources: Path, architecture: str, listed: Sequence[licences.Package], folder: Path) -> None:
    """Package the stack for an architecture; `sam deploy` takes the unpacked archive.

    Raises:
        SystemExit: The package holds others than the listed packages.
    """
    tools = toolchain.ensure("sam")
    environment = dict(os.environ) | {"SAM_CLI_TELEMETRY": "0", "PATH": f"{tools}:{os.environ['PATH']}"}
    build.package(sources, tools, environment, architecture)
    built = sources / ".aws-sam" / "build"
    check_listed(built, listed)
    for name in ("LICENSE", "samconfig.toml"):
        shutil.copy(sources / name, built)
    (built / "THIRD-PARTY-LICENCES.txt").write_text(
        licences.page([*listed, *(one.package(sources) for one in bundled.OF_STACK)]), encoding="utf-8"
    )
    archives.pack(built, folder / f"gatehouse-{version()}-{architecture}.zip")


def check_listed(built: Path, listed: Sequence[licences.Package]) -> None:
    """Compare the packages in a build with those of the notice and of the list of parts.

    Raises:
        SystemExit: They differ.
    """
    found = {_spelt(path.name.removesuffix(".dist-info")) for path in built.glob("**/*.dist-info")}
    if differing := sorted(found ^ {_spelt(f"{one.name}-{one.version}") for one in listed}):
        raise SystemExit(f"make release: the package and the list of its parts differ in {', '.join(differing)}")


def _spelt(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def command_line(sources: Path, folder: Path) -> None:
    """Build the wheel of the command line, with the package that it shares with the functions."""
    source = sources / ".wheel"
    source.mkdir()
    shutil.copytree(sources / "cli" / "gatehouse_cli", source / "gatehouse_cli")
    shutil.copytree(sources / "layers" / "common" / "gatehouse", source / "gatehouse")
    shutil.copy(sources / "LICENSE", source)
    project = _toml(sources / "cli" / "pyproject.toml")["project"]
    needed = sorted({*project["dependencies"], *_toml(sources / "pyproject.toml")["project"]["dependencies"]})
    (source / "pyproject.toml").write_text(wheel_project(project, needed), encoding="utf-8")
    environment = dict(os.environ) | {"SOURCE_DATE_EPOCH": _EPOCH}
    command = (toolchain.ensure("release") / "hatchling", "build", "-t", "wheel", "-d", folder)
    subprocess.run(command, cwd=source, env=environment, check=True, capture_output=True)


def wheel_project(project: dict[str, Any], needed: Sequence[str]) -> str:
    """Write the pyproject.toml of the wheel: that of the workspace's member, with all that is inside."""
    return f"""[project]
name = "{project["name"]}"
version = "{version()}"
description = "{project["description"]}"
license = "{project["license"]}"
license-files = ["LICENSE"]
requires-python = "{project["requires-python"]}"
dependencies = {list(needed)}

[project.scripts]
gatehouse = "{project["scripts"]["gatehouse"]}"

[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[tool.hatch.build.targets.wheel]
packages = ["gatehouse_cli", "gatehouse"]
"""


def parts(sources: Path, folder: Path, scratch: Path) -> list[licences.Package]:
    """Write the list of parts of the stack and of the command line; return what the stack is shipped with.

    Raises:
        SystemExit: A package has a licence that is not allowed.
    """
    exported = scratch / "cli.txt"
    uv = os.environ["UV"]
    _run(uv, "export", "-q", "--frozen", "--no-dev", "--group", "cli", "--no-emit-workspace", "-o", str(exported))
    of_stack = _environment(scratch / "stack", [sources / one / "requirements.txt" for one in REQUIREMENTS])
    of_cli = _environment(scratch / "cli", [exported])
    found: dict[str, list[licences.Package]] = {}
    for name, environment, files in (
        ("gatehouse", of_stack, bundled.OF_STACK),
        ("gatehouse-cli", of_cli, bundled.OF_COMMAND_LINE),
    ):
        (site,) = environment.glob("lib/python*/site-packages")
        found[name] = licences.installed(site)
        if refused := [f"{one.name} ({one.licence or 'unknown'})" for one in found[name] if not one.is_allowed]:
            raise SystemExit(f"make release: licences that are not allowed: {', '.join(refused)}")
        bill = folder / f"{name}-{version()}.cdx.json"
        _bill(environment, sources / "pyproject.toml", bill)
        bundled.add(files, sources, bill)
    return found["gatehouse"]


def _environment(folder: Path, requirements: Sequence[Path]) -> Path:
    """Install exactly what is shipped into an environment of its own."""
    uv = os.environ["UV"]
    _run(uv, "venv", "-q", str(folder))
    named = [word for file in requirements for word in ("-r", str(file))]
    _run(uv, "pip", "install", "-q", "--no-config", "--no-deps", "--require-hashes", "--python", str(folder), *named)
    _run(uv, "pip", "uninstall", "-q", "--python", str(folder), *_NOT_SHIPPED)
    return folder


def _bill(environment: Path, project: Path, file: Path) -> None:
    """Write the list of parts of an environment, without what differs from build to build."""
    tool = str(toolchain.ensure("release") / "cyclonedx-py")
    options = ("--pyproject", str(project), "--mc-type", "application", "--output-reproducible", "--sv", "1.6")
    _run(tool, "environment", *options, "--of", "JSON", "-o", str(file), str(environment))


def _toml(file: Path) -> dict[str, Any]:
    return tomllib.loads(file.read_text(encoding="utf-8"))


def _run(*command: str) -> str:
    """Run a program in the repository; return what it prints.

    Raises:
        SystemExit: It fails; what it says is printed.
    """
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout


if __name__ == "__main__":
    main()
