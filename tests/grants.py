"""Grants as they would be stored, with the tokens that they are behind."""

from copy import replace
from dataclasses import dataclass
from typing import Any

from gatehouse.domain.kernel import digests
from gatehouse.domain.oauth import tokens
from gatehouse.storage.directory import DynamoDBDirectory
from gatehouse.storage.dynamodb.ttl_cache import TtlCache
from tests import people
from tests.people import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """An item, and its tokens."""

    grant: tokens.Grant
    access_token: str
    refresh_token: str


def of(person: Person, *, ended_at: int, **overrides: Any) -> Stored:
    """Make an item as the password grant would have left it, everything of which ends at that moment."""
    secret, family, grant_id = digests.generate_secret(), digests.generate_id(), digests.generate_id()
    grant = tokens.Grant(
        grant_id=grant_id,
        organisation="johnsorg",
        client_id=person.client.client_id,
        application_id=person.client.application_id,
        key_type="PRODUCTION",
        grant_type="password",
        user_id=person.user.user_id,
        username=person.user.username,
        status_id=person.user.status_id,
        generation=person.user.generation,
        client_generation=person.client.generation,
        credential_generation=person.client.credential_generation,
        organisation_generation=_organisation_generation(person),
        scopes=frozenset({"read"}),
        issued_at_ms=(ended_at - 3600) * 1000,
        access_digest=digests.digest(secret),
        access_scopes=frozenset({"read"}),
        access_expires_at=ended_at,
        refresh_digest=digests.digest(secret),
        refresh_expires_at=ended_at,
        family_digest=digests.digest(family),
        ends_at=ended_at,
        expires_at=ended_at,
    )
    return Stored(
        grant=replace(grant, **overrides),
        access_token=tokens.render_access(grant_id, person.user.status_id, secret),
        refresh_token=tokens.render_refresh(grant_id, person.user.status_id, family, secret),
    )


def _organisation_generation(person: Person) -> str:
    organisation = DynamoDBDirectory(people.open_tables(person.deployed), TtlCache(0)).find_organisation("johnsorg")
    assert organisation is not None
    return organisation.generation
