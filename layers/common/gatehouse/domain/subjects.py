"""From a bearer token to whom it stands for: one read of the grant, the rest remembered for seconds."""

from dataclasses import dataclass
from typing import Protocol

from gatehouse.domain import tokens
from gatehouse.domain.apis import ApiStore
from gatehouse.domain.clients import Client
from gatehouse.domain.errors import InvalidTokenError
from gatehouse.domain.gate import Subject
from gatehouse.domain.organisations import OrganisationStore
from gatehouse.domain.tokens import AccessToken, GrantStore


class SubjectDirectory(ApiStore, OrganisationStore, Protocol):
    """What is read besides the grant; all answers at most the cache seconds old."""

    def find_client_soon(self, client_id: str) -> Client | None:
        """Return the client."""
        ...


@dataclass(frozen=True, slots=True)
class Subjects:
    """Finds subjects, for tokens of every format."""

    directory: SubjectDirectory
    grants: GrantStore

    def find(self, token: AccessToken | None, now: int) -> Subject:
        """Return the living token's subject.

        Args:
            token: What was presented, or None if nothing readable was.
            now: NumericDate.

        Raises:
            InvalidTokenError: Missing, unknown, expired, revoked, or of a client or organisation that ended.
        """
        if token is None:
            raise InvalidTokenError("no readable bearer token")
        grant = self.grants.find_grant(token.grant_id)
        access = None if grant is None else tokens.find_access(grant, token, now)
        if grant is None or access is None:
            raise InvalidTokenError("unknown, expired or revoked token")
        client = self.directory.find_client_soon(grant.client_id)
        organisation = self.directory.find_organisation(grant.organisation)
        if client is None or tokens.is_swept_at_gate(grant, client, organisation):
            raise InvalidTokenError(f"grant {grant.grant_id} was swept")
        application = self.directory.find_application(grant.organisation, grant.application_id)
        return Subject(grant, access, client, application)
