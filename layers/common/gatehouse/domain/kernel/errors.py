"""Errors that a caller may be told about, and those of OAuth: one class per error code.

* DomainError
  x PortalError                     `domain.kernel.refusals`
  x OAuthError
    x InvalidRequestError           RFC 6749 section 5.2
    x InvalidClientError            RFC 6749 section 5.2
    x InvalidGrantError             RFC 6749 section 5.2
    x UnauthorizedClientError       RFC 6749 section 5.2
    x UnsupportedGrantTypeError     RFC 6749 section 5.2
    x InvalidScopeError             RFC 6749 section 5.2
    x InvalidTargetError            RFC 8707 section 2
    x InvalidRedirectUriError       RFC 7591 section 3.2.2
    x InvalidClientMetadataError    RFC 7591 section 3.2.2
    x RegistrationRefusedError      RFC 7591 section 3
    x UnsupportedResponseTypeError  RFC 6749 section 4.1.2.1
    x AccessDeniedError             RFC 6749 section 4.1.2.1
    x AuthorizationPendingError     RFC 8628 section 3.5
    x SlowDownError                 RFC 8628 section 3.5
    x ExpiredTokenError             RFC 8628 section 3.5
    x DeviceDeniedError             RFC 8628 section 3.5
    x LoginRequiredError            OpenID Connect Core section 3.1.2.6
    x ConsentRequiredError          OpenID Connect Core section 3.1.2.6
    x UnmetRequirementsError        OpenID Connect Unmet Authentication Requirements
    x RequestNotSupportedError      OpenID Connect Core section 3.1.2.6
    x RequestUriNotSupportedError   OpenID Connect Core section 3.1.2.6
    x RegistrationNotSupportedError OpenID Connect Core section 3.1.2.6
    x InvalidTokenError             RFC 6750 section 3.1
      x MissingTokenError           RFC 6750 section 3.1
    x InsufficientScopeError        RFC 6750 section 3.1
    x TooManyFailuresError          RFC 6585 section 4
      x TooManyRegistrationsError   RFC 6585 section 4
    x TemporarilyUnavailableError   RFC 9110 section 15.6.4

Anything that is not a DomainError is a bug or an outage, never the outcome of a rule.
How an interface reports an error is not known here; `endpoints.error_table` has a row for each class.
"""

from typing import ClassVar, LiteralString


class DomainError(Exception):
    """A refusal with two audiences: the caller and the operator.

    Args:
        reason: Why, for the log only. May hold request data; never a secret.
        description: What the caller is told.
    """

    code: ClassVar[str]

    def __init__(self, reason: str, description: str) -> None:
        """Keep the public and the private half apart."""
        super().__init__(reason)
        self.reason = reason
        self.description = description


class OAuthError(DomainError):
    """A refusal by a rule of OAuth.

    Args:
        reason: Why, for the log only. May hold request data; never a secret.
        description: Sent to the client as `error_description`. A literal, so no
            request data can reach the response (RFC 6749 section 5.2 charset).
    """

    default_description: ClassVar[LiteralString]

    def __init__(self, reason: str, *, description: LiteralString | None = None) -> None:
        """Take the usual description if there is no other."""
        super().__init__(reason, description or self.default_description)


class InvalidRequestError(OAuthError):
    """A parameter is missing, repeated or malformed."""

    code = "invalid_request"
    default_description = "The request is malformed."


class DeadLinkError(InvalidRequestError):
    """A link of our mails has expired or was used already; its page says how to request another.

    Attributes:
        path: Our own page where a user who is signed in requests another; empty for links that choose a password.
    """

    default_description = "This link has expired, or was used already."

    def __init__(self, reason: str, *, path: str = "") -> None:
        """Keep the way to another link."""
        super().__init__(reason)
        self.path = path


class StalePageError(InvalidRequestError):
    """A form came from a page that is too old, from a browser without cookies, or from another site.

    Attributes:
        path: Our own page to start again from, with its query; it is shown as a link.
    """

    default_description = "This page has expired, or your browser blocks cookies. Open a fresh page and try again."

    def __init__(self, reason: str, *, path: str) -> None:
        """Keep the way to a fresh page."""
        super().__init__(reason)
        self.path = path


class InvalidClientError(OAuthError):
    """Client authentication failed; the client is never told which half was wrong."""

    code = "invalid_client"
    default_description = "Client authentication failed."


class InvalidGrantError(OAuthError):
    """The user's credentials or the refresh token are no good; one answer for every cause."""

    code = "invalid_grant"
    default_description = "The provided authorization grant is invalid, expired or revoked."


class UnauthorizedClientError(OAuthError):
    """The authenticated client may not use this grant type."""

    code = "unauthorized_client"
    default_description = "This client may not use this grant type."


class UnsupportedGrantTypeError(OAuthError):
    """The server does not know this grant type."""

    code = "unsupported_grant_type"
    default_description = "This grant type is not supported."


class InvalidScopeError(OAuthError):
    """The scope is malformed or exceeds what was granted."""

    code = "invalid_scope"
    default_description = "The requested scope is malformed or exceeds what was granted."


class InvalidTargetError(OAuthError):
    """A resource is malformed, unknown, or more than was granted."""

    code = "invalid_target"
    default_description = "The requested resource is malformed, unknown, or not one that was granted."


class InvalidRedirectUriError(OAuthError):
    """A redirect URI of a registration is missing or not acceptable (RFC 7591 section 3.2.2)."""

    code = "invalid_redirect_uri"
    default_description = (
        "redirect_uris lists 1 to 10 URIs: https, a loopback address, or an app's own scheme with a dot in it; "
        "without fragment and user name."
    )


class InvalidClientMetadataError(OAuthError):
    """A member of a registration is not acceptable (RFC 7591 section 3.2.2)."""

    code = "invalid_client_metadata"
    default_description = "The client metadata is not acceptable."


class RegistrationRefusedError(OAuthError):
    """The organisation's policy does not let the client register."""

    code = "access_denied"
    default_description = "The organisation does not let this client register."


class UnsupportedResponseTypeError(OAuthError):
    """The authorization endpoint answers with codes and nothing else."""

    code = "unsupported_response_type"
    default_description = "Only the response_type code is supported."


class AccessDeniedError(OAuthError):
    """The user said no."""

    code = "access_denied"
    default_description = "The user denied the request."


class AuthorizationPendingError(OAuthError):
    """The user has not decided yet; the device polls again after the interval."""

    code = "authorization_pending"
    default_description = "The user has not approved the device yet. Poll again after the interval."


class SlowDownError(OAuthError):
    """The device polled before its interval had passed."""

    code = "slow_down"
    default_description = "The last poll is too recent. Wait longer than the interval between two polls."


class ExpiredTokenError(OAuthError):
    """The device code has expired."""

    code = "expired_token"
    default_description = "The device code has expired. Request a new one."


class DeviceDeniedError(OAuthError):
    """The user denied a device; it stops polling (RFC 8628 section 3.5)."""

    code = "access_denied"
    default_description = "The user denied the request."


class LoginRequiredError(OAuthError):
    """The user would have to sign in, and the client forbade to ask."""

    code = "login_required"
    default_description = "The user is not signed in."


class ConsentRequiredError(OAuthError):
    """The user would have to agree, and the client forbade to ask."""

    code = "consent_required"
    default_description = "The user has not agreed to the request."


class UnmetRequirementsError(OAuthError):
    """The user cannot sign in the way that the client insists on."""

    code = "unmet_authentication_requirements"
    default_description = "The user cannot sign in with the authentication class that was requested."


class RequestNotSupportedError(OAuthError):
    """Request objects by value are not supported."""

    code = "request_not_supported"
    default_description = "The request parameter is not supported."


class RequestUriNotSupportedError(OAuthError):
    """Request objects by reference are not supported."""

    code = "request_uri_not_supported"
    default_description = "The request_uri parameter is not supported."


class RegistrationNotSupportedError(OAuthError):
    """Clients are registered beforehand."""

    code = "registration_not_supported"
    default_description = "The registration parameter is not supported."


class InvalidTokenError(OAuthError):
    """There is no access token, or it is not valid."""

    code = "invalid_token"
    default_description = "The access token is missing, invalid, expired or revoked."


class MissingTokenError(InvalidTokenError):
    """No access token was sent: the challenge then names no error."""

    default_description = "The access token is missing."


class InsufficientScopeError(OAuthError):
    """The access token lacks the scope of the resource.

    Args:
        needed: The scope that would have opened it.
    """

    code = "insufficient_scope"
    default_description = "The access token lacks the scope of this resource."

    def __init__(self, reason: str, *, needed: LiteralString) -> None:
        """Keep the scope for the challenge."""
        super().__init__(reason)
        self.needed = needed


class TooManyFailuresError(OAuthError):
    """This source address failed too often; it learns nothing until the window ends.

    Args:
        retry_after_seconds: When to come back.
    """

    code = "temporarily_unavailable"
    default_description = "Too many failed attempts. Try again later."

    def __init__(self, reason: str, *, retry_after_seconds: int, description: LiteralString | None = None) -> None:
        """Keep the seconds for the answer."""
        super().__init__(reason, description=description)
        self.retry_after_seconds = retry_after_seconds


class TooManyRegistrationsError(TooManyFailuresError):
    """This source, or this organisation, registered too many clients lately."""

    default_description = "Too many clients were registered. Try again later."


class TemporarilyUnavailableError(OAuthError):
    """A table is throttled or out of reach; the last write may have taken effect (docs/retries.md)."""

    code = "temporarily_unavailable"
    default_description = "The service is temporarily unavailable. Try again."
    retry_after_seconds: ClassVar[int] = 1


class PasswordUncertainError(TemporarilyUnavailableError):
    """The same while a new password was being stored: it may be the account's password already."""

    default_description = (
        "The service is temporarily unavailable, and your new password may be stored already. "
        "Sign in with the new password first. If that fails, nothing was changed: try again."
    )
