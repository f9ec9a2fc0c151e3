"""What makes `make up` do something again."""

from pathlib import Path

from local import fingerprints


def test_content_and_names_count_dates_and_caches_do_not(tmp_path: Path) -> None:
    source = tmp_path / "app.py"
    source.write_text("1")
    before = fingerprints.of([tmp_path], {"Architecture": "arm64"})

    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "app.pyc").write_text("2")
    source.touch()
    same = fingerprints.of([tmp_path], {"Architecture": "arm64"})
    source.rename(tmp_path / "other.py")

    assert same == before
    assert fingerprints.of([tmp_path], {"Architecture": "arm64"}) != before


def test_parameters_count(tmp_path: Path) -> None:
    assert fingerprints.of([tmp_path], {"a": 1}) != fingerprints.of([tmp_path], {"a": 2})
