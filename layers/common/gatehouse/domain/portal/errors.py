"""Refusals of the store and the administration, in WSO2's numbers (Developer Portal API, section `Error`).

* PortalError
  x InvalidInputError      400
  x UnauthenticatedError   401
  x NotAllowedError        403
  x NotFoundError          404
  x NotAcceptableError     406
  x ConflictError          409
    x ConfirmationNeededError
  x PreconditionError      412
  x MediaTypeError         415

The description goes to the person who asked, beside the field it is about: it may repeat what he typed,
never a secret and nothing of another organisation.
"""

from collections.abc import Mapping
from typing import ClassVar, LiteralString

MESSAGES: Mapping[int, LiteralString] = {
    900304: "The tier cannot be null.",
    900305: "The tier name is invalid.",
    900307: "Application not found",
    900308: "API Not Found",
    900310: "Subscription not found",
    900318: "Invalid state change for subscription",
    900331: "Application Key mapping not found",
    900336: "Subscription already exists",
    900707: "Invalid sort criteria",
    900965: "Invalid access token request.",
    900968: "Throttle Policy level invalid",
    900970: "Invalid application additional properties",
    901300: "Tenant Not Found",
    901301: "Organization Not Found",
    901403: "Key Manager not Registered",
    901409: "Key Mappings already exists",
    901451: "Current password incorrect",
    901452: "Password pattern invalid",
    902002: "Subscription Tier is not allowed for user",
    903005: "Throttling Policy Not Found",
}
"""What WSO2 calls its own numbers; an error without one is called by its status."""


class PortalError(Exception):
    """A refusal that the caller is told in full.

    Args:
        description: What is wrong, in a sentence.
        code: WSO2's number, if it has one of its own; else the HTTP status.
    """

    status: ClassVar[int]
    default_message: ClassVar[LiteralString]

    def __init__(self, description: str, *, code: int | None = None, field: str = "") -> None:
        """Keep the parts of the answer."""
        super().__init__(description)
        self.description = description
        self.code = code or self.status
        self.message = MESSAGES.get(self.code, self.default_message)
        self.field = field


class InvalidInputError(PortalError):
    """A value is missing or wrong; `field` names it."""

    status = 400
    default_message = "Bad Request"


class UnauthenticatedError(PortalError):
    """There is no valid token, or it lacks the scope (WSO2 answers both with 401)."""

    status = 401
    default_message = ""


class NotAllowedError(PortalError):
    """The caller is known, and may not do this to this object."""

    status = 403
    default_message = "Forbidden"


class NotFoundError(PortalError):
    """There is no such thing in the caller's organisation."""

    status = 404
    default_message = "Not Found"


class NotAcceptableError(PortalError):
    """The caller takes no JSON (RFC 9110 section 15.5.7)."""

    status = 406
    default_message = "Not Acceptable"


class ConflictError(PortalError):
    """It exists already, or changed meanwhile."""

    status = 409
    default_message = "Resource Already Exists"


class ConfirmationNeededError(ConflictError):
    """Something has to be confirmed first; the same request with `digest` and `revision` confirms it.

    Args:
        changes: What it would do, a line for each.
        digest: Names exactly these changes.
        revision: Of the thing that would change.
        needs_administrator: Whether only an administrator may confirm it.
    """

    default_message = "Confirmation Needed"

    def __init__(
        self, description: str, *, changes: tuple[str, ...], digest: str, revision: int, needs_administrator: bool
    ) -> None:
        """Keep the parts of the answer."""
        super().__init__(description)
        self.changes = changes
        self.digest = digest
        self.revision = revision
        self.needs_administrator = needs_administrator


class PreconditionError(PortalError):
    """It is no longer what the caller's If-Match names (RFC 9110 section 13.1.1)."""

    status = 412
    default_message = "Precondition Failed"


class MediaTypeError(PortalError):
    """The body is not JSON by what its header says (RFC 9110 section 15.5.16)."""

    status = 415
    default_message = "Unsupported Media Type"
