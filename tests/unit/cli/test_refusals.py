"""What a command of `gatehouse` does when it cannot: one line, status 1, no trace, nothing on standard output."""

import errno
import functools
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
import typer.main
from botocore.client import BaseClient
from botocore.exceptions import EndpointConnectionError
from gatehouse_cli import connections, output
from gatehouse_cli.app import app
from gatehouse_cli.stack import Stack
from typer.testing import CliRunner

from gatehouse.domain.kernel.errors import TemporarilyUnavailableError
from gatehouse.storage.aws.transport import RequestRefusedError
from tests.conftest import REGION
from tests.recording_transport import RecordingTransport
from tests.unit.cli.conftest import PASSWORD, Operator


def commands(command: Any, *before: str) -> Iterator[tuple[str, ...]]:
    """Every command of the program, with something for all that it must be given."""
    for name, one in sorted(getattr(command, "commands", {}).items()):
        yield from commands(one, *before, name)
    if not hasattr(command, "commands"):
        yield (*before, *required(command))


def required(command: Any) -> Iterator[str]:
    for parameter in command.params:
        if parameter.required and parameter.name != "password":
            value = {"document": "DOCUMENT", "key_type": "PRODUCTION"}.get(parameter.name, "johnsorg")
            is_argument, flag = parameter.param_type_name == "argument", parameter.opts[0]
            yield from (value,) if is_argument else (flag,) if parameter.is_flag else (flag, value)


PROGRAM = typer.main.get_command(app)
COMMANDS = [pytest.param(one, id=" ".join(one[:2])) for one in commands(PROGRAM)]


def spelled(operator: Operator, command: tuple[str, ...]) -> list[str]:
    return [str(operator.document) if one == "DOCUMENT" else one for one in command]


def test_the_program_has_the_commands_that_the_documents_promise() -> None:
    groups = {one[0] for one in commands(PROGRAM)}

    assert groups == {
        "organisations",
        "users",
        "roles",
        "scopes",
        "applications",
        "registered-clients",
        "identity-providers",
        "mail-domains",
        "keys",
        "apis",
        "subscriptions",
        "requests",
        "restrictions",
        "secrets",
        "sessions",
        "documents",
        "paths",
        "tiers",
        "audit-entries",
        "statistics",
        "tokens",
        "backups",
        "outputs",
        "parameters",
        "doctor",
    }


@pytest.fixture(scope="module")
def one_session() -> Any:
    """A session of the SDK that makes each client once: making one takes longer than the rest of a command."""
    session = boto3.Session(region_name=REGION)
    return SimpleNamespace(
        region_name=REGION, get_credentials=session.get_credentials, client=functools.cache(session.client)
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_a_stack_that_is_not_there_is_named(
    newcomer: Operator, monkeypatch: pytest.MonkeyPatch, one_session: Any, command: tuple[str, ...]
) -> None:
    monkeypatch.setattr(boto3, "Session", lambda **_options: one_session)

    said = newcomer.refused(*spelled(newcomer, command), "--stack", "nowhere", GATEHOUSE_PASSWORD=PASSWORD)

    assert "nowhere" in said
    assert "does not exist" in said


def test_another_kind_of_stack_is_not_written_to(newcomer: Operator) -> None:
    assert "not one of Gatehouse's" in newcomer.refused("organisations", "list", "--stack", "another")


@pytest.mark.parametrize("status", ["ROLLBACK_COMPLETE", "CREATE_FAILED", "ROLLBACK_FAILED", "DELETE_FAILED"])
def test_a_stack_that_was_never_deployed_is_named_with_its_state(
    newcomer: Operator, monkeypatch: pytest.MonkeyPatch, status: str
) -> None:
    ask: Callable[..., dict[str, Any]] = getattr(BaseClient, "_make_api_call")  # noqa: B009 - its types lack it

    def ask_for_a_failed_one(*arguments: Any) -> dict[str, Any]:
        answer = ask(*arguments)
        return answer | {"Stacks": [{**one, "StackStatus": status} for one in answer["Stacks"]]}

    monkeypatch.setattr(BaseClient, "_make_api_call", ask_for_a_failed_one)

    said = newcomer.refused("doctor", "--stack", "another")

    assert f"it is {status}" in said
    assert "deploy again" in said


def test_without_credentials_the_operator_is_told_what_to_set(
    newcomer: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")

    assert "set AWS_PROFILE" in newcomer.refused("organisations", "list")


def test_without_a_region_the_operator_is_told_what_to_set(newcomer: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")

    assert "AWS_REGION" in newcomer.refused("organisations", "list")


def test_a_profile_that_is_not_there_is_named(newcomer: Operator) -> None:
    assert "nobody" in newcomer.refused("organisations", "list", AWS_PROFILE="nobody")


def test_a_file_that_a_profile_names_and_that_is_not_there_is_named(
    newcomer: Operator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setattr(logging.getLogger("botocore.credentials"), "disabled", True)  # other tests configure logs
    configuration = tmp_path / "config"
    configuration.write_text(f"[profile ci]\nrole_arn = arn:x\nweb_identity_token_file = {tmp_path}/token\n")

    said = newcomer.refused("organisations", "list", AWS_PROFILE="ci", AWS_CONFIG_FILE=str(configuration))

    assert f"{tmp_path}/token cannot be read; check AWS_PROFILE" in said


def test_an_aws_that_cannot_be_reached_is_named(newcomer: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise EndpointConnectionError(endpoint_url="https://cloudformation.nowhere.example")

    monkeypatch.setattr("botocore.httpsession.URLLib3Session.send", refuse)
    monkeypatch.setattr("botocore.client.BaseClient._make_api_call", refuse)

    said = newcomer.refused("doctor")

    assert "cloudformation.nowhere.example" in said
    assert "check AWS_REGION" in said


def test_an_endpoint_that_is_no_address_is_named(newcomer: Operator) -> None:
    said = newcomer.refused("organisations", "list", AWS_ENDPOINT_URL="nonsense")

    assert "AWS_ENDPOINT_URL is 'nonsense', which is not a URL" in said


def test_a_failure_that_nobody_foresaw_is_told_without_a_trace_unless_it_is_asked_for(
    johnsorg: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise KeyError("a defect")

    monkeypatch.setattr(Stack, "user", fail)

    said = johnsorg.refused("users", "show", "johnsorg", "grace")

    assert said == "gatehouse: user grace: the command failed (KeyError); GATEHOUSE_TRACE=1 shows where\n"
    with pytest.raises(KeyError):
        CliRunner().invoke(
            app, ["users", "show", "johnsorg", "grace"], env={"GATEHOUSE_TRACE": "1"}, catch_exceptions=False
        )


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        pytest.param(
            RequestRefusedError("400 AccessDeniedException: not authorized to perform dynamodb:GetItem"),
            "not authorized to perform dynamodb:GetItem",
            id="no permission",
        ),
        pytest.param(
            TemporarilyUnavailableError("GetItem: connection refused"), "connection refused", id="tables out of reach"
        ),
    ],
)
def test_tables_that_refuse_are_told_in_their_own_words(
    newcomer: Operator, monkeypatch: pytest.MonkeyPatch, transport: RecordingTransport, failure: Exception, said: str
) -> None:
    def refuse(_operation: str, _request: dict[str, Any]) -> dict[str, Any]:
        raise failure

    monkeypatch.setattr(transport, "call", refuse)
    monkeypatch.setattr(connections, "SignedTransport", lambda *_, **__: transport)

    assert said in newcomer.refused("users", "list", "johnsorg")


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(("users", "list", "nowhere"), id="organisation"),
        pytest.param(("users", "disable", "johnsorg", "nobody"), id="user"),
        pytest.param(("sessions", "end", "johnsorg", "grace", "no-session"), id="session"),
        pytest.param(("applications", "create", "johnsorg", "nobody", "Books"), id="owner"),
        pytest.param(("keys", "list", "johnsorg", "no-application"), id="application"),
        pytest.param(("apis", "show", "johnsorg", "no-api"), id="API"),
        pytest.param(("apis", "delete", "johnsorg", "no-api"), id="API to delete"),
        pytest.param(("apis", "change-lifecycle", "johnsorg", "no-api", "BLOCKED"), id="API to move"),
        pytest.param(("subscriptions", "block", "johnsorg", "no-subscription"), id="subscription"),
        pytest.param(("subscriptions", "list", "johnsorg", "no-api"), id="API of subscriptions"),
        pytest.param(("subscriptions", "list-blocks", "johnsorg", "no-api"), id="API of blocks"),
        pytest.param(("statistics", "show", "johnsorg", "--application", "no-application"), id="application of counts"),
        pytest.param(("tokens", "revoke", "gha_none.of_ours"), id="token"),
    ],
)
def test_what_is_not_there_is_named_in_a_line(johnsorg: Operator, command: tuple[str, ...]) -> None:
    assert "no " in johnsorg.refused(*command)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("a: [b", "neither YAML nor JSON", id="no YAML"),
        pytest.param("- a\n- b\n", "not an OpenAPI document", id="a list"),
        pytest.param("openapi: 2.0.0\n", "3.0 and 3.1", id="another version"),
        pytest.param("openapi: 3.0.3\ninfo: {title: T}\npaths: {}\n", '"version" is missing', id="invalid"),
    ],
)
def test_a_document_that_cannot_be_published_says_why(johnsorg: Operator, text: str, said: str) -> None:
    johnsorg.document.write_text(text, encoding="utf-8")

    assert said in johnsorg.refused("apis", "publish", "johnsorg", str(johnsorg.document))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        pytest.param(("--stage", "abc123"), "abc123/v1", id="a stage without its name"),
        pytest.param(("--stage", "/production"), "'/production' is not an API id", id="a stage without its API"),
        pytest.param(("--lifecycle", "ASLEEP"), "PUBLISHED", id="a state of life"),
        pytest.param(("--visibility", "NOBODY"), "CHOSEN", id="a visibility"),
        pytest.param(("--tier", "Wood"), "Gold", id="a tier"),
        pytest.param(("--stage", "abc123/v1", "--key-type", "TOY"), "SANDBOX", id="a type of keys"),
    ],
)
def test_an_option_that_means_nothing_is_answered_with_what_would(
    johnsorg: Operator, options: tuple[str, ...], said: str
) -> None:
    assert said in johnsorg.refused("apis", "publish", "johnsorg", str(johnsorg.document), *options)


def test_a_stage_of_another_api_is_not_taken_over(johnsorg: Operator) -> None:
    johnsorg.publish("--stage", "abc123/v1")

    said = johnsorg.refused(
        "apis", "publish", "johnsorg", str(johnsorg.document), "--api-id", "mine", "--stage", "abc123/v1"
    )

    assert "The stage v1 of the API Gateway API abc123 " in said
    assert "belongs to the API orders" in said


def test_what_exists_is_not_made_again(johnsorg: Operator, application: str) -> None:
    assert "already" in johnsorg.refused("organisations", "create", "JohnsOrg")
    assert "already" in johnsorg.refused("users", "create", "johnsorg", "Grace", GATEHOUSE_PASSWORD=PASSWORD)
    johnsorg.done("keys", "generate", "johnsorg", application)
    assert "already" in johnsorg.refused("keys", "generate", "johnsorg", application)


def test_output_that_a_full_disk_does_not_take_is_told_in_a_line(
    johnsorg: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(output, "show", fill)

    assert "takes no more: No space left on device" in johnsorg.refused("organisations", "list")


def test_types_of_keys_are_typed_as_other_choices_are(johnsorg: Operator) -> None:
    johnsorg.publish("--stage", "abc123/v1", "--key-type", "sandbox")

    assert johnsorg.json("apis", "list", "johnsorg")[0]["stages"] == ["abc123/v1"]


def test_a_command_that_is_none_ends_with_status_2(operator: Operator) -> None:
    assert operator.run("organisations", "dance").exit_code == 2
    assert operator.run("organisations", "create").exit_code == 2
