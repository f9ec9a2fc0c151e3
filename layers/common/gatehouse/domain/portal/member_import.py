"""Members from another system, many at once: the rules of a record, and of a table of them.

Right rows are stored and wrong ones are named, so that only those have to be corrected and sent again.
"""

import csv
import io
from collections.abc import Mapping
from typing import Any

import msgspec

from gatehouse.domain.accounts import addresses, links, passwords, usernames
from gatehouse.domain.accounts.users import User
from gatehouse.domain.kernel import digests, names, role_names, text_files
from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.kernel.refusals import InvalidInputError
from gatehouse.domain.portal import known_roles, members
from gatehouse.domain.portal.members import MemberStore

COLUMNS = ("username", "email", "display_name", "roles", "password_hash")
ROWS_MAX = 200
CONTENT_MAX_BYTES = 256 * 1024

_TEXT_MAX_CHARACTERS = 254
_DELIMITERS = ("\t", ";")
"""Beside the comma: what spreadsheets write in some languages, and as Unicode text."""


class WrongRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row that was refused, with its cells as they were typed."""

    line: int
    reason: str
    cells: tuple[str, ...]


class ImportResult(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a table.

    Attributes:
        imported: Members who were stored with the hash of their password.
        invited: Members who were stored without one, and who get an invitation.
        taken: Rows whose username was taken; they changed nothing.
    """

    imported: int
    invited: int
    taken: int
    wrong: tuple[WrongRow, ...]
    columns: tuple[str, ...]


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A table as it was read; `rows` are its lines with their numbers."""

    columns: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]


def parse_user(organisation: str, found: Mapping[str, Any], *, needs_hash: bool) -> User:
    """Return the user whom a record describes.

    Raises:
        ValueError: It describes nobody who could sign in; the message never holds a hash.
    """
    username = usernames.normalise(found.get("username", ""))
    if username is None:
        raise ValueError("no username that somebody could have")
    if not usernames.can_be_typed(username, organisation):
        raise ValueError(f"{username}: at the sign-in this means another organisation, so nobody can type it")
    password_hash = found.get("password_hash", "")
    problem = passwords.find_hash_problem(password_hash) if needs_hash or password_hash else ""
    if problem:
        raise ValueError(f"{username}: {problem}")
    try:
        roles = role_names.check_roles(frozenset(found.get("roles", ())))
    except (InvalidInputError, TypeError):
        raise ValueError(f"{username}: a role is a word of letters, digits and . _ : / -, at most 50 of them") from None
    return User(
        organisation=organisation,
        user_id=digests.generate_id(),
        username=username,
        password_hash=password_hash or None,
        roles=roles,
        email=_line_of(found, "email", username),
        display_name=_line_of(found, "display_name", username),
    )


def parse_table(content: bytes) -> Table:
    """Return the table in a CSV file; commas, semicolons or tabs separate its cells.

    Raises:
        InvalidInputError: It is none, or too large, or its first line does not name the columns.
    """
    if len(content) > CONTENT_MAX_BYTES:
        raise InvalidInputError("The table has at most 256 KiB.", field="content")
    try:
        text = text_files.decode(content)
    except UnicodeDecodeError as error:
        raise InvalidInputError(
            "The table is no text in UTF-8. In a spreadsheet, save it as CSV in UTF-8.", field="content"
        ) from error
    first = text.lstrip().partition("\n")[0]
    delimiter = next((one for one in _DELIMITERS if one in first), ",")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        lines = [(reader.line_num, tuple(cell.strip() for cell in row)) for row in reader if any(map(str.strip, row))]
    except csv.Error as error:
        raise InvalidInputError(f"Line {reader.line_num} is no CSV: {error}.", field="content") from error
    columns = tuple(cell.lower() for cell in lines[0][1]) if lines else ()
    if "username" not in columns or len(set(columns)) != len(columns) or not set(columns) <= set(COLUMNS):
        raise InvalidInputError(f"The first line names the columns, of {', '.join(COLUMNS)}.", field="content")
    if len(lines) > ROWS_MAX + 1:
        raise InvalidInputError(f"At most {ROWS_MAX} members at once.", field="content")
    return Table(columns=columns, rows=tuple(lines[1:]))


def run(
    store: MemberStore,
    caller: Caller,
    table: Table,
    known: frozenset[str],
    issuer: str,
    *,
    may_create_roles: bool,
) -> ImportResult:
    """Store every right row, one by one; a username that is taken is left as it is.

    So the same table can be sent again after an outage in the middle.
    """
    counts = {"imported": 0, "invited": 0, "taken": 0}
    wrong: list[WrongRow] = []
    seen: dict[str, int] = {}
    for line, cells in table.rows:
        try:
            user = _member(caller, table.columns, cells, known, may_create_roles=may_create_roles)
            if seen.setdefault(user.username, line) != line:
                raise ValueError(f"{user.username}: stands in line {seen[user.username]} already")
            if user.password_hash is None and not store.sends_mail:
                raise ValueError(f"{user.username}: without a password hash, nobody can enter. {members.NO_MAIL}")
        except (ValueError, InvalidInputError) as error:
            reason = error.description if isinstance(error, InvalidInputError) else str(error)
            wrong.append(WrongRow(line=line, reason=reason or "", cells=cells))
            continue
        is_added = members.add_imported(store, caller, user, issuer)
        counts["taken" if not is_added else ("imported" if user.password_hash else "invited")] += 1
    return ImportResult(wrong=tuple(wrong), columns=table.columns, **counts)


def render(columns: tuple[str, ...], rows: tuple[WrongRow, ...]) -> str:
    """Return the rows as CSV again, to be corrected."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(one.cells for one in rows)
    return text.getvalue()


def _member(
    caller: Caller, columns: tuple[str, ...], cells: tuple[str, ...], known: frozenset[str], *, may_create_roles: bool
) -> User:
    if len(cells) != len(columns):
        raise ValueError(f"{len(cells)} cells instead of {len(columns)}")
    found: dict[str, Any] = dict(zip(columns, cells, strict=True))
    found["roles"] = sorted(role_names.parse(found.get("roles", "")))
    user = parse_user(caller.organisation, found, needs_hash=False)
    known_roles.check(user.roles, known, may_create=may_create_roles)
    if user.password_hash:
        return user
    address = user.email or (user.username if "@" in user.username else "")
    if not addresses.is_address(address):
        raise ValueError(f"{user.username}: without a password hash, an e-mail address is needed for the invitation")
    return msgspec.structs.replace(user, email=address, invited_until=caller.now + links.INVITATION_SECONDS)


def _line_of(found: Mapping[str, Any], member: str, username: str) -> str:
    value: str = found.get(member, "").strip(" ")
    if len(value) > _TEXT_MAX_CHARACTERS or not names.is_seen(value) or (member == "email" and value.count("@") > 1):
        raise ValueError(f"{username}: {member} is one visible line of at most {_TEXT_MAX_CHARACTERS} characters")
    return value
