"""Which versions of functions a deployment deletes."""

from collections.abc import Iterator
from typing import Any

from local import old_versions


class Versions:
    """Lambda and CloudFormation with one function."""

    def __init__(self) -> None:
        self.deleted: list[str] = []

    def client(self, _service: str) -> "Versions":
        return self

    def get_paginator(self, operation: str) -> Any:
        pages: Iterator[Any] = iter(
            [{"StackResourceSummaries": [{"ResourceType": "AWS::Lambda::Function", "PhysicalResourceId": "token"}]}]
            if operation == "list_stack_resources"
            else [
                {"Versions": [{"Version": "$LATEST"}, {"Version": "9"}]},
                {"Versions": [{"Version": one} for one in ("10", "2", "11", "3")]},
            ]
        )
        return type("Paginator", (), {"paginate": lambda _self, **_named: pages})()

    def list_aliases(self, **_named: str) -> Any:
        weights = {"AdditionalVersionWeights": {"3": 0.1}}
        return {"Aliases": [{"FunctionVersion": "11", "RoutingConfig": weights}, {"FunctionVersion": "10"}]}

    def delete_function(self, **named: str) -> None:
        self.deleted.append(named["Qualifier"])


def test_the_last_two_versions_and_those_in_use_are_kept() -> None:
    account = Versions()

    old_versions.delete(account, "gatehouse")

    assert sorted(account.deleted, key=int) == ["2", "9"]
