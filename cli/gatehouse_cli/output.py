"""What a command prints: a table for people, JSON for programs."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text as Cell

type Row = dict[str, Any]

_WIDTH_OF_FILES = 200


@dataclass(frozen=True, slots=True)
class Rows:
    """A list.

    Attributes:
        empty: What people read instead of a list without rows.
        status: Of the command.
    """

    rows: Sequence[Row]
    empty: str = "nothing found"
    status: int = 0


@dataclass(frozen=True, slots=True)
class Fields:
    """One thing, by the names of its fields."""

    fields: Row
    status: int = 0


@dataclass(frozen=True, slots=True)
class Text:
    """A text for people and programs.

    Attributes:
        value: What --json prints; the same text if it is None.
    """

    text: str
    value: Any = None
    status: int = 0


type Answer = Rows | Fields | Text


def show(answer: Answer, *, is_json: bool) -> None:
    """Print an answer on standard output."""
    match answer:
        case Text(text, value):
            typer.echo(json.dumps(value, indent=2) if is_json and value is not None else text)
        case Rows(rows) if is_json:
            typer.echo(json.dumps(list(rows), indent=2))
        case Fields(fields) if is_json:
            typer.echo(json.dumps(fields, indent=2))
        case Rows([], empty):
            typer.echo(empty)
        case Rows(rows):
            _print([[*rows[0]], *(row.values() for row in rows)], has_header=True)
        case Fields(fields):
            _print(fields.items(), has_header=False)


def _print(lines: Any, *, has_header: bool) -> None:
    table = Table(box=None, pad_edge=False, show_header=has_header)
    lines = [[_visible(_text(value)) for value in line] for line in lines]
    for name in lines.pop(0) if has_header else ():
        table.add_column(name, overflow="fold")
    for line in lines:
        table.add_row(*line)
    Console(width=None if Console().is_terminal else _WIDTH_OF_FILES).print(table)


def _visible(text: str) -> Cell:
    """Return a text as it is stored: no markup of Rich, and nothing that a terminal obeys; users wrote most of them."""
    return Cell("".join(one if one.isprintable() or one == "\n" else repr(one)[1:-1] for one in text))


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    return str(value)
