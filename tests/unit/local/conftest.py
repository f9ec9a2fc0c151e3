"""A folder in which `make deploy` finds a configuration of SAM."""

from pathlib import Path

import pytest


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "samconfig.toml").write_text(
        '[default.deploy.parameters]\nstack_name = "mine"\nprofile = "work"\n'
        'parameter_overrides = "Architecture=\\"x86_64\\" MoreTiers=\\"\\""\n'
        '[other.global.parameters]\nstack_name = "others"\nregion = "us-west-2"\n',
        encoding="utf-8",
    )
    return tmp_path
