"""Reference pages that are generated: the command line, the parameters, the JSON APIs and the errors.

`make site` writes them anew each time, into a folder beside the guides that is not in version control.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import typer
import yaml
from gatehouse_cli.app import app

from gatehouse.bootstrap import publisher, store
from gatehouse.domain.kernel.errors import DomainError, OAuthError
from gatehouse.endpoints import error_table
from gatehouse.endpoints.rest.operations import JsonApi, Operation
from gatehouse.settings import Settings
from gatehouse.storage.dynamodb.tables import Tables
from local.layout import ROOT

FOLDER = ROOT / "docs" / "reference"


_CONVENTIONS = """\
* Each group is a plural noun. The organisation key is the first argument.
* `--json` prints JSON on standard output. Refusals and warnings go to standard error, each in one line that names the
  object.
* `--stack NAME`, or `GATEHOUSE_STACK_NAME`, chooses the CloudFormation stack. `AWS_PROFILE` and `AWS_REGION` choose
  account and region.
* `gatehouse --install-completion` sets up completion for bash, zsh, fish and PowerShell.

| status | meaning |
| --- | --- |
| 0 | done; of `apis check`, `doctor` and `identity-providers test`: nothing is wrong |
| 1 | refused, or something is wrong; a refusal changed nothing unless it says so |
| 2 | the command line was not understood |
| 130 | interrupted |"""


def write(folder: Path = FOLDER) -> None:
    """Write every page."""
    folder.mkdir(exist_ok=True)
    for name, page in PAGES.items():
        (folder / name).write_text(page(), encoding="utf-8")


def command_line() -> str:
    """Describe each command of `gatehouse`, with its arguments and options."""
    program: Any = typer.main.get_command(app)
    context: Any = typer.Context(program, info_name="gatehouse")
    parts = ["# The command line", f"`gatehouse` is the program of operators. {_text(program.help)}", _CONVENTIONS]
    for name in sorted(program.commands):
        group = program.commands[name]
        members = getattr(group, "commands", {name: group})
        parts += [f"## {name}", _text(group.help)] if members != {name: group} else []
        for command, one in members.items():
            words = f"{name} {command}" if one is not group else name
            parts += [f"{'###' if one is not group else '##'} gatehouse {words}", _text(one.help)]
            rows = [_option(parameter, context) for parameter in one.params if parameter.name != "help"]
            parts += [_table(("argument or option", "default", "meaning"), rows)] if rows else []
    return "\n\n".join(filter(None, parts)) + "\n"


def _option(parameter: Any, context: Any) -> Sequence[str]:
    names = [*parameter.opts, *parameter.secondary_opts]
    is_argument = parameter.param_type_name == "argument"
    shown = parameter.name.upper() if is_argument else ", ".join(names)
    default = parameter.get_default(context, call=False)
    is_plain = isinstance(default, str | int | float) and default not in {"", False}
    needed = "required" if parameter.required else f"`{default}`" if is_plain else ""
    return f"`{shown}`", needed, _text(getattr(parameter, "help", "") or "")


def parameters() -> str:
    """Describe each parameter of the stack, in the groups of the template."""
    template: Any = yaml.load((ROOT / "template.yaml").read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506
    declared = template["Parameters"]
    parts = [
        "# Parameters of the stack",
        "Set them at the deployment, or later by `gatehouse parameters set`"
        " ([how](../how-to/deploy.md#change-a-parameter)).",
    ]
    for group in template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]:
        rows = [(f"`{name}`", *_parameter(declared[name])) for name in group["Parameters"]]
        parts += [f"## {group['Label']['default']}", _table(("parameter", "default", "values", "meaning"), rows)]
    return "\n\n".join(parts) + "\n"


def _parameter(one: Mapping[str, Any]) -> Sequence[str]:
    values = ", ".join(one.get("AllowedValues", ()))
    if "MinValue" in one or "MaxValue" in one:
        values = f"{one.get('MinValue', '')} to {one.get('MaxValue', '')}".strip()
    return f"`{one['Default']}`" if one.get("Default") else "", values, _text(one.get("Description", ""))


def json_apis() -> str:
    """List the operations of the JSON APIs; each API serves its whole OpenAPI document."""
    settings, connected = _settings(), Tables(transport=_Nowhere(), directory="", grants="")
    of_store = store.store(settings, connected, _Nowhere())
    parts = [
        "# JSON APIs",
        "Each answers its OpenAPI document at `/openapi.json`, with all fields of bodies and answers.",
    ]
    titles: Mapping[str, JsonApi] = {
        "Developer portal": of_store.json_api,
        "Administration": of_store.admin_api,
        "Publishing": publisher.build(settings, connected),
    }
    for title, api in titles.items():
        rows = [_operation(one) for one in sorted(api.operations, key=lambda one: (one.path, one.method))]
        parts += [f"## {title}", f"Below `{api.base}`.", _table(("operation", "scopes, any of", "does"), rows)]
    return "\n\n".join(parts) + "\n"


def _operation(one: Operation) -> Sequence[str]:
    return f"`{one.method} {one.path}`", ", ".join(f"`{scope}`" for scope in sorted(one.scopes)), _text(one.summary)


def errors() -> str:
    """List the errors: OAuth's by code, those of the JSON APIs by WSO2's number."""
    oauth: list[Sequence[str]] = []
    rest: list[Sequence[str]] = []
    for kind, (status, number, message) in error_table.ROWS.items():
        if issubclass(kind, OAuthError):
            oauth.append((f"`{kind.code}`", str(status.value), _text(_first_line(kind))))
        else:
            rest.append((str(number), str(status.value), _text(message or _first_line(kind))))
    head = "Statuses are those of `/token` and of the JSON APIs. Pages and redirects carry the same codes."
    return (
        "\n\n".join(
            [
                "# Errors",
                head,
                "## OAuth",
                _table(("error", "status", "meaning"), sorted(set(map(tuple, oauth)))),
                "## JSON APIs",
                _table(("code", "status", "meaning"), sorted(set(map(tuple, rest)))),
            ]
        )
        + "\n"
    )


def _first_line(kind: type[DomainError]) -> str:
    return (kind.__doc__ or "").strip().partition("\n")[0]


PAGES: Mapping[str, Callable[[], str]] = {
    "command-line.md": command_line,
    "parameters.md": parameters,
    "json-apis.md": json_apis,
    "errors.md": errors,
}


class _Nowhere:
    """A transport that is never called: only the lists of operations are read."""

    def call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """Refuse.

        Raises:
            RuntimeError: Always.
        """
        raise RuntimeError(f"{operation}: {len(request)} values for nobody")


def _settings() -> Settings:
    return Settings(
        directory_table="directory",
        grants_table="grants",
        public_url="https://auth.example",
        process_cache_seconds=0,
        access_token_lifetime_seconds=3600,
        refresh_token_lifetime_seconds=86_400,
        grant_lifetime_seconds=2_592_000,
        region="us-east-1",
        endpoint_url="",
        access_key_id="",
        secret_access_key="",
        session_token="",
        container_credentials_url="",
        container_authorization_token="",
        signing_keys_secret="",
        signing_algorithm="RS256",
        log_level="INFO",
    )


def _text(text: str | None) -> str:
    """Return a text as one line that Markdown shows as it is."""
    return " ".join((text or "").split()).replace("|", "\\|").replace("<", "&lt;")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows))
