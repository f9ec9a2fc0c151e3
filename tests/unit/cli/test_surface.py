"""What every command of `gatehouse` has in common: descriptions, JSON, words of our own for what is not understood."""

import email.message
import http.client
import importlib.metadata
import io
import re
import ssl
import urllib.request
import urllib.response
from collections.abc import Iterator
from typing import Any

import pytest
import typer.main
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConfigParseError,
    CredentialRetrievalError,
    EndpointConnectionError,
    InvalidConfigError,
    ProfileNotFound,
    SSLError,
    SSOTokenLoadError,
)
from gatehouse_cli import aws_errors, exchanges, questions
from gatehouse_cli.app import app

from tests.unit.cli.conftest import NO_CONTEXT, Operator

PROGRAM: Any = typer.main.get_command(app)
ALONE = {"doctor": "it is one check of everything"}
"""Commands that belong to no group, and why."""


def walk(command: Any, *before: str) -> Iterator[tuple[str, Any]]:
    for name, one in getattr(command, "commands", {}).items():
        yield from walk(one, *before, name)
    if not hasattr(command, "commands"):
        yield " ".join(before), command


COMMANDS = [pytest.param(command, id=name) for name, command in walk(PROGRAM)]


def test_every_group_is_a_plural_noun_and_every_other_command_says_why_it_has_none() -> None:
    groups = {name for name, one in PROGRAM.commands.items() if hasattr(one, "commands")}

    assert [name for name in groups if not name.endswith("s")] == []
    assert PROGRAM.commands.keys() - groups == ALONE.keys()


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_and_each_of_its_arguments_and_options_is_described(command: Any) -> None:
    undescribed = [one.name for one in command.params if not str(getattr(one, "help", "") or "").endswith(".")]

    assert re.fullmatch(r"[A-Z].*[.?]", (command.help or "").partition("\n\n")[0].replace("\n", " "))
    assert undescribed == []


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_prints_json_and_takes_the_name_of_the_stack(command: Any) -> None:
    options = {option for one in command.params for option in one.opts}

    assert {"--json", "--stack"} <= options


@pytest.mark.parametrize("command", COMMANDS)
def test_the_organisation_comes_first(command: Any) -> None:
    arguments = [one.name for one in command.params if one.param_type_name == "argument"]

    assert "organisation" not in arguments[1:]


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        pytest.param(("keys", "configure"), r"--grant-type TEXT ", id="a text that may be repeated"),
        pytest.param(("keys", "configure"), r"--access-token-.* NUMBER ", id="a number"),
        pytest.param(("users", "import"), r"document +FILE ", id="a file"),
        pytest.param(("restrictions", "set"), r"\[ORGANISATION\|CHOSEN\|ALL\]", id="choices"),
    ],
)
def test_help_says_what_an_option_takes_and_nothing_of_flags(
    operator: Operator, command: tuple[str, ...], shown: str
) -> None:
    said = operator.done(*command, "--help")

    assert re.search(shown, said)
    assert re.findall(r"<[a-z]", said) == []
    assert re.search(r"--help +Show this message", said)


@pytest.mark.parametrize(("name", "command"), [pytest.param(*one, id=one[0]) for one in walk(PROGRAM)])
def test_help_shows_every_name_whole_at_80_columns(operator: Operator, name: str, command: Any) -> None:
    said = operator.done(*name.split(), "--help", COLUMNS="80")

    names = [option for one in command.params for option in (*one.opts, *one.secondary_opts) if option[0] == "-"]
    assert [name for name in names if not re.search(rf"(?<![\w-]){name}(?![\w-])", said)] == []
    assert max(map(len, said.splitlines())) <= 80


@pytest.mark.parametrize(
    ("name", "group"),
    [pytest.param(name, one, id=name) for name, one in PROGRAM.commands.items() if hasattr(one, "commands")],
)
def test_help_of_a_group_shows_every_summary_whole_at_80_columns(operator: Operator, name: str, group: Any) -> None:
    said = " ".join(operator.done(name, "--help", COLUMNS="80").split())

    assert [
        one.name for one in group.commands.values() if f"{one.name} {one.help.partition('\n\n')[0]}" not in said
    ] == []


def test_the_version_is_that_of_the_package(operator: Operator) -> None:
    assert operator.done("--version") == f"gatehouse {importlib.metadata.version('gatehouse-cli')}\n"


@pytest.mark.parametrize(
    ("command", "said"),
    [
        pytest.param(("dance",), "gatehouse has no command dance; it has apis, applications", id="a group"),
        pytest.param(
            ("users", "dance"), "gatehouse users has no command dance; it has approve, change-email", id="a command"
        ),
        pytest.param(("users", "lsit"), "gatehouse users has no command lsit; did you mean list?", id="a slip"),
        pytest.param(("users", "list", "--jsno"), "has no option --jsno; did you mean --json?", id="an option"),
        pytest.param(("users", "list", "--output", "json"), "no option --output; did you mean --json?", id="output"),
        pytest.param(("users", "list", "a", "b"), "takes fewer arguments: b is too many", id="an argument too many"),
        pytest.param(("users", "list"), "ORGANISATION is missing: The organisation key", id="a missing argument"),
        pytest.param(
            ("organisations", "configure", "johnsorg", "--lock-out-minutes", "soon"),
            "--lock-out-minutes must be a whole number",
            id="a number",
        ),
        pytest.param(
            ("keys", "show", "johnsorg", "an-id", "--key-type", "TOY"),
            "--key-type must be 'PRODUCTION' or 'SANDBOX'",
            id="a choice",
        ),
        pytest.param(("users", "list", "johnsorg", "--stack"), "--stack needs a value", id="an option without value"),
        pytest.param(("users", "list", "johnsorg", "--json=x"), "--json takes no value", id="a flag with a value"),
    ],
)
def test_what_is_not_understood_is_told_in_one_line_with_status_2(
    operator: Operator, command: tuple[str, ...], said: str
) -> None:
    result = operator.run(*command)

    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert result.stderr.startswith("gatehouse: ")
    assert said in result.stderr
    assert result.stderr.rstrip().endswith("--help")


def test_a_question_that_nobody_can_answer_is_refused(johnsorg: Operator) -> None:
    said = johnsorg.refused("users", "delete", "johnsorg", "grace")

    assert "Delete grace@johnsorg?" in said
    assert "--yes" in said
    assert len(johnsorg.json("users", "list", "johnsorg")) == 1


def test_a_question_that_is_answered_by_no_changes_nothing(johnsorg: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "is_terminal", lambda: True)

    result = johnsorg.run("users", "delete", "johnsorg", "grace", typed="n\n")

    assert (result.exit_code, result.stdout) == (1, " n\n")
    assert "cancelled; nothing was changed" in result.stderr
    assert len(johnsorg.json("users", "list", "johnsorg")) == 1


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(("apis", "show", "johnsorg", "no-api"), id="API"),
        pytest.param(("subscriptions", "block", "johnsorg", "no-subscription"), id="subscription"),
        pytest.param(("registered-clients", "block", "johnsorg", "no-client"), id="registered client"),
        pytest.param(("scopes", "bind", "johnsorg", "apim:admin"), id="scope"),
        pytest.param(("users", "invite", "johnsorg", "no-address"), id="member"),
        pytest.param(("apis", "publish", "johnsorg", "no-file"), id="file"),
        pytest.param(("users", "import", "johnsorg", "no-file"), id="file of users"),
        pytest.param(("apis", "set-thumbnail", "johnsorg", "an-api", "no-file"), id="picture"),
        pytest.param(("organisations", "set-logo", "johnsorg", "no-file"), id="logo"),
    ],
)
def test_a_refusal_names_the_object(johnsorg: Operator, command: tuple[str, ...]) -> None:
    assert command[-1] in johnsorg.refused(*command)


def test_a_token_is_not_repeated_in_a_refusal(johnsorg: Operator) -> None:
    assert "gha_none" not in johnsorg.refused("tokens", "revoke", "gha_none.of_ours")


def refusal(code: str, message: str = "") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "DescribeStacks")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        pytest.param(refusal("ExpiredToken", "The security token is expired"), "have expired", id="expired"),
        pytest.param(refusal("InvalidClientTokenId"), "does not know these credentials", id="unknown credentials"),
        pytest.param(refusal("Throttling", "Rate exceeded"), "in a minute", id="throttled"),
        pytest.param(
            refusal("AccessDenied", "User: arn:x is not authorized"), "may not call DescribeStacks: User", id="denied"
        ),
        pytest.param(refusal("ValidationError", "No such thing"), "refuses DescribeStacks: No such", id="another"),
        pytest.param(EndpointConnectionError(endpoint_url="https://x"), "https://x does not answer", id="no network"),
        pytest.param(SSLError(endpoint_url="https://x", error=OSError("[SSL]")), "no certificate that this", id="TLS"),
        pytest.param(ProfileNotFound(profile="mine"), "no AWS profile 'mine'", id="profile"),
        pytest.param(SSOTokenLoadError(error_msg="no token"), "sign in to AWS again", id="not signed in"),
        pytest.param(CredentialRetrievalError(provider="p", error_msg="oh."), "p gives no AWS cred", id="a program"),
        pytest.param(InvalidConfigError(error_msg="no source {profile}"), "no source {profile}", id="a role"),
        pytest.param(ConfigParseError(path="/x", error="oh"), "/x is no configuration of AWS", id="configuration"),
        pytest.param(BotoCoreError(), "the call of AWS failed (BotoCoreError)", id="anything else"),
    ],
)
def test_the_sdk_of_aws_is_put_into_our_words(error: BotoCoreError | ClientError, told: str) -> None:
    said = aws_errors.explain(error)

    assert told in said
    assert not re.search(r"An error occurred|when calling|\[SSL|botocore|Could not", said)


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        pytest.param(ConnectionRefusedError(111, "Connection refused"), "it refuses connections", id="refused"),
        pytest.param(ConnectionResetError(104, "reset by peer"), "it closed the connection", id="reset"),
        pytest.param(TimeoutError("timed out"), "it took longer than 20 seconds", id="too slow"),
        pytest.param(http.client.BadStatusLine("SSH-2.0"), "the connection failed (BadStatusLine)", id="no HTTP"),
    ],
)
def test_a_host_that_does_not_answer_is_told_in_our_words(
    monkeypatch: pytest.MonkeyPatch, reason: Exception, told: str
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise reason

    monkeypatch.setattr("urllib.request.urlopen", fail)

    with pytest.raises(exchanges.UnreachableError) as caught:
        exchanges.send("https://auth.example/token")

    assert str(caught.value) == f"auth.example does not answer: {told}"


class Elsewhere(urllib.request.HTTPSHandler):
    """Every host there is; the first leads to another one."""

    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__(context=context)
        self.asked: list[tuple[str, dict[str, str]]] = []

    def https_open(self, req: urllib.request.Request) -> Any:
        self.asked.append((req.full_url, dict(req.header_items())))
        headers = email.message.Message()
        is_first = len(self.asked) == 1
        headers["Location"] = "https://elsewhere.example/"
        answer: Any = urllib.response.addinfourl(io.BytesIO(b"{}"), headers, req.full_url, 302 if is_first else 200)
        answer.msg = "as HTTPResponse has it"
        return answer


def test_credentials_are_not_sent_to_where_a_redirect_leads(monkeypatch: pytest.MonkeyPatch) -> None:
    hosts = Elsewhere(NO_CONTEXT)
    monkeypatch.setattr("urllib.request._opener", urllib.request.build_opener(hosts))

    reply = exchanges.send(
        "https://auth.example/token", method="POST", headers={"Authorization": "Basic x"}, body=b"a=b"
    )

    assert reply.status == 200
    (_, first), (url, second) = hosts.asked
    assert first["Authorization"] == "Basic x"
    assert (url, "Authorization" in second) == ("https://elsewhere.example/", False)


def test_a_shell_completes_commands(operator: Operator) -> None:
    asked = {"_GATEHOUSE_COMPLETE": "complete_bash", "COMP_WORDS": "gatehouse user", "COMP_CWORD": "1"}
    result = operator.run(**asked)

    assert "users" in result.stdout
