"""`gatehouse users import`: people from another system, with the hashes of their passwords."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from gatehouse.domain import passwords, tokens, usernames
from gatehouse.domain.users import User
from gatehouse.storage.registry import AlreadyExistsError
from gatehouse_cli import output, stack
from gatehouse_cli.output import Json, StackName

_MEMBERS = {"username": str, "password_hash": str, "roles": list, "email": str, "display_name": str}


@output.refusing
def import_users(
    organisation: str,
    document: Annotated[Path, typer.Argument(help="A line of JSON for each user.", exists=True, dir_okay=False)],
    *,
    name: StackName = "gatehouse",
    is_json: Json = False,
) -> None:
    """Make users with the password hashes that another system kept; ends with status 1 if a line was refused.

    A line: {"username": …, "password_hash": …, "roles": [], "email": …, "display_name": …}; the last three may be
    left out. A username that is taken is left as it is, so the same file may be imported again.
    """
    connected = stack.connect(name)
    key = connected.organisation(organisation).key
    counts = {"imported": 0, "taken": 0, "refused": 0}
    with document.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                connected.registry.add_user(_user(key, line))
            except AlreadyExistsError:
                counts["taken"] += 1
            except ValueError as error:
                counts["refused"] += 1
                typer.echo(f"line {number}: {error}", err=True)
            else:
                counts["imported"] += 1
    output.one(counts, is_json=is_json)
    if counts["refused"]:
        raise typer.Exit(1)


def _user(organisation: str, line: str) -> User:
    """Return the user whom a line describes.

    Raises:
        ValueError: It describes none; the message never holds a hash.
    """
    found = _members(line)
    username = usernames.normalise(found.get("username", ""))
    if username is None:
        raise ValueError("no username that somebody could have")
    if not passwords.is_hash(found.get("password_hash", "")):
        raise ValueError(f"{username}: a password hash of no kind that is known")
    return User(
        organisation=organisation,
        user_id=tokens.generate_id(),
        username=username,
        password_hash=found["password_hash"],
        roles=frozenset(map(str, found.get("roles", ()))),
        email=found.get("email", ""),
        display_name=found.get("display_name", ""),
    )


def _members(line: str) -> Mapping[str, Any]:
    try:
        found: Any = json.loads(line)
    except json.JSONDecodeError:
        raise ValueError("no JSON") from None
    if type(found) is not dict:
        raise ValueError("no JSON object")
    members = cast("dict[str, Any]", found)
    for name, value in members.items():
        if name not in _MEMBERS or not isinstance(value, _MEMBERS[name]):
            raise ValueError(f"{name!r} is not expected, or of another type")
    return members
