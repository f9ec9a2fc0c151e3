"""The only table from errors to HTTP statuses and to WSO2's numbers (Developer Portal API, section `Error`)."""

from collections.abc import Mapping
from http import HTTPStatus

from gatehouse.domain.kernel import errors, refusals
from gatehouse.domain.kernel.errors import DomainError
from gatehouse.endpoints.rest import errors as rest

type Row = tuple[HTTPStatus, int, str]
"""The status, WSO2's number, and what WSO2 calls that number."""


def _row(status: HTTPStatus, code: int = 0, message: str | None = None) -> Row:
    """Return a row; an error without a number of its own has the status as number and as name."""
    return status, code or status.value, status.phrase if message is None else message


_400, _401, _403 = HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN
_404, _409 = HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT

ROWS: Mapping[type[DomainError], Row] = {
    # RFC 6749 section 5.2
    errors.InvalidRequestError: _row(_400),
    errors.DeadLinkError: _row(_400),
    errors.StalePageError: _row(_400),
    errors.InvalidClientError: _row(_401),
    errors.InvalidGrantError: _row(_400),
    errors.UnauthorizedClientError: _row(_400),
    errors.UnsupportedGrantTypeError: _row(_400),
    errors.InvalidScopeError: _row(_400),
    errors.InvalidTargetError: _row(_400),
    errors.InvalidRedirectUriError: _row(_400),
    errors.InvalidClientMetadataError: _row(_400),
    errors.RegistrationRefusedError: _row(_403),
    errors.TooManyRegistrationsError: _row(HTTPStatus.TOO_MANY_REQUESTS),
    errors.UnsupportedResponseTypeError: _row(_400),
    errors.AccessDeniedError: _row(_403),
    errors.AuthorizationPendingError: _row(_400),
    errors.SlowDownError: _row(_400),
    errors.ExpiredTokenError: _row(_400),
    errors.DeviceDeniedError: _row(_400),
    errors.LoginRequiredError: _row(_400),
    errors.ConsentRequiredError: _row(_400),
    errors.UnmetRequirementsError: _row(_400),
    errors.RequestNotSupportedError: _row(_400),
    errors.RequestUriNotSupportedError: _row(_400),
    errors.RegistrationNotSupportedError: _row(_400),
    errors.InvalidTokenError: _row(_401, 900901, ""),
    errors.MissingTokenError: _row(_401, 900902, ""),
    errors.InsufficientScopeError: _row(_403),
    errors.TooManyFailuresError: _row(HTTPStatus.TOO_MANY_REQUESTS),
    errors.TemporarilyUnavailableError: _row(HTTPStatus.SERVICE_UNAVAILABLE),
    errors.PasswordUncertainError: _row(HTTPStatus.SERVICE_UNAVAILABLE),
    # The store, the publisher API and the administration
    refusals.InvalidInputError: _row(_400),
    refusals.MissingTierError: _row(_400, 900304, "The tier cannot be null."),
    refusals.InvalidTierError: _row(_400, 900305, "The tier name is invalid."),
    refusals.InvalidPropertiesError: _row(_400, 900970, "Invalid application additional properties"),
    refusals.InvalidSubscriptionStateError: _row(_400, 900318, "Invalid state change for subscription"),
    refusals.RefusedPasswordError: _row(_400, 901452, "Password pattern invalid"),
    refusals.UnknownTenantError: _row(_400, 901300, "Tenant Not Found"),
    refusals.WrongPasswordError: _row(_400, 901451, "Current password incorrect"),
    refusals.NotAllowedError: _row(_403),
    refusals.TierNotAllowedError: _row(_403, 902002, "Subscription Tier is not allowed for user"),
    refusals.FreshSignInNeededError: _row(_401),
    refusals.NotFoundError: _row(_404),
    refusals.ApiNotFoundError: _row(_404, 900308, "API Not Found"),
    refusals.ApplicationNotFoundError: _row(_404, 900307, "Application not found"),
    refusals.KeySetNotFoundError: _row(_404, 900331, "Application Key mapping not found"),
    refusals.SubscriptionNotFoundError: _row(_404, 900310, "Subscription not found"),
    refusals.ConflictError: _row(_409, 0, "Resource Already Exists"),
    refusals.ConfirmationNeededError: _row(_409, 0, "Confirmation Needed"),
    refusals.KeySetExistsError: _row(_409, 901409, "Key Mappings already exists"),
    refusals.SubscriptionExistsError: _row(_409, 900336, "Subscription already exists"),
    refusals.BusyError: _row(HTTPStatus.SERVICE_UNAVAILABLE),
    refusals.PublishingShareError: _row(HTTPStatus.TOO_MANY_REQUESTS),
    # JSON APIs
    rest.MissingScopeError: _row(_401, 0, ""),
    rest.NotAcceptableError: _row(HTTPStatus.NOT_ACCEPTABLE),
    rest.PreconditionError: _row(HTTPStatus.PRECONDITION_FAILED),
    rest.MediaTypeError: _row(HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
    rest.InvalidSortError: _row(_400, 900707, "Invalid sort criteria"),
    rest.InvalidTokenRequestError: _row(_400, 900965, "Invalid access token request."),
    rest.InvalidPolicyLevelError: _row(_400, 900968, "Throttle Policy level invalid"),
    rest.UnknownKeyManagerError: _row(_400, 901403, "Key Manager not Registered"),
    rest.OrganisationNotFoundError: _row(_404, 901301, "Organization Not Found"),
    rest.PolicyNotFoundError: _row(_404, 903005, "Throttling Policy Not Found"),
}
"""Each class of errors that is raised has exactly one row."""


def status(error: DomainError) -> HTTPStatus:
    """Return the status of an error."""
    return ROWS[type(error)][0]


OAUTH_STATUSES = frozenset(status for error, (status, *_) in ROWS.items() if issubclass(error, errors.OAuthError))
