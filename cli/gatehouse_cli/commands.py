"""What every command has in common: it is a function of a stack and of its arguments, and returns what is printed."""

import inspect
from collections.abc import Callable, Iterator
from functools import wraps
from inspect import Parameter
from typing import Annotated, Any, Concatenate, get_args, get_type_hints

import typer

from gatehouse_cli import connections, output, refusals
from gatehouse_cli.stack import Stack

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
StackName = Annotated[
    str, typer.Option("--stack", envvar="GATEHOUSE_STACK_NAME", help="The CloudFormation stack of Gatehouse.")
]

_ADDED = (
    Parameter("stack_name", Parameter.KEYWORD_ONLY, default="gatehouse", annotation=StackName),
    Parameter("is_json", Parameter.KEYWORD_ONLY, default=False, annotation=Json),
)


class Group:
    """A group of commands, each of which runs on a stack."""

    def __init__(self, summary: str) -> None:
        """Describe it."""
        self.typer = typer.Typer(help=summary, no_args_is_help=True)

    def command[**P](
        self, name: str | None = None
    ) -> Callable[[Callable[Concatenate[Stack, P], output.Answer]], Callable[..., None]]:
        """Add a command; its name is the function's if none is given."""
        return lambda command: self.typer.command(name)(on_stack(command))


def on_stack[**P](command: Callable[Concatenate[Stack, P], output.Answer]) -> Callable[..., None]:
    """Give a command the options --stack and --json, connect it, and print its answer or its refusal.

    A command that takes `**given` with the type of a `TypedDict` has an option for each member. What the command line
    does not give is not in the dictionary.
    """
    signature = inspect.signature(command)
    _, *given = signature.parameters.values()
    parameters = [*(option for one in given for option in _options(one)), *_ADDED]

    @wraps(command)
    def run(*, stack_name: str, is_json: bool, **options: Any) -> None:
        options = {name: value for name, value in options.items() if value is not None}
        with refusals.told(run, options):
            answer = command(connections.connect(stack_name), **options)  # pyright: ignore[reportCallIssue]
        output.show(answer, is_json=is_json)
        if answer.status:
            raise typer.Exit(answer.status)

    kinds: Any = run
    kinds.__signature__ = signature.replace(parameters=parameters, return_annotation=None)
    kinds.__annotations__ = {one.name: one.annotation for one in parameters}
    kinds.__doc__ = _paragraphs(command.__doc__ or "")
    return run


def _options(parameter: Parameter) -> Iterator[Parameter]:
    """Yield the parameter, or the options that `**given` stands for."""
    if parameter.kind is not Parameter.VAR_KEYWORD:
        yield parameter
        return
    for name, hint in get_type_hints(*get_args(parameter.annotation), include_extras=True).items():
        optional = Annotated[hint.__origin__ | None, *hint.__metadata__]
        yield Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=optional)


def _paragraphs(text: str) -> str:
    """Return the text with each paragraph in one line, which terminals break where they end."""
    return "\n\n".join(" ".join(one.split()) for one in inspect.cleandoc(text).split("\n\n"))
