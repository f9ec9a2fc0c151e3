"""Access tokens of grants that are stored as a sign-in or a client would leave them, whatever roles would allow."""

from copy import replace
from typing import Any

from gatehouse.domain.accounts.users import User
from gatehouse.domain.kernel import digests
from gatehouse.domain.oauth import tokens
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.grants import DynamoDBGrants
from tests.factories import NOW


def grant(tables: Tables, user: User | None, scopes: frozenset[str], **overrides: Any) -> str:
    """Store a grant of a user, or of the application itself, that ends in an hour; return its access token."""
    grant_id, secret = digests.generate_id(), digests.generate_secret()
    stored = tokens.Grant(
        grant_id=grant_id,
        organisation="johnsorg",
        client_id="client",
        application_id="app-1",
        key_type="PRODUCTION",
        grant_type="authorization_code" if user else "client_credentials",
        user_id=user.user_id if user else None,
        username=user.username if user else None,
        status_id=user.status_id if user else None,
        generation=user.generation if user else None,
        client_generation="of the client",
        credential_generation="of its credentials",
        organisation_generation="of the organisation",
        scopes=scopes,
        issued_at_ms=NOW * 1000,
        access_digest=digests.digest(secret),
        access_scopes=scopes,
        access_expires_at=NOW + 3600,
        ends_at=NOW + 3600,
        expires_at=NOW + 3600,
    )
    DynamoDBGrants(tables).add_grant(replace(stored, **overrides))
    return tokens.render_access(grant_id, stored.status_id, secret)
