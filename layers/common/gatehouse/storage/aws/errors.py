"""The meaning of AWS's errors, in one place: a lost race, something to retry, or a bug of ours.

The codes in the CancellationReasons of a TransactionCanceledException are not exception names:
`ThrottlingError` there is `ThrottlingException` elsewhere.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
"""

from collections.abc import Collection
from typing import Literal

type Meaning = Literal["lost", "retried", "refused"]

_SERVER_FAILURE = 500

CONDITION_FAILED = "ConditionalCheckFailed"

REASONS: dict[str, Meaning] = {
    CONDITION_FAILED: "lost",
    "TransactionConflict": "retried",
    "ProvisionedThroughputExceeded": "retried",
    "ThrottlingError": "retried",
    "ItemCollectionSizeLimitExceeded": "refused",
    "ValidationError": "refused",
}
"""The documented codes in CancellationReasons, without `None`, which means that the action had no part in it."""

ERRORS: dict[str, Meaning] = {
    "ConditionalCheckFailedException": "lost",
    "InternalServerError": "retried",
    "InternalServiceError": "retried",
    "LimitExceededException": "retried",
    "ProvisionedThroughputExceededException": "retried",
    "ReplicatedWriteConflictException": "retried",
    "RequestLimitExceeded": "retried",
    "ServiceUnavailable": "retried",
    "Throttling": "retried",
    "ThrottlingException": "retried",
    "TransactionConflictException": "retried",
    "TransactionInProgressException": "retried",
    "DecryptionFailure": "refused",
    "EncryptionFailure": "refused",
    "IdempotentParameterMismatchException": "refused",
    "InvalidParameterException": "refused",
    "InvalidRequestException": "refused",
    "ItemCollectionSizeLimitExceededException": "refused",
    "ResourceExistsException": "refused",
    "ResourceNotFoundException": "refused",
}
"""The documented errors of the operations that we call, without TransactionCanceledException, which has reasons."""


def of_error(status: int, code: str) -> Meaning:
    """Return the meaning of an error; one that is not listed is a failure of AWS's from status 500 on, else ours."""
    return ERRORS.get(code) or ("retried" if status >= _SERVER_FAILURE else "refused")


def of_reasons(reasons: Collection[str]) -> Meaning:
    """Return the meaning of a canceled transaction.

    A condition that did not hold decides: what the transaction was built on has changed, so that sending it again
    is useless. A code that is not listed is refused, for it must not pass for a lost race.
    """
    meanings = {REASONS.get(reason, "refused") for reason in reasons if reason != "None"}
    if "lost" in meanings:
        return "lost"
    return "retried" if meanings == {"retried"} else "refused"
