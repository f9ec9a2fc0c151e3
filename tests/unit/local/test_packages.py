"""Packages leave the build compiled, and without what never runs."""

from importlib.util import cache_from_source
from pathlib import Path

import pytest

from local import packages

_UNCHECKED_HASH = (1).to_bytes(4, "little")


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """A build folder with one function and a layer."""
    for name in ("Token/app.py", "CommonLayer/python/pycparser/lexer.py", "CommonLayer/python/kept/tests/test_it.py"):
        file = tmp_path / name
        file.parent.mkdir(parents=True)
        file.write_text("ANSWER = 42\n")
    (tmp_path / "CommonLayer/python/kept/stub.pyi").write_text("ANSWER: int\n")
    (tmp_path / "CommonLayer/python/kept/__init__.py").write_text("ANSWER = 42\n")
    (tmp_path / "template.yaml").write_text("Resources: {}\n")
    return tmp_path


def test_bytecode_is_valid_whatever_date_the_package_gives_the_source(build: Path) -> None:
    packages.finish(build)

    for source in (build / "Token/app.py", build / "CommonLayer/python/kept/__init__.py"):
        assert Path(cache_from_source(str(source))).read_bytes()[4:8] == _UNCHECKED_HASH


def test_a_second_build_replaces_the_bytecode(build: Path) -> None:
    packages.finish(build)
    (build / "Token/app.py").write_text("ANSWER = 43\n")

    packages.finish(build)

    assert (43).to_bytes(1, "little") in Path(cache_from_source(str(build / "Token/app.py"))).read_bytes()


def test_what_never_runs_is_left_out(build: Path) -> None:
    packages.finish(build)

    layer = build / "CommonLayer" / "python"
    assert sorted(path.name for path in layer.rglob("*") if path.suffix != ".pyc") == [
        "__init__.py",
        "__pycache__",
        "kept",
    ]
