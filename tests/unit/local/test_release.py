"""A release is made of a commit, has one version and allowed licences, and two builds of it have the same bytes."""

import json
import os
import re
import subprocess
import tomllib
import zipfile
from importlib.metadata import requires, version
from pathlib import Path
from typing import Any

import pytest
import yaml

from local import archives, bundled, licences, release
from tests.template import ROOT

NAME = re.compile(r"[\w.-]+")
MARKED = re.compile(r"extra ==|win32|Windows|python_version <|python_full_version <")
REQUIRED = re.compile(r"^([\w.-]+)==[^;\\]+(?:; *([^\\]+))?", re.MULTILINE)


def shipped() -> set[str]:
    """The packages of the layer and of the functions on Linux."""
    texts = [(ROOT / folder / "requirements.txt").read_text(encoding="utf-8") for folder in release.REQUIREMENTS]
    return {name for text in texts for name, marker in REQUIRED.findall(text) if "win32" not in marker}


def needed_by_the_command_line() -> set[str]:
    """The packages that the wheel installs on Linux, those that it needs and what these need."""
    found: set[str] = set()
    wanted = ["gatehouse-cli"]
    while wanted:
        name = wanted.pop()
        if name not in found:
            found.add(name)
            wanted += [NAME.match(one)[0] for one in requires(name) or () if not MARKED.search(one)]  # type: ignore[index]
    return found - {"gatehouse-cli"}


def test_packages_with_allowed_licences_are_shipped_and_no_others() -> None:
    packages = licences.named(shipped() | needed_by_the_command_line())

    assert {"joserfc", "argon2-cffi", "typer", "boto3"} <= {one.name for one in packages}
    assert [f"{one.name}: {one.licence}" for one in packages if not one.is_allowed] == []


@pytest.mark.parametrize(
    ("licence", "is_allowed"),
    [
        pytest.param("MIT", True, id="allowed"),
        pytest.param("Apache-2.0 OR BSD-3-Clause", True, id="a choice of allowed ones"),
        pytest.param("GPL-3.0-only", False, id="another"),
        pytest.param("MIT AND GPL-3.0-only", False, id="one of two"),
        pytest.param("", False, id="unknown"),
    ],
)
def test_a_licence_that_is_not_listed_is_refused(licence: str, is_allowed: bool) -> None:  # noqa: FBT001
    package = licences.Package(name="x", version="1", licence=licence, texts=())

    assert package.is_allowed is is_allowed


def test_the_notice_has_the_text_of_each_licence() -> None:
    page = licences.page(licences.named(["joserfc"]))

    assert f"joserfc {version('joserfc')}, BSD-3-Clause" in page
    assert "Redistribution and use in source and binary forms" in page


def test_an_archive_depends_on_names_and_contents_alone(tmp_path: Path) -> None:
    for name in ("one", "two"):
        folder = tmp_path / name
        (folder / "package").mkdir(parents=True)
        for file in ("b.py", "a.py") if name == "one" else ("a.py", "b.py"):
            (folder / "package" / file).write_text("ANSWER = 42\n", encoding="utf-8")
    os.utime(tmp_path / "two" / "package" / "a.py", (1_000_000_000, 1_000_000_000))
    (tmp_path / "two" / "package" / "b.py").chmod(0o600)

    for name in ("one", "two"):
        archives.pack(tmp_path / name, tmp_path / f"{name}.zip")

    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        assert archive.namelist() == ["package/a.py", "package/b.py"]


def test_builds_that_differ_are_refused_with_the_names_of_the_files() -> None:
    release.check_equal("1  a.zip\n2  b.zip\n", "1  a.zip\n2  b.zip\n")
    with pytest.raises(SystemExit, match=r"two builds differ in b\.zip$"):
        release.check_equal("1  a.zip\n2  b.zip\n", "1  a.zip\n3  b.zip\n")


def test_a_build_with_another_package_than_the_listed_ones_is_refused(tmp_path: Path) -> None:
    (tmp_path / "Layer" / "python" / "argon2_cffi-25.1.0.dist-info").mkdir(parents=True)
    listed = licences.Package(name="argon2-cffi", version="25.1.0", licence="MIT", texts=())

    release.check_listed(tmp_path, [listed])
    with pytest.raises(SystemExit, match=r"differ in argon2-cffi-25-1-0$"):
        release.check_listed(tmp_path, [])
    msgspec = licences.Package(name="msgspec", version="0.23.0", licence="BSD-3-Clause", texts=())
    with pytest.raises(SystemExit, match=r"differ in msgspec-0-23-0$"):
        release.check_listed(tmp_path, [listed, msgspec])


def test_files_of_other_projects_are_in_the_notice_and_in_the_list_of_parts(tmp_path: Path) -> None:
    bill = tmp_path / "bill.json"
    bill.write_text(json.dumps({"components": [], "dependencies": []}), encoding="utf-8")

    bundled.add(bundled.OF_STACK, ROOT, bill)
    notice = licences.page([one.package(ROOT) for one in bundled.OF_STACK])

    listed = json.loads(bill.read_text(encoding="utf-8"))["components"]
    assert [one["licenses"][0]["license"]["id"] for one in listed] == ["BSD-3-Clause", "0BSD"]
    assert f'version:"{bundled.HTMX.version}"' in (ROOT / bundled.HTMX.path).read_text(encoding="utf-8")
    assert "htmx.org 2.0.11, 0BSD" in notice
    assert "Copyright (c) Django Software Foundation" in notice
    assert {one.licence for one in bundled.OF_STACK} <= licences.ALLOWED


def test_every_file_with_a_licence_of_its_own_is_listed() -> None:
    kept = {
        str(path.relative_to(ROOT)) for name in ("layers", "functions") for path in (ROOT / name).rglob("*LICENSE*")
    }

    assert kept == {one.text for one in bundled.OF_STACK}


def test_a_work_tree_with_changes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(release, "_run", lambda *_: " M README.md\n")
    monkeypatch.setattr("sys.argv", ["release"])

    with pytest.raises(SystemExit, match=r"commit or remove these first"):
        release.main()


def test_the_version_has_one_place_and_its_notes() -> None:
    member = tomllib.loads((ROOT / "cli" / "pyproject.toml").read_text(encoding="utf-8"))
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")

    assert member["project"]["dynamic"] == ["version"]
    assert re.search(rf"^## \[{re.escape(release.version())}\] - \d{{4}}-\d\d-\d\d$", changes, re.MULTILINE)
    assert (ROOT / "docs" / "releases" / f"{release.version()}.md").exists()


def test_the_notes_have_no_links_into_the_repository() -> None:
    text = "See [deploy](../how-to/deploy.md#x) and [uv](https://docs.astral.sh)."

    assert release.notes(text) == "See deploy and [uv](https://docs.astral.sh)."


def test_the_wheel_has_both_packages_and_what_they_need() -> None:
    member = tomllib.loads((ROOT / "cli" / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    project = tomllib.loads(release.wheel_project(member, ["boto3", "joserfc"]))

    assert project["project"]["version"] == release.version()
    assert project["project"]["dependencies"] == ["boto3", "joserfc"]
    assert project["project"]["scripts"] == {"gatehouse": "gatehouse_cli.app:main"}
    assert project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"] == ["gatehouse_cli", "gatehouse"]


def test_actions_of_workflows_are_pinned_by_digest() -> None:
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / ".github" / "workflows").glob("*.yml")]
    used = [line for text in texts for line in re.findall(r"uses: (.+)", text)]

    assert used
    assert [one for one in used if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one)] == []


def test_the_example_of_a_workflow_has_the_pins_of_the_workflows() -> None:
    def pins(text: str) -> dict[str, str]:
        return dict(re.findall(r"uses: ([\w./-]+)@(\S+ # \S+)", text))

    folder = ROOT / ".github" / "workflows"
    ours = pins("".join(path.read_text(encoding="utf-8") for path in folder.glob("*.yml")))
    example = pins((ROOT / "examples" / "github-publisher" / "publish.yml").read_text(encoding="utf-8"))

    assert ours.keys() & example.keys()
    assert {name: example[name] for name in ours.keys() & example.keys()}.items() <= ours.items()


def test_dependencies_are_updated_in_every_folder_that_has_some() -> None:
    updates = yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text(encoding="utf-8"))["updates"]
    watched = {
        kind: {folder for one in updates if one["package-ecosystem"] == kind for folder in folders(one)}
        for kind in ("npm", "pip", "terraform")
    }
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout  # noqa: S607
    found = {
        kind: {f"/{Path(name).parent}" for name in tracked.splitlines() if re.search(pattern, name)}
        for kind, pattern in (("npm", r"/package\.json$"), ("pip", r"/tools/[\w-]+\.in$"), ("terraform", r"\.tf$"))
    }

    assert watched == found


def folders(update: dict[str, Any]) -> list[str]:
    return update.get("directories") or [update["directory"]]


def test_every_target_that_a_workflow_runs_is_one_of_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    text = json.dumps([yaml.safe_load(path.read_text()) for path in (ROOT / ".github" / "workflows").glob("*.yml")])
    named = set(re.findall(r"\bmake ([a-z0-9-]+)", text)) | {"e2e-more", "hostile"}

    assert {"check", "test", "release"} <= named
    assert [one for one in sorted(named) if not re.search(rf"^{one}:", makefile, re.MULTILINE)] == []
    assert '"e2e-more", "hostile"' in text
