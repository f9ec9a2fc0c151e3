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


class BusySes:
    """SES at its sending rate: it refuses so many mails before it takes one."""

    class TooManyRequestsException(Exception):  # noqa: N818 - botocore's name
        """Maximum sending rate exceeded."""

    exceptions = SimpleNamespace(TooManyRequestsException=TooManyRequestsException)

    def __init__(self, refusals: int) -> None:
        self.refusals = refusals
        self.sent = 0

    def send_email(self, **_: Any) -> None:
        if self.refusals:
            self.refusals -= 1
            raise self.TooManyRequestsException
        self.sent += 1


@pytest.fixture
def busy(monkeypatch: pytest.MonkeyPatch, aws: None) -> Callable[[int], tuple[Any, BusySes, list[float]]]:
    """Make a mailer whose SES refuses so many mails; the pauses are noted instead of waited for."""
    del aws

    def make(refusals: int) -> tuple[Any, BusySes, list[float]]:
        module, ses, pauses = load("jobs", "mailer"), BusySes(refusals), list[float]()
        monkeypatch.setattr(module, "time", SimpleNamespace(sleep=pauses.append))
        mailer = module.SesMailer("login@auth.example", str)
        monkeypatch.setattr(mailer, "_ses", ses)
        return mailer, ses, pauses

    return make


def test_a_mail_waits_for_the_sending_rate(busy: Callable[[int], tuple[Any, BusySes, list[float]]]) -> None:
    mailer, ses, pauses = busy(3)

    mailer.send(MAIL)

    assert ses.sent == 1
    assert [low <= one <= high for one, low, high in zip(pauses, (0.25, 0.5, 1), (0.5, 1, 2), strict=True)] == [
        True
    ] * 3


def test_a_rate_that_stays_exceeded_fails_in_the_end(busy: Callable[[int], tuple[Any, BusySes, list[float]]]) -> None:
    mailer, ses, pauses = busy(100)

    with pytest.raises(BusySes.TooManyRequestsException):
        mailer.send(MAIL)

    assert (ses.sent, len(pauses)) == (0, 7)
    assert sum(pauses) < 20


@pytest.mark.usefixtures("short_of_time")
def test_no_mail_waits_beyond_the_invocation(busy: Callable[[int], tuple[Any, BusySes, list[float]]]) -> None:
    mailer, _, pauses = busy(1)

    with pytest.raises(TemporarilyUnavailableError, match="no time left"):
        mailer.send(MAIL)

    assert pauses == []
