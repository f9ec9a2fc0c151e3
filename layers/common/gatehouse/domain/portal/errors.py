"""Refusals of the store and the administration, in WSO2's numbers (Developer Portal API, section `Error`).

* PortalError
  x InvalidInputError      400
  x UnauthenticatedError   401
  x NotAllowedError        403
  x NotFoundError          404
  x ConflictError          409
  x PreconditionError      412
  x MediaTypeError         415

The description goes to the person who asked, beside the field it is about: it may repeat what he typed,
never a secret and nothing of another organisation.
"""

from typing import ClassVar, LiteralString


class PortalError(Exception):
    """A refusal that the caller is told in full.

    Args:
        description: What is wrong, in a sentence.
        code: WSO2's number, if it has one of its own; else the HTTP status.
    """

    status: ClassVar[int]
    message: ClassVar[LiteralString]

    def __init__(self, description: str, *, code: int | None = None, field: str = "") -> None:
        """Keep the parts of the answer."""
        super().__init__(description)
        self.description = description
        self.code = code or self.status
        self.field = field


class InvalidInputError(PortalError):
    """A value is missing or wrong; `field` names it."""

    status = 400
    message = "Bad Request"


class UnauthenticatedError(PortalError):
    """There is no valid token, or it lacks the scope (WSO2 answers both with 401)."""

    status = 401
    message = ""


class NotAllowedError(PortalError):
    """The caller is known, and may not do this to this object."""

    status = 403
    message = "Forbidden"


class NotFoundError(PortalError):
    """There is no such thing in the caller's organisation."""

    status = 404
    message = "Not Found"


class ConflictError(PortalError):
    """It exists already, or changed meanwhile."""

    status = 409
    message = "Resource Already Exists"


class PreconditionError(PortalError):
    """It is no longer what the caller's If-Match names (RFC 9110 section 13.1.1)."""

    status = 412
    message = "Precondition Failed"


class MediaTypeError(PortalError):
    """The body is not JSON by what its header says (RFC 9110 section 15.5.16)."""

    status = 415
    message = "Unsupported Media Type"
