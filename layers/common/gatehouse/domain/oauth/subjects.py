"""From a bearer token to whom it stands for: one read of grant and status, the rest remembered for seconds."""

from typing import Protocol

import msgspec

from gatehouse.domain.accounts.organisations import Organisation
from gatehouse.domain.accounts.users import Status
from gatehouse.domain.apis.apis import Application
from gatehouse.domain.kernel.errors import InvalidTokenError
from gatehouse.domain.oauth import tokens
from gatehouse.domain.oauth.clients import Client
from gatehouse.domain.oauth.gate import TokenSubject
from gatehouse.domain.oauth.tokens import AccessToken, Grant, GrantStore


class SubjectDirectory(Protocol):
    """What is read besides the grant; all answers at most the cache seconds old."""

    def find_holder(
        self, organisation: str, client_id: str, application_id: str | None
    ) -> tuple[Client | None, Organisation | None, Application | None]:
        """Return whom a token belongs to, by one read; None is the client's application, which may take another."""
        ...


class Subjects(msgspec.Struct, frozen=True):
    """Finds subjects, for tokens of every format."""

    directory: SubjectDirectory
    grants: GrantStore

    def find(self, token: AccessToken | None, now: int) -> TokenSubject:
        """Return the living token's subject.

        Args:
            token: What was presented, or None if nothing readable was.
            now: NumericDate.

        Raises:
            InvalidTokenError: Missing, unknown, expired, revoked, or ended with its user, client or organisation.
        """
        if token is None:
            raise InvalidTokenError("no readable bearer token")
        grant, status = self.grants.find_grant_and_status(token.grant_id, token.status_id)
        return self.judge(token, grant, status, now)

    def judge(self, token: AccessToken, grant: Grant | None, status: Status | None, now: int) -> TokenSubject:
        """Return the same of a token whose grant, and whose user's status, have just been read.

        Raises:
            InvalidTokenError: See `find`.
        """
        access = None if grant is None else tokens.find_access(grant, token, now)
        if grant is None or access is None:
            raise InvalidTokenError("unknown, expired or revoked token")
        if not tokens.is_user_alive(grant, status):
            raise InvalidTokenError(f"the user of grant {grant.grant_id} ended it")
        client, organisation, application = self.directory.find_holder(
            grant.organisation, grant.client_id, grant.application_id
        )
        is_alive = tokens.is_client_alive(grant, client, organisation) and tokens.is_credential_alive(grant, client)
        if client is None or not is_alive:
            raise InvalidTokenError(f"client or organisation of grant {grant.grant_id} ended it")
        return TokenSubject(grant, access, client, application, status.roles if status else frozenset())
