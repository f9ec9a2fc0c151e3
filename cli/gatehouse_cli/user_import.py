"""`gatehouse users import`: people from another system, with the hashes of their passwords."""

import codecs
import io
import json
from collections.abc import Mapping
from copy import replace
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from gatehouse.domain.portal import member_import, members
from gatehouse.endpoints.rest import json_values
from gatehouse_cli import files, moments, output
from gatehouse_cli.arguments import Organisation
from gatehouse_cli.stack import Stack

_MEMBERS = {"username": str, "password_hash": str, "roles": list, "email": str, "display_name": str}


def import_users(
    connected: Stack,
    organisation: Organisation,
    document: Annotated[Path, typer.Argument(help="A file with a line of JSON for each user, or a table (.csv).")],
) -> output.Answer:
    """Create users with the password hashes of another system; ends with status 1 if a line was refused.

    A line: {"username": …, "password_hash": …, "roles": [], "email": …, "display_name": …}; the last three may be
    left out. Blank lines are skipped. A username that is taken is left as it is, so the same file may be imported
    again; one that stands twice in the file is refused the second time.

    A table is a CSV file of at most 200 rows, as the page of members takes it: its first line names the columns
    username, email, display_name, roles and password_hash. A row without a password hash is invited by mail.
    """
    is_table = document.suffix.lower() == ".csv"
    counts = (_import_table if is_table else _import_lines)(connected, organisation, document)
    return output.Fields(counts, status=1 if counts["refused"] else 0)


def _import_lines(connected: Stack, organisation: str, document: Path) -> dict[str, int]:
    operator = connected.operator(organisation)
    issuer = connected.issuer(operator.organisation)
    counts = {"imported": 0, "taken": 0, "refused": 0}
    seen: dict[str, int] = {}
    for number, line in enumerate(io.BytesIO(files.read(document)), 1):
        if not line.removeprefix(codecs.BOM_UTF8).strip():
            continue
        try:
            user = member_import.parse_user(operator.organisation, _members(line), needs_hash=True)
            _refuse_repeated(seen, user.username, number)
        except ValueError as error:
            counts["refused"] += 1
            typer.echo(f"line {number}: {error}", err=True)
            continue
        caller = replace(operator, at_ms=moments.now_ms())
        try:
            is_added = members.add_imported(connected.members, caller, user, issuer)
        except BaseException:
            typer.echo(f"line {number}: stopped here; {counts['imported']} users were imported", err=True)
            raise
        counts["imported" if is_added else "taken"] += 1
    return counts


def _import_table(connected: Stack, organisation: str, document: Path) -> dict[str, int]:
    caller = connected.operator(organisation)
    table = member_import.parse_table(files.read(document))
    issuer = connected.issuer(caller.organisation)
    made = member_import.run(connected.members, caller, table, frozenset(), issuer, may_create_roles=True)
    for one in made.wrong:
        typer.echo(f"line {one.line}: {one.reason}", err=True)
    return {"imported": made.imported, "invited": made.invited, "taken": made.taken, "refused": len(made.wrong)}


def _refuse_repeated(seen: dict[str, int], username: str, number: int) -> None:
    if seen.setdefault(username, number) != number:
        raise ValueError(f"{username}: stands in line {seen[username]} already")


def _members(line: bytes) -> Mapping[str, Any]:
    try:
        found: Any = json.loads(line.removeprefix(codecs.BOM_UTF8).decode(), object_pairs_hook=json_values.unique)
    except json_values.RepeatedKeyError:
        raise
    except UnicodeDecodeError:
        raise ValueError("not UTF-8") from None
    except (ValueError, RecursionError):
        raise ValueError("not JSON") from None
    if type(found) is not dict:
        raise ValueError("not a JSON object")
    members = cast("dict[str, Any]", found)
    for name, value in members.items():
        if name not in _MEMBERS or not isinstance(value, _MEMBERS[name]):
            raise ValueError(f"{name[:80]!r} is not expected, or of another type")
    return members
