"""A record of a stream that cannot be read comes back alone: what was done before it is not repeated."""

import importlib
import sys
from collections.abc import Callable, Iterator
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from gatehouse.domain.accounts.jobs import Job
from gatehouse.domain.apis.apis import Deployment
from gatehouse.storage.dynamodb import keys, mappers
from tests import factories
from tests.template import ROOT
from tests.unit.functions.variables import ENVIRONMENT

type Load = Callable[[str], ModuleType]


class Sender:
    """Remembers the jobs that it ran."""

    def __init__(self) -> None:
        self.run_jobs = list[str]()

    def run(self, job: Job, now_ms: int) -> None:
        assert now_ms
        self.run_jobs.append(job.job_id)


class Followed:
    """Remembers the stages that it followed."""

    def __init__(self) -> None:
        self.stages = list[str]()

    def settle_stage(self, stage: Deployment) -> None:
        self.stages.append(stage.stage)


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Iterator[Load]:
    """Import a function's entry point with its folder on the path, as Lambda does."""
    for name, value in (ENVIRONMENT | {"AWS_ACCOUNT_ID": "123456789012", "STACK_NAME": "gatehouse"}).items():
        monkeypatch.setenv(name, value)

    def load(function: str) -> ModuleType:
        monkeypatch.setattr(sys, "path", [str(ROOT / "functions" / function), *sys.path])
        return importlib.import_module(f"functions.{function}.app")

    yield load
    for name in ("mailer", "rendering", "gateway"):
        sys.modules.pop(name, None)


def record(sequence: str, image: dict[str, Any]) -> dict[str, Any]:
    stored = {"Keys": {"pk": image["pk"]}, "NewImage": image, "SequenceNumber": sequence}
    return {"eventID": sequence, "eventName": "INSERT", "dynamodb": stored}


def test_a_job_of_a_later_release_comes_back_and_the_one_before_it_is_done(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, sender = load("jobs"), Sender()
    monkeypatch.setattr(app, "sender", sender)
    jobs = [Job(kind="recover", organisation="johnsorg", created_at_ms=1) for _ in range(3)]
    images = [mappers.item(keys.job(one.job_id), one) for one in jobs]
    images[1]["kind"] = {"S": "of a later release"}

    answer = app.handler({"Records": [record(str(at), one) for at, one in enumerate(images)]}, SimpleNamespace())

    assert answer == {"batchItemFailures": [{"itemIdentifier": "1"}]}
    assert sender.run_jobs == [jobs[0].job_id]


def test_a_stage_that_cannot_be_read_comes_back_and_the_one_before_it_is_followed(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, followed = load("plans"), Followed()
    monkeypatch.setattr(app.plans, "sync", lambda *_: followed)
    images = [
        mappers.item(keys.deployment("1", "eu-west-1", "a", stage), factories.deployment(stage=stage))
        for stage in ("v1", "v2")
    ]
    images[1]["key_types"] = {"N": "1"}

    answer = app.handler({"Records": [record(str(at), one) for at, one in enumerate(images)]}, SimpleNamespace())

    assert answer == {"batchItemFailures": [{"itemIdentifier": "1"}]}
    assert followed.stages == ["v1"]
