"""Refusals of the store, the publisher API and the administration that the caller is told in full.

* PortalError
  x InvalidInputError
    x InvalidTierError
    x MissingTierError
    x InvalidPropertiesError
    x InvalidSubscriptionStateError
    x RefusedPasswordError
    x UnknownTenantError
    x WrongPasswordError
  x NotAllowedError
    x TierNotAllowedError
  x FreshSignInNeededError
  x NotFoundError
    x ApiNotFoundError
    x ApplicationNotFoundError
    x KeySetNotFoundError
    x SubscriptionNotFoundError
  x ConflictError
    x ConfirmationNeededError
    x KeySetExistsError
    x SubscriptionExistsError
  x BusyError
    x PublishingShareError

A class of its own stands for what WSO2's clients tell apart by a number; `endpoints.error_table` has the numbers.
"""

from typing import ClassVar

from gatehouse.domain.kernel.errors import DomainError


class PortalError(DomainError):
    """A refusal that the caller is told in full.

    Args:
        description: What is wrong, in a sentence, shown beside the field it is about and written to the log. It may
            repeat what the caller typed, never a secret and nothing of another organisation.
        field: The input that is wrong, if it is one.
    """

    def __init__(self, description: str, *, field: str = "") -> None:
        """Keep the parts of the answer."""
        super().__init__(description, description)
        self.field = field


class InvalidInputError(PortalError):
    """A value is missing or wrong; `field` names it."""

    code = "invalid_input"


class InvalidTierError(InvalidInputError):
    """There is no application-level policy of that name."""


class MissingTierError(InvalidInputError):
    """No application-level policy is named."""


class InvalidPropertiesError(InvalidInputError):
    """A setting of a key set is wrong."""


class InvalidSubscriptionStateError(InvalidInputError):
    """A subscription does not change from its state to the one that is asked for."""


class RefusedPasswordError(InvalidInputError):
    """The password may not be chosen."""


class UnknownTenantError(InvalidInputError):
    """There is no such organisation, or it shows the caller nothing."""


class WrongPasswordError(InvalidInputError):
    """The present password is wrong."""


class NotAllowedError(PortalError):
    """The caller is known, and may not do this to this object."""

    code = "not_allowed"


class TierNotAllowedError(NotAllowedError):
    """The API does not offer this tier to its subscribers."""


class FreshSignInNeededError(PortalError):
    """The token does not stand for a sign-in that is fresh and strong enough (RFC 9470 section 3).

    Args:
        max_age_seconds: How old the sign-in may be; 0 if a newer one would not help.
        acr_values: The classes that the sign-in has to reach one of.
    """

    code = "insufficient_user_authentication"

    def __init__(self, description: str, *, max_age_seconds: int = 0, acr_values: tuple[str, ...] = ()) -> None:
        """Keep the parts of the challenge."""
        super().__init__(description)
        self.max_age_seconds = max_age_seconds
        self.acr_values = acr_values


class NotFoundError(PortalError):
    """There is no such thing in the caller's organisation."""

    code = "not_found"


class ApiNotFoundError(NotFoundError):
    """There is no such API."""


class ApplicationNotFoundError(NotFoundError):
    """There is no such application."""


class KeySetNotFoundError(NotFoundError):
    """The application has no such keys."""


class SubscriptionNotFoundError(NotFoundError):
    """There is no such subscription."""


class ConflictError(PortalError):
    """It exists already, or changed meanwhile."""

    code = "conflict"


class ConfirmationNeededError(ConflictError):
    """Something has to be confirmed first; the same request with `digest` and `revision` confirms it.

    Args:
        changes: What it would do, a line for each.
        digest: Names exactly these changes.
        revision: Of the thing that would change.
        needs_administrator: Whether only an administrator may confirm it.
    """

    def __init__(
        self, description: str, *, changes: tuple[str, ...], digest: str, revision: int, needs_administrator: bool
    ) -> None:
        """Keep the parts of the answer."""
        super().__init__(description)
        self.changes = changes
        self.digest = digest
        self.revision = revision
        self.needs_administrator = needs_administrator


class KeySetExistsError(ConflictError):
    """The application has keys of that type."""


class SubscriptionExistsError(ConflictError):
    """The application is subscribed to the API."""


class BusyError(PortalError):
    """As much as may be done of this at once is being done; the same request succeeds a little later."""

    code = "busy"
    retry_after_seconds: ClassVar[int] = 5


class PublishingShareError(BusyError):
    """As many documents of the caller or of the caller's organisation are being read as may be at one time."""
