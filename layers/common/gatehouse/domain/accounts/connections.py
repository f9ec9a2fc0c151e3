"""Connections: which clients hold grants of a user, for the page that shows them. Nothing is decided by them.

A connection is stored before the grant, so that no living grant is without one. It is written anew at most once a
day: a connection that is fresh is only read, beside what the request reads anyway.
"""

from typing import Protocol

import msgspec

from gatehouse.domain.accounts import users
from gatehouse.domain.accounts.asking_client import AskingClient
from gatehouse.domain.accounts.organisations import Organisation
from gatehouse.domain.accounts.users import User

_FRESH_MS = 24 * 60 * 60 * 1000


class Connection(msgspec.Struct, frozen=True, kw_only=True):
    """One user and one client.

    Attributes:
        generation: The user's.
        connection_generation: The user's for the client.
        organisation_generation: The organisation's.
        client_name: What the user calls a registered client, which has no application; empty for others.
        since_ms: When it began, epoch milliseconds.
        used_ms: When it was written last: the user signed in to the client then, and at most a day later.
        expires_at: NumericDate at which every grant that it stands for has ended; also the TTL attribute.
    """

    organisation: str
    user_id: str
    username: str
    client_id: str
    application_id: str
    generation: str
    connection_generation: str
    since_ms: int
    used_ms: int
    expires_at: int
    client_name: str = ""
    organisation_generation: str = ""


class ConnectionStore(Protocol):
    """Where connections are kept."""

    def save_connection(self, organisation: str, connection: Connection) -> None:
        """Store the connection in place of an older one."""
        ...


def is_alive(connection: Connection, user: User, organisation: Organisation, now: int) -> bool:
    """Say whether the client may still hold living grants of the user."""
    return (
        now < connection.expires_at
        and connection.organisation_generation == organisation.generation
        and (connection.user_id, connection.generation) == (user.user_id, user.generation)
        and users.is_connected(user, connection.client_id, connection.connection_generation)
    )


def renew(
    found: Connection | None,
    user: User,
    organisation: Organisation,
    client: AskingClient,
    now_ms: int,
    grant_seconds: int,
) -> Connection | None:
    """Return the connection to store before a new grant, or None if the one that was found will do.

    Args:
        found: As read beside the user.
        user: Who has proved to be the user.
        organisation: The user's.
        client: Gets the grant.
        now_ms: Epoch milliseconds.
        grant_seconds: How long a grant lives at most.
    """
    known = found if found is not None and is_alive(found, user, organisation, now_ms // 1000) else None
    if known is not None and now_ms - known.used_ms < _FRESH_MS:
        return None
    return Connection(
        organisation=user.organisation,
        user_id=user.user_id,
        username=user.username,
        client_id=client.client_id,
        application_id=client.application_id,
        generation=user.generation,
        connection_generation=users.connection_generation(user, client.client_id),
        organisation_generation=organisation.generation,
        client_name=client.title,
        since_ms=known.since_ms if known else now_ms,
        used_ms=now_ms,
        expires_at=now_ms // 1000 + grant_seconds + _FRESH_MS // 1000,
    )
