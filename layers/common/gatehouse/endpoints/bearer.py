"""Bearer tokens at Gatehouse's own APIs (RFC 6750 section 2.1): the gate's decision, taken in process."""

from dataclasses import dataclass

from gatehouse.domain import builtin, gate
from gatehouse.domain.errors import InvalidTokenError
from gatehouse.domain.portal.errors import UnauthenticatedError
from gatehouse.domain.portal.people import Caller
from gatehouse.domain.subjects import Subjects
from gatehouse.domain.users import UserStore
from gatehouse.endpoints.requests import Request


@dataclass(frozen=True, slots=True)
class Bearers:
    """Finds who calls: one read of the grant, one of the user."""

    subjects: Subjects
    users: UserStore

    def find_caller(self, request: Request, authorization: str | None = None) -> Caller:
        """Return the person behind the request's token, with the roles of this moment and what they allow.

        Args:
            request: What arrived.
            authorization: The header's value; None takes the request's own.

        Raises:
            UnauthenticatedError: No valid token, or one that stands for no user (WSO2 answers 401 with 900901/900902).
        """
        header = authorization if authorization is not None else request.headers.get("authorization")
        now = request.arrived_at_ms // 1000
        try:
            subject = self.subjects.find(gate.parse_bearer([header] if header else []), now)
        except InvalidTokenError as error:
            raise UnauthenticatedError("Unauthenticated request", code=900901 if header else 900902) from error
        grant = subject.grant
        user = self.users.find_user(grant.organisation, grant.username) if grant.username else None
        is_same = user is not None and user.user_id == grant.user_id and user.is_active
        if user is None or not is_same or grant.issued_at_ms < user.revoked_before_ms:
            raise UnauthenticatedError("Unauthenticated request", code=900901)
        return Caller(
            organisation=user.organisation,
            user_id=user.user_id,
            username=user.username,
            roles=user.roles,
            scopes=builtin.held(subject.access.scopes, user.roles),
            at_ms=request.arrived_at_ms,
        )
