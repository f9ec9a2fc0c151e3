"""`gatehouse backups`: restore what people created from a copy of its table."""

import secrets
import time
from collections.abc import Iterator
from itertools import batched
from typing import Annotated, Any

import typer

from gatehouse.domain.kernel import generations
from gatehouse.storage.aws.transport import RequestRefusedError
from gatehouse.storage.dynamodb import keys
from gatehouse.storage.dynamodb.attribute_values import Item
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse_cli import commands, output, questions, sealed_items
from gatehouse_cli.errors import OperatorError
from gatehouse_cli.stack import Stack

app = commands.Group("Copies of the directory table: organisations, users, applications, APIs.")

_BATCH_WRITES_MAX = 25
_ATTEMPTS = 10
_BACKOFF_SECONDS = 0.1
_PUBLIC_KEYS = keys.public_keys()["pk"]["S"]


@app.command()
def restore(
    connected: Stack,
    table: Annotated[str, typer.Argument(help="A restored copy, or the table that a deleted stack left behind.")],
    *,
    factor_key: Annotated[
        str, typer.Option(help="The secret FactorKey of the stack that the table is from, by name or ARN.")
    ] = "",
    provider_key: Annotated[
        str, typer.Option(help="The secret ProviderKey of the stack that the table is from, by name or ARN.")
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
) -> output.Answer:
    """Replace the directory of the stack by another table; what is only in the directory is deleted.

    The signing keys' public halves stay: they belong to the stack's secret. Every user gets a fresh generation: all
    users sign in again, since the copy does not know what was ended after it was made. A table of another stack needs
    the keys of that stack, under which authenticator apps and client secrets of identity providers are sealed. The
    audit logs are those of the copy, with a line about the restore.
    """
    tables = connected.tables
    if table == tables.directory:
        raise OperatorError(f"{table!r} is the stack's own directory")
    if not _is_directory(tables, table):
        raise OperatorError(f"{table!r} is no directory of Gatehouse: it has no public keys")
    questions.confirm(f"Replace everything in {tables.directory} by {table}?", is_confirmed=yes)
    for kind, secret in (("FACTORS", factor_key), ("IDENTITY_PROVIDER", provider_key)):
        if secret:
            sealed_items.adopt_key(connected, kind, secret)
    sealed = sealed_items.SealedItems(connected)
    try:
        written, deleted = _replace(tables, sealed.watch(_scan(tables, table)))
    except BaseException:
        typer.echo(f"{tables.directory} may be replaced in part: repeat the command to complete it", err=True)
        raise
    for one in connected.organisations():
        entry = connected.operator(one.key).entry("organisation.restore", one.key, f"from {table}")
        connected.publishing.record(one.key, entry)
    for warning in sealed.warnings():
        typer.echo(warning, err=True)
    return output.Fields({"table": tables.directory, "written": written, "deleted": deleted})


def _replace(tables: Tables, items: Iterator[Item]) -> tuple[int, int]:
    """Replace the directory by the items; return how many were written, and how many deleted."""
    kept: set[str] = {_PUBLIC_KEYS}
    salt = secrets.token_hex(16)
    copies = (_with_fresh_generation(one, salt) for one in items if one["pk"]["S"] != _PUBLIC_KEYS)
    for batch in batched(copies, _BATCH_WRITES_MAX, strict=False):
        _write(tables, [{"PutRequest": {"Item": one}} for one in batch])
        kept.update(one["pk"]["S"] for one in batch)
    strange = [one["pk"] for one in _scan(tables, tables.directory) if one["pk"]["S"] not in kept]
    for batch in batched(strange, _BATCH_WRITES_MAX, strict=False):
        _write(tables, [{"DeleteRequest": {"Key": {"pk": pk}}} for pk in batch])
    return len(kept) - 1, len(strange)


def _with_fresh_generation(item: Item, salt: str) -> Item:
    """Return the item; of a user, and of the user's status, with the same fresh generation."""
    is_of_user = item["pk"]["S"].startswith(("USER#", "STATUS#")) and "status_id" in item
    if not is_of_user:
        return item
    fresh = generations.fingerprint(salt, item["status_id"]["S"])
    return {**item, "generation": {"S": fresh}, "client_generations": {"M": {}}}


def _is_directory(tables: Tables, table: str) -> bool:
    try:
        return "Item" in tables.transport.call("GetItem", {"TableName": table, "Key": keys.public_keys()})
    except RequestRefusedError as error:
        if "ResourceNotFoundException" not in str(error):
            raise
        raise OperatorError(f"there is no table {table!r} in this account and region") from None


def _scan(tables: Tables, table: str) -> Iterator[Item]:
    request: dict[str, Any] = {"TableName": table, "ConsistentRead": True}
    while True:
        page = tables.transport.call("Scan", request)
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        request["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def _write(tables: Tables, requests: list[dict[str, Any]]) -> None:
    pending: dict[str, Any] = {tables.directory: requests}
    for attempt in range(_ATTEMPTS):
        pending = tables.transport.call("BatchWriteItem", {"RequestItems": pending}).get("UnprocessedItems", {})
        if not pending:
            return
        time.sleep(_BACKOFF_SECONDS * 2**attempt)
    raise OperatorError("the table takes no more writes now; the same command goes through it again")
