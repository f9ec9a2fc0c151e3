"""Commands within sentences and tables: their operations and options exist, as far as a page gives them."""

import re
import shlex
from typing import Any

import botocore.session
import typer
from botocore import xform_name
from gatehouse_cli.app import app

from tests import snippets
from tests.template import ROOT

COMMAND = re.compile(r"`(?:uv run )?(gatehouse|aws) ([^`]+)`")
PAGES = [*ROOT.glob("*.md"), *snippets.PAGES, *(ROOT / "docs" / "releases").glob("*.md")]


def commands(program: str) -> list[tuple[str, list[str]]]:
    """The calls of a program within the text of all pages, with their words."""
    found: list[tuple[str, list[str]]] = []
    for page in PAGES:
        text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
        for name, rest in COMMAND.findall(text):
            if name == program:
                found.append((page.name, shlex.split(rest)))
    return found


def options(words: list[str]) -> set[str]:
    return {word.partition("=")[0] for word in words if word.startswith("--")}


def arguments(command: Any, words: list[str]) -> list[str]:
    """Return the words that a command does not take; commands may be named without what they need."""
    if hasattr(command, "commands") or not words or "…" in words:
        return []
    context = typer.Context(command, info_name="gatehouse", resilient_parsing=True)
    _, left, _ = command.make_parser(context).parse_args(args=[word for word in words if word != "--help"])
    return left


def test_commands_of_gatehouse_within_sentences_have_their_options() -> None:
    program: Any = typer.main.get_command(app)
    seen = 0

    for page, given in commands("gatehouse"):
        command, rest = program, given
        while hasattr(command, "commands") and rest and not rest[0].startswith("-"):
            assert rest[0] in command.commands, f"{page}: gatehouse {' '.join(given)}"
            command, rest = command.commands[rest[0]], rest[1:]
        known = {name for one in command.params for name in (*one.opts, *one.secondary_opts)} | {"--help"}
        assert options(rest) <= known, f"{page}: gatehouse {' '.join(given)}"
        seen += len(options(rest))
        assert arguments(command, rest) == [], f"{page}: gatehouse {' '.join(given)} takes fewer arguments"

    assert seen > 10


def test_commands_of_the_aws_cli_within_sentences_are_operations() -> None:
    session, seen = botocore.session.get_session(), 0

    for page, (service, operation, *rest) in commands("aws"):
        model = session.get_service_model(service)
        names = {xform_name(name, "-"): name for name in model.operation_names}
        assert operation in names, f"{page}: aws {service} {operation}"
        shape = model.operation_model(names[operation]).input_shape
        known = {f"--{xform_name(one, '-')}" for one in (shape.members if shape else ())}
        assert options(rest) <= known, f"{page}: aws {service} {operation} {rest}"
        seen += 1

    assert seen >= 2
