"""How the program says that it does not understand a command line: in its own words, and with what would be right."""

import os
import sys
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, TypeAliasType, get_args, get_origin, override

import typer
from typer.core import TyperGroup

from gatehouse_cli.words import one_line

NAME = "gatehouse"

USAGE = 2
"""The status of a command line that is not understood."""

_ABORTED = 1
_ELSEWHERE = {"--output": "--json", "-o": "--json", "--region": "AWS_REGION", "--profile": "AWS_PROFILE"}
_TEXT = "TEXT"
_KINDS = {int: "NUMBER", float: "NUMBER", Path: "FILE"}
_UsageError: Any = typer.BadParameter.__mro__[1]  # Typer does not export it


class Program(TyperGroup):
    """A group of commands whose mistakes are told as refusals are: one line on standard error."""

    @override
    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run a command and end the process with its status."""
        del prog_name
        _describe_values(self)
        try:
            status = super().main(args, NAME, complete_var, False, windows_expand_args, **extra)  # noqa: FBT003
        except _UsageError as error:
            _tell(error)
            status = USAGE
        except typer.Abort:
            typer.echo("gatehouse: cancelled; nothing was changed", err=True)
            status = _ABORTED
        except OSError as error:  # refusals tell of all others
            cause = os.strerror(error.errno) if error.errno else type(error).__name__
            typer.echo(f"gatehouse: standard output takes no more: {cause}; what the command did stays done", err=True)
            status = _ABORTED
        if standalone_mode:
            sys.exit(status if isinstance(status, int) else 0)
        return status


def _describe_values(command: Any) -> None:
    """Say in --help what an option takes: TEXT, NUMBER, FILE or one of the choices. Flags take nothing.

    Typer shows the types of Python: `<bool>`, `<list[str]>`, or the name of an alias. Lists of commands show the first
    paragraph of each, which Typer would cut after 45 characters.
    """
    command.short_help = (command.help or "").partition("\n\n")[0]
    for one in getattr(command, "commands", {}).values():
        _describe_values(one)
    helping = command.get_help_option(typer.Context(command))
    for parameter in (*command.params, *filter(None, (helping,))):
        annotation = _element(parameter.type_descriptor.annotation)
        if get_origin(annotation) is Literal:
            parameter.help = f"{parameter.help} [{'|'.join(map(str, get_args(annotation)))}]"
        kind = _KINDS.get(annotation, _TEXT)
        if parameter.param_type_name == "argument":
            _show_type(parameter, "" if kind == _TEXT or parameter.metavar else kind)
        elif parameter.metavar is None:
            parameter.metavar = "" if parameter.is_flag else kind


def _element(annotation: Any) -> Any:
    """Return the type behind an alias, and of a list the type of each."""
    if isinstance(annotation, TypeAliasType):
        return _element(annotation.__value__)
    return _element(get_args(annotation)[0]) if get_origin(annotation) is list else annotation


def _show_type(argument: Any, kind: str) -> None:
    """Show a type behind an argument's name; its metavar would replace the name."""

    def display_type_rich(ctx: Any) -> str:  # noqa: ARG001 - Typer names it
        return kind

    argument.display_type_rich = display_type_rich


def _tell(error: Any) -> None:
    if type(error).__name__ == "NoArgsIsHelpError":
        typer.echo(error.format_message(), err=True)
        return
    context = error.ctx
    command = context.command_path if context else "gatehouse"
    typer.echo(f"gatehouse: {one_line(_explain(error, command))}; see {command} --help", err=True)


def _explain(error: Any, command: str) -> str:
    """Say what is wrong; argument and option are named as --help names them."""
    commands: dict[str, Any] = getattr(error.ctx.command, "commands", {}) if error.ctx else {}
    kind = type(error).__name__
    if kind == "NoSuchOption":
        return f"{command} has no option {error.option_name}{_suggest(str(error.option_name), _options(error.ctx))}"
    if kind == "MissingParameter":
        return f"{_name(error.param)} is missing: {error.param.help or 'a value is needed'}".rstrip(".")
    if kind == "BadParameter" and error.param is not None:
        return f"{_name(error.param)} {_reason(str(error.message))}"
    if kind == "BadOptionUsage":
        return f"{error.option_name} " + ("takes no value" if "does not take" in error.message else "needs a value")
    if commands and error.ctx.args is not None and "command" in error.message:
        named = error.message.partition("'")[2].partition("'")[0]
        return (
            f"{command} has no command {named}{_suggest(named, commands) or f'; it has {", ".join(sorted(commands))}'}"
        )
    if "extra argument" in error.message:
        return f"{command} takes fewer arguments: {error.message.rpartition('(')[2].rstrip(')')} is too many"
    return str(error.message).rstrip(".")


def _suggest(typed: str, names: Iterable[str]) -> str:
    """Return a question for what was probably meant; --output json is what other programs call --json."""
    near = [_ELSEWHERE[typed]] if typed in _ELSEWHERE else get_close_matches(typed, list(names), n=1)
    return f"; did you mean {near[0]}?" if near else ""


def _reason(message: str) -> str:
    """Return what a value must be; Typer's validation says `Input should be …`."""
    wanted = message.removeprefix("Input should be ").rstrip(".")
    if wanted == message.rstrip("."):
        return f"is not acceptable: {wanted}"
    return "must be a whole number" if wanted.startswith("a valid integer") else f"must be {wanted}"


def _name(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return str(parameter.metavar or parameter.name).upper()
    return str(max(parameter.opts, key=len))


def _options(context: Any) -> list[str]:
    names = [name for one in context.command.params for name in one.opts] if context else []
    return [name for name in names if name.startswith("-")]
