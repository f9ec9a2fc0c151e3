"""`gatehouse tokens`: look at a token, or end it."""

import sys
from typing import Annotated

import typer

from gatehouse.domain.kernel import scopes
from gatehouse.domain.kernel.errors import InvalidTokenError
from gatehouse.domain.oauth import tokens
from gatehouse.domain.oauth.subjects import Subjects
from gatehouse_cli import output, stack
from gatehouse_cli.output import Json, StackName
from gatehouse_cli.stack import OperatorError, Stack

app = typer.Typer(
    help="Tokens: inspect one, or revoke it. The argument - reads it from standard input.", no_args_is_help=True
)

Token = Annotated[str, typer.Argument(help="An access token; - reads it from standard input, out of the history.")]


@app.command()
@output.refusing
def inspect(token: Token, *, name: StackName = "gatehouse", is_json: Json = False) -> None:
    """Show the owner and the scopes of an access token, or why it is not accepted."""
    connected = stack.connect(name)
    parsed = tokens.parse_access(_read(token))
    try:
        subject = Subjects(connected.directory, connected.grants).find(parsed, stack.now_ms() // 1000)
    except InvalidTokenError as error:
        output.one({"active": False, "reason": error.reason}, is_json=is_json)
        return
    grant = subject.grant
    output.one(
        {
            "active": True,
            "organisation": grant.organisation,
            "username": grant.username or "",
            "client_id": grant.client_id,
            "application": subject.application.name if subject.application else "",
            "key_type": grant.key_type,
            "grant_type": grant.grant_type,
            "scope": scopes.render(subject.access.scopes),
            "expires_at": subject.access.expires_at,
        },
        is_json=is_json,
    )


@app.command()
@output.refusing
def revoke(token: Token, *, name: StackName = "gatehouse", is_json: Json = False) -> None:
    """Revoke the grant behind an access token, with all of its tokens."""
    connected = stack.connect(name)
    grant_id = _grant_id(connected, _read(token))
    connected.grants.revoke_grant(grant_id)
    output.one({"grant_id": grant_id, "revoked": True}, is_json=is_json)


def _grant_id(connected: Stack, token: str) -> str:
    parsed = tokens.parse_access(token)
    grant = connected.grants.find_grant(parsed.grant_id) if parsed else None
    if parsed is None or grant is None or tokens.find_access(grant, parsed, stack.now_ms() // 1000) is None:
        raise OperatorError("this is no valid access token of this stack")
    return grant.grant_id


def _read(token: str) -> str:
    return sys.stdin.readline().strip() if token == "-" else token
