"""What AWS's SDK raises, in a sentence that says what to do; the SDK's own wording names its internals."""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConfigParseError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    InvalidConfigError,
    InvalidRegionError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    ReadTimeoutError,
    SSLError,
    SSOError,
    TokenRetrievalError,
    WaiterError,
)

from gatehouse_cli.words import one_line

_SIGN_IN = "sign in to AWS again, then repeat the command"
_EXPIRED = f"the AWS credentials have expired: {_SIGN_IN}"
_UNKNOWN = "AWS does not know these credentials: check AWS_PROFILE, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
_BUSY = "AWS throttles these calls: repeat the command in a minute"

_CODES: Mapping[str, str] = {
    "ExpiredToken": _EXPIRED,
    "ExpiredTokenException": _EXPIRED,
    "RequestExpired": "AWS refuses the time of this request: set the clock of this machine",
    "InvalidClientTokenId": _UNKNOWN,
    "UnrecognizedClientException": _UNKNOWN,
    "SignatureDoesNotMatch": _UNKNOWN,
    "InvalidSignatureException": _UNKNOWN,
    "Throttling": _BUSY,
    "ThrottlingException": _BUSY,
    "TooManyRequestsException": _BUSY,
}
_REQUEST_CODES: Mapping[str, str] = {
    **_CODES,
    "ResourceNotFoundException": "the table does not exist in this account and region: read `gatehouse outputs list`",
}

_KINDS: tuple[tuple[tuple[type[BotoCoreError], ...], str], ...] = (
    (
        (EndpointConnectionError, ConnectTimeoutError, ReadTimeoutError),
        "{endpoint_url} does not answer: check AWS_REGION and the network, or start the local stack",
    ),
    ((SSLError,), "{endpoint_url} has no certificate that this machine trusts"),
    ((ProfileNotFound,), "there is no AWS profile {profile!r}: check AWS_PROFILE and ~/.aws/config"),
    ((NoCredentialsError, PartialCredentialsError), "there are no AWS credentials: set AWS_PROFILE, or sign in to AWS"),
    ((TokenRetrievalError, SSOError), f"nobody is signed in to AWS, or not any more: {_SIGN_IN}"),
    ((CredentialRetrievalError,), "{provider} gives no AWS credentials: {error_msg}"),
    ((InvalidConfigError,), "the AWS configuration is wrong: {error_msg}"),
    ((ConfigParseError,), "{path} is no configuration of AWS: correct the file"),
    ((InvalidRegionError,), "{region_name!r} is not a region of AWS: check AWS_REGION"),
    ((WaiterError,), "AWS gave up, or the wait was too long: read the events of the stack"),
)

DENIED = ("AccessDenied", "UnauthorizedOperation", "NotAuthorized")
_TEXT_MAX_CHARACTERS = 400


def explain(error: BotoCoreError | ClientError) -> str:
    """Return the error in our words, without a full stop."""
    if isinstance(error, ClientError):
        return _explain_refusal(error)
    told = next((text for kinds, text in _KINDS if isinstance(error, kinds)), "")
    unsaid = dict.fromkeys(("region_name", "profile", "provider", "error_msg", "path"), "")
    given: dict[str, Any] = {"endpoint_url": "AWS", **unsaid, **error.kwargs}
    return told.format_map(given).rstrip(".: ") or f"the call of AWS failed ({type(error).__name__})"


def explain_request(refusal: str) -> str:
    """Return what a service said of a request of our own, which is a code and a message, in our words."""
    code = next((one for one in _REQUEST_CODES if one in refusal), "")
    return _REQUEST_CODES.get(code) or f"AWS refuses the request: {one_line(refusal)[:_TEXT_MAX_CHARACTERS]}"


def _explain_refusal(error: ClientError) -> str:
    """Say which call was refused; AWS's own message follows where no advice of ours replaces it."""
    said = error.response.get("Error", {})
    code, message = str(said.get("Code", "")), one_line(str(said.get("Message", "")))[:_TEXT_MAX_CHARACTERS]
    if code in _CODES:
        return _CODES[code]
    if code.startswith(DENIED):
        return f"these AWS credentials may not call {error.operation_name}: {message or code}"
    return f"AWS refuses {error.operation_name}: {message or code}"
