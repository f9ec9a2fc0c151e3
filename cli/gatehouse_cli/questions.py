"""Questions to the person at the terminal; a script gets an error that names the option to use, and never waits."""

import sys

import typer

from gatehouse_cli.errors import OperatorError


def confirm(question: str, *, is_confirmed: bool) -> None:
    """Ask whether to go on, unless --yes says so.

    Raises:
        OperatorError: Nobody is there to answer.
        typer.Abort: The answer is no.
    """
    if is_confirmed:
        return
    if not is_terminal():
        raise OperatorError(f"{question} Nobody is there to answer: run the command again with --yes to confirm")
    typer.confirm(question, abort=True, err=True)


def secret(given: str, name: str, variable: str, *, is_new: bool = False) -> str:
    """Return a secret that an environment variable gave; else ask for it, or read a line of standard input.

    A new one is asked for twice, since nobody sees what is typed.

    Raises:
        OperatorError: It was not given.
    """
    if given:
        return given
    if is_terminal():
        again = f"{name.capitalize()} again" if is_new else False
        return typer.prompt(name.capitalize(), hide_input=True, err=True, confirmation_prompt=again)
    typed = sys.stdin.readline().rstrip("\r\n")
    if not typed:
        raise OperatorError(f"the {name} is missing: set {variable}, or give it on standard input")
    return typed


def is_terminal() -> bool:
    """Say whether somebody can answer."""
    return sys.stdin.isatty()
