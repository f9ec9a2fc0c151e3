"""AWS's domain names are those that its SDK knows."""

from typing import Any

import pytest
from botocore.loaders import Loader

from gatehouse.domain.kernel import regions

PARTITIONS: list[dict[str, Any]] = Loader().load_data("endpoints")["partitions"]
SUFFIXES = [(region, one["dnsSuffix"]) for one in PARTITIONS for region in one["regions"]]


@pytest.mark.parametrize(("region", "suffix"), SUFFIXES)
def test_a_region_has_the_suffix_of_its_partition(region: str, suffix: str) -> None:
    assert regions.url_suffix(region) == suffix


def test_a_region_to_come_has_the_suffix_of_its_like() -> None:
    assert regions.url_suffix("cn-south-9") == "amazonaws.com.cn"
    assert regions.url_suffix("eu-west-9") == "amazonaws.com"
