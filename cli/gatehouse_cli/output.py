"""What a command prints: a table for people, JSON for programs."""

import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Annotated, Any

import typer
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.table import Table

from gatehouse.domain.kernel.errors import OAuthError
from gatehouse.domain.kernel.refusals import PortalError
from gatehouse.storage.aws.transport import RequestRefusedError
from gatehouse_cli import aws_errors
from gatehouse_cli.stack import OperatorError

type Row = dict[str, Any]

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
StackName = Annotated[
    str, typer.Option("--stack", envvar="GATEHOUSE_STACK_NAME", help="The CloudFormation stack of Gatehouse.")
]


def rows(found: Sequence[Row], *, is_json: bool, empty: str = "nothing found") -> None:
    """Print a list; people read `empty` instead of a list without rows."""
    if is_json:
        typer.echo(json.dumps(list(found), indent=2))
        return
    if not found:
        typer.echo(empty)
        return
    table = Table(box=None, pad_edge=False)
    for name in found[0]:
        table.add_column(name, overflow="fold")
    for row in found:
        table.add_row(*(_text(value) for value in row.values()))
    Console(width=None if Console().is_terminal else 200).print(table)


def one(found: Row, *, is_json: bool) -> None:
    """Print one thing."""
    if is_json:
        typer.echo(json.dumps(found, indent=2))
        return
    table = Table(box=None, pad_edge=False, show_header=False)
    for name, value in found.items():
        table.add_row(name, _text(value))
    Console(width=None if Console().is_terminal else 200).print(table)


def refusing[**P, R](command: Callable[P, R]) -> Callable[P, R]:
    """Print a refusal in a line that names the object, without a trace, and end with status 1."""

    @wraps(command)
    def run(*arguments: P.args, **options: P.kwargs) -> R:
        try:
            return command(*arguments, **options)
        except OAuthError as error:
            message = f"{_object(command, options)}{error.description} ({error.reason})"
        except PortalError as error:
            message = f"{_object(command, options)}{error.description}"
        except (BotoCoreError, ClientError) as error:
            message = aws_errors.explain(error)
        except RequestRefusedError as error:
            message = f"AWS refuses the request: {error}"
        except OperatorError as error:
            message = str(error)
        typer.echo(f"gatehouse: {message}", err=True)
        raise typer.Exit(1)

    return run


_SECRET_ARGUMENTS = frozenset({"token"})


def _object(command: Callable[..., object], given: Mapping[str, object]) -> str:
    """Return what the command line says of the object, for the beginning of a message; never a secret."""
    named = [
        str(given[name])
        for name, one in inspect.signature(command).parameters.items()
        if one.kind is one.POSITIONAL_OR_KEYWORD and given.get(name) and name not in _SECRET_ARGUMENTS
        if not isinstance(given[name], list)
    ]
    return f"{' '.join(named)}: " if named else ""


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    return str(value)
