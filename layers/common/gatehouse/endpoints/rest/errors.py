"""Refusals of a JSON API that concern the request and no rule of the domain."""

from gatehouse.domain.kernel.errors import DomainError
from gatehouse.domain.kernel.refusals import InvalidInputError, NotFoundError, PortalError

UNAUTHENTICATED = "Unauthenticated request"
"""WSO2's words for a missing token, a wrong one, and one without the scope."""


class MissingScopeError(DomainError):
    """The token lacks the scope of the operation; WSO2 answers as if there were no valid token."""

    code = "insufficient_scope"

    def __init__(self, reason: str) -> None:
        """Keep the reason for the log."""
        super().__init__(reason, UNAUTHENTICATED)


class NotAcceptableError(PortalError):
    """The caller takes no JSON (RFC 9110 section 15.5.7)."""

    code = "not_acceptable"


class PreconditionError(PortalError):
    """It is no longer what the caller's If-Match names (RFC 9110 section 13.1.1)."""

    code = "precondition_failed"


class MediaTypeError(PortalError):
    """The body is not JSON by what its header says (RFC 9110 section 15.5.16)."""

    code = "unsupported_media_type"


class InvalidSortError(InvalidInputError):
    """A list is not sorted by this."""


class InvalidTokenRequestError(InvalidInputError):
    """A token is requested with a wrong consumer secret."""


class InvalidPolicyLevelError(InvalidInputError):
    """There is no such level of throttling policies."""


class UnknownKeyManagerError(InvalidInputError):
    """There is one key manager, and the body names another."""


class OrganisationNotFoundError(NotFoundError):
    """The caller's organisation is gone."""


class PolicyNotFoundError(NotFoundError):
    """There is no such throttling policy."""
