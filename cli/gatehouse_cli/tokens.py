"""`gatehouse tokens`: inspect a token, or revoke it."""

import sys
from typing import Annotated

import typer

from gatehouse.domain.kernel import scopes
from gatehouse.domain.kernel.errors import InvalidTokenError
from gatehouse.domain.oauth import tokens
from gatehouse.domain.oauth.subjects import Subjects
from gatehouse_cli import commands, moments, output
from gatehouse_cli.errors import OperatorError
from gatehouse_cli.stack import Stack, operator_of

app = commands.Group("Tokens: inspect one, or revoke it. The argument - reads it from standard input.")

Token = Annotated[str, typer.Argument(help="An access token; - reads it from standard input, out of the history.")]

_NO_TOKEN = "there is no such access token: it is malformed, expired or revoked, or of another stack"


@app.command()
def inspect(connected: Stack, token: Token) -> output.Answer:
    """Show the owner and the scopes of an access token, or why it is not accepted."""
    parsed = tokens.parse_access(_read(token))
    try:
        subject = Subjects(connected.directory, connected.grants).find(parsed, moments.now())
    except InvalidTokenError as error:
        return output.Fields({"active": False, "reason": error.reason})
    grant = subject.grant
    return output.Fields(
        {
            "active": True,
            "organisation": grant.organisation,
            "username": grant.username or "",
            "client_id": grant.client_id,
            "application": subject.application.name if subject.application else "",
            "key_type": grant.key_type,
            "grant_type": grant.grant_type,
            "scope": scopes.render(subject.access.scopes),
            "expires_at": moments.moment(subject.access.expires_at * 1000),
        },
    )


@app.command()
def revoke(connected: Stack, token: Token) -> output.Answer:
    """Revoke the grant behind an access token, with all of its tokens."""
    parsed = tokens.parse_access(_read(token))
    grant = connected.grants.find_grant(parsed.grant_id) if parsed else None
    if parsed is None or grant is None or tokens.find_access(grant, parsed, moments.now()) is None:
        raise OperatorError(_NO_TOKEN)
    detail = " ".join(filter(None, (grant.client_id, grant.username)))
    entry = operator_of(grant.organisation).entry("token.revoke", grant.grant_id, detail)
    if not connected.operator_changes.revoke_grant(grant.grant_id, entry):
        raise OperatorError(_NO_TOKEN)
    return output.Fields({"grant_id": grant.grant_id, "revoked": True})


def _read(token: str) -> str:
    return sys.stdin.readline().strip() if token == "-" else token
