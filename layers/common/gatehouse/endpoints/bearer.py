"""Bearer tokens at Gatehouse's own APIs (RFC 6750 section 2.1): the gate's decision, taken in process."""

import msgspec

from gatehouse.domain.apis import builtin_api
from gatehouse.domain.kernel import builtin
from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.kernel.errors import InvalidTokenError, MissingTokenError
from gatehouse.domain.oauth import gate
from gatehouse.domain.oauth.access_tokens import Claimed
from gatehouse.domain.oauth.subjects import Subjects
from gatehouse.domain.oauth.tokens import Grant
from gatehouse.endpoints.requests import Request
from gatehouse.endpoints.rest.errors import UNAUTHENTICATED


class Bearers(msgspec.Struct, frozen=True):
    """Finds who calls, by one read of the grant and the user's status."""

    subjects: Subjects

    def find_caller(self, request: Request, authorization: str | None = None) -> Caller:
        """Return the person behind the request's token, with the roles of this moment and what they allow.

        Args:
            request: What arrived.
            authorization: The header's value; None takes the request's own.

        Raises:
            MissingTokenError: No token.
            InvalidTokenError: No valid token, or one that stands for no user or names other resources.
        """
        header = authorization if authorization is not None else request.headers.get("authorization", "")
        try:
            subject = self.subjects.find(gate.parse_bearer([header]), request.now)
        except InvalidTokenError as error:
            kind = InvalidTokenError if gate.is_sent(header) else MissingTokenError
            raise kind(error.reason, description=UNAUTHENTICATED) from error
        grant = subject.grant
        if not gate.is_for(subject, builtin_api.api(grant.organisation)):
            raise InvalidTokenError(f"grant {grant.grant_id} is for other resources", description=UNAUTHENTICATED)
        if grant.user_id is None or grant.username is None:
            raise InvalidTokenError(f"grant {grant.grant_id} stands for no user", description=UNAUTHENTICATED)
        return Caller(
            organisation=grant.organisation,
            user_id=grant.user_id,
            username=grant.username,
            roles=subject.roles,
            scopes=builtin.still_held(subject.access.scopes, subject.roles),
            at_ms=request.arrived_at_ms,
            authenticated_at=_authenticated_at(grant),
            methods=grant.methods if isinstance(grant, Grant) else frozenset(),
        )


def _authenticated_at(grant: Grant | Claimed) -> int:
    """Return when the person signed in; a token that is accepted without a lookup proves no sign-in."""
    return (grant.authenticated_at or grant.issued_at_ms // 1000) if isinstance(grant, Grant) else 0
