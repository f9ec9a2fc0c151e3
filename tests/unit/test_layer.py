"""What the layer contains, by its hashed requirements."""

import re

from tests.template import ROOT

REQUIREMENTS = (ROOT / "layers" / "common" / "requirements.txt").read_text(encoding="utf-8")
PACKAGES = set(re.findall(r"^([a-z0-9-]+)==", REQUIREMENTS, flags=re.MULTILINE))


def test_the_layer_contains_msgspec_without_what_makes_its_import_slow() -> None:
    """Msgspec imports `typing_extensions` if it is installed: 28 ms of each cold start (docs/decisions/0263)."""
    assert "msgspec" in PACKAGES
    assert "typing-extensions" not in PACKAGES


def test_every_requirement_is_pinned_with_its_hashes() -> None:
    blocks = re.split(r"^(?=[a-z0-9-]+==)", REQUIREMENTS, flags=re.MULTILINE)[1:]

    assert len(blocks) == len(PACKAGES)
    assert [block for block in blocks if "--hash=sha256:" not in block] == []
