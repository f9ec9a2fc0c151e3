"""`make mutants`: which modules it changes, what it copies, and how it counts."""

import json
import tomllib
from pathlib import Path

import pytest

from local import mutants
from tests.template import ROOT

DOMAIN = ROOT / "layers" / "common" / "gatehouse" / "domain"


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(mutants, "WORK", tmp_path / "work")
    return tmp_path / "work"


def note(work: Path, module: str, **codes: int | None) -> None:
    """Write what mutmut notes of a module's mutants."""
    file = work / "mutants" / "src" / mutants.DOMAIN / f"{module}.meta"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"exit_code_by_key": codes}), encoding="utf-8")


@pytest.mark.parametrize("pattern", [one for group in mutants.GROUPS.values() for one in group])
def test_every_module_that_is_named_is_there(pattern: str) -> None:
    assert list(DOMAIN.glob(pattern))


def test_the_domain_and_its_tests_are_copied_and_earlier_runs_forgotten(work: Path) -> None:
    note(work, "oauth/gate.py", old=0)

    mutants.prepare()

    assert (work / "src/gatehouse/domain/oauth/gate.py").read_text() == (DOMAIN / "oauth/gate.py").read_text()
    assert (work / mutants.TESTS / "conftest.py").exists()
    assert not (work / "mutants").exists()
    configured = tomllib.loads((work / "pyproject.toml").read_text())["tool"]
    assert configured["mutmut"]["only_mutate"][0] == "src/gatehouse/domain/oauth/tokens.py"
    assert configured["pytest"]["pythonpath"] == [".", "src"]


def fill(work: Path, *, noticed: int) -> None:
    """Note so many of a hundred changes of each group as noticed."""
    for group in mutants.GROUPS.values():
        module = group[0].replace("*", "base")
        note(work, module, **{f"{module}_{number}": int(number < noticed) for number in range(100)}, unrun=None)


@pytest.mark.parametrize(("noticed", "is_enough"), [(85, True), (84, False)])
def test_every_group_has_to_notice_85_per_cent(
    work: Path, capsys: pytest.CaptureFixture[str], noticed: int, *, is_enough: bool
) -> None:
    fill(work, noticed=noticed)

    assert mutants.report() is is_enough

    printed = capsys.readouterr().out
    assert f"gate                 100      {noticed}   {noticed}.0%" in printed
    assert "  oauth/gate.py_99" in printed
    assert "oauth/gate.py_0\n" not in printed


def test_a_group_without_mutants_is_not_enough(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill(work, noticed=100)
    note(work, "kernel/scopes.py")

    assert not mutants.report()
    assert "scopes                 0       0    0.0%" in capsys.readouterr().out


def test_of_a_run_of_some_mutants_the_other_groups_are_left_out(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    note(work, "kernel/scopes.py", some=1)

    assert mutants.report(is_whole=False)
    assert "scopes                 1       1  100.0%" in (printed := capsys.readouterr().out)
    assert "gate" not in printed


@pytest.mark.parametrize("code", [24, 36, 152, 255, -24])
def test_a_change_that_makes_tests_run_for_ever_is_noticed(work: Path, code: int) -> None:
    fill(work, noticed=100)
    note(work, "oauth/gate.py", slow=code)

    assert mutants.report()
