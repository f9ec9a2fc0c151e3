"""Calls by the SDK end before the invocation does, as those of the storage do (finding S20)."""

import importlib.util
from collections.abc import Callable, Iterator
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from gatehouse.domain.accounts.mails import Mail
from gatehouse.domain.kernel.errors import TemporarilyUnavailableError
from gatehouse.storage.aws import deadlines
from tests.template import ROOT

MAIL = Mail(
    to="anna@example.com",
    subject="Hello",
    sender_name="Johns Org",
    lead="Hello",
    action="Sign in",
    url="https://auth.example/signin",
)


@pytest.fixture
def short_of_time() -> Iterator[None]:
    """An invocation of which three seconds are left."""
    deadlines.begin(SimpleNamespace(get_remaining_time_in_millis=lambda: 3_000))
    yield
    deadlines.begin(None)


def load(function: str, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"{function}_{name}", ROOT / "functions" / function / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def send_a_mail() -> Any:
    return load("jobs", "mailer").SesMailer("login@auth.example", str).send(MAIL)


def list_the_plans() -> Any:
    return load("plans", "gateway").ApiGatewayPlans("eu-west-1", "gatehouse").find_plans()


@pytest.mark.parametrize("call", [send_a_mail, list_the_plans], ids=lambda one: one.__name__)
@pytest.mark.usefixtures("aws", "short_of_time")
def test_no_call_begins_that_would_outlast_the_invocation(call: Callable[[], Any]) -> None:
    with pytest.raises(TemporarilyUnavailableError, match="no time left"):
        call()


@pytest.mark.usefixtures("aws")
def test_plans_are_listed_where_there_is_time() -> None:
    assert list_the_plans() == {}
