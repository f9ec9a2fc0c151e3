"""Refused commands: one line on standard error that names the object, and status 1."""

import inspect
import os
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager

import typer
from botocore.exceptions import BotoCoreError, ClientError

from gatehouse.domain.kernel.errors import OAuthError
from gatehouse.domain.kernel.refusals import PortalError
from gatehouse.storage.aws.transport import RequestRefusedError
from gatehouse_cli import aws_errors
from gatehouse_cli.errors import OperatorError
from gatehouse_cli.words import kebab, one_line

REFUSED = 1
"""The status of a command that was refused."""

_TRACE = "GATEHOUSE_TRACE"
_SECRET_ARGUMENTS = frozenset({"token"})
_KINDS = {
    "key": "organisation",
    "username": "user",
    "api_id": "API",
    "old": "API",
    "new": "API",
    "document": "file",
    "picture": "file",
    "factor": "second factor",
}


@contextmanager
def told(command: Callable[..., object], given: Mapping[str, object]) -> Generator[None]:
    """Print what is raised within as a refusal of the command, without a trace."""
    try:
        yield
    except (typer.Exit, typer.Abort):
        raise
    except Exception as error:
        message = _explain(error, command, given)
        if not message and os.environ.get(_TRACE):
            raise
        unforeseen = f"{_object(command, given)}the command failed ({type(error).__name__}); {_TRACE}=1 shows where"
        typer.echo(f"gatehouse: {one_line(message or unforeseen)}", err=True)
        raise typer.Exit(REFUSED) from None


def _explain(error: Exception, command: Callable[..., object], given: Mapping[str, object]) -> str:
    """Return the refusal in words; an empty text for what is none."""
    match error:
        case OperatorError():
            return str(error)
        case PortalError():
            return f"{_object(command, given)}{_option(command, error.field)}{error.description}"
        case OAuthError():
            return f"{_object(command, given)}{error.description} ({error.reason})"
        case BotoCoreError() | ClientError():
            return aws_errors.explain(error)
        case RequestRefusedError():
            return aws_errors.explain_request(str(error))
        case _:
            return ""


def _object(command: Callable[..., object], given: Mapping[str, object]) -> str:
    """Return what the command line says of the object, for the beginning of a message; never a secret."""
    arguments = [
        name
        for name, one in inspect.signature(command).parameters.items()
        if one.kind is one.POSITIONAL_OR_KEYWORD and given.get(name) and name not in _SECRET_ARGUMENTS
        if not isinstance(given[name], list)
    ]
    named = [name for name in arguments if name != "organisation"] or arguments
    words = [f"{_KINDS.get(name) or name.removesuffix('_id').replace('_', ' ')} {given[name]}" for name in named]
    return f"{', '.join(words)}: " if words else ""


def _option(command: Callable[..., object], field: str) -> str:
    """Return the option that the JSON API calls by the name of the field, for the beginning of a message."""
    parameters = inspect.signature(command).parameters
    wanted = kebab(field)
    found = next((one for one in (wanted, wanted.removesuffix("s")) if one.replace("-", "_") in parameters), "")
    is_option = found and parameters[found.replace("-", "_")].kind is inspect.Parameter.KEYWORD_ONLY
    return f"--{found}: " if is_option else ""
