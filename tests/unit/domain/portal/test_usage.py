"""The calls of an application: ten stages are read, and no API is measured by a part of its stages."""

from typing import Any

from gatehouse.domain.apis.apis import Subscription
from gatehouse.domain.portal import usage
from tests import factories


class CountingReader:
    """Knows one call a day at each stage."""

    asked = 0

    def find_calls(self, *asked: Any) -> tuple[tuple[int, ...], ...]:
        _, _, deployments, days = asked
        self.asked += len(deployments)
        return ((1,) * len(days),) * len(deployments)


def test_apis_beyond_the_tenth_stage_are_said_not_to_be_measured() -> None:
    apis = tuple(
        factories.api(
            api_id=name,
            name=name,
            deployments=tuple(factories.deployment(api_id=name, stage=f"v{number}") for number in range(stages)),
        )
        for name, stages in (("a", 6), ("b", 5), ("c", 4), ("d", 1))
    )
    subscriptions = tuple(Subscription(api_organisation="johnsorg", api_id=one.api_id, tier="Gold") for one in apis)
    counting = CountingReader()
    reader: Any = counting

    found = usage.find_of_application(
        reader, factories.application(subscriptions=subscriptions), apis, ("2026-11-29", "2026-11-30")
    )

    assert [(one.api_id, one.calls, one.missing) for one in found] == [
        ("a", 12, ""),
        ("b", 0, "beyond"),
        ("c", 8, ""),
        ("d", 0, "beyond"),
    ]
    assert counting.asked == 10
