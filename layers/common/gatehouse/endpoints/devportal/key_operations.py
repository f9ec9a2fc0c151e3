"""The table of operations on keys; WSO2's deprecated `keys` beside its `oauth-keys`."""

from gatehouse.domain.portal.services import Portal
from gatehouse.endpoints.devportal.applications import USE
from gatehouse.endpoints.devportal.keys import DevportalKeys
from gatehouse.endpoints.rest.operations import Operation, OperationTable

_TABLE = OperationTable(scopes=USE)
_APPLICATION = "/applications/{applicationId}"


def operations(portal: Portal) -> tuple[Operation, ...]:
    """Return the table of this part."""
    here = DevportalKeys(portal)
    return (
        _TABLE.post(
            f"{_APPLICATION}/generate-keys",
            "Generate keys, with the first secret and, for client credentials, the first token.",
            here.generate,
            takes="ApplicationKeyGenerateRequest",
            gives="ApplicationKey",
            statuses=(200, 403, 404, 409),
        ),
        _TABLE.post(
            f"{_APPLICATION}/map-keys",
            "Move keys of another application of yours to this one; their tokens are revoked.",
            here.bind,
            takes="ApplicationKeyMappingRequest",
            gives="ApplicationKey",
            statuses=(200, 403, 404, 409),
        ),
        *_of(here, f"{_APPLICATION}/oauth-keys", "{keyMappingId}"),
        *_of(here, f"{_APPLICATION}/keys", "{keyType}"),
        *_secrets(here, f"{_APPLICATION}/oauth-keys/{{keyMappingId}}"),
    )


def _of(here: DevportalKeys, collection: str, name: str) -> tuple[Operation, ...]:
    one = f"{collection}/{name}"
    return (
        _TABLE.get(
            collection,
            "List an application's keys.",
            here.find_all,
            gives="ApplicationKeyList",
            statuses=(200, 403, 404),
        ),
        _TABLE.get(one, "Show keys; never a secret.", here.find, gives="ApplicationKey", statuses=(200, 403, 404)),
        _TABLE.put(
            one,
            "Change grant types, callbacks and lifetimes.",
            here.change,
            takes="ApplicationKey",
            gives="ApplicationKey",
            statuses=(200, 403, 404, 409, 412),
        ),
        _TABLE.delete(one, "Delete keys and revoke their tokens.", here.delete, statuses=(200, 403, 404, 412)),
        _TABLE.post(
            f"{one}/clean-up", "Delete keys (WSO2's other name for it).", here.delete, statuses=(200, 403, 404, 412)
        ),
        _TABLE.post(
            f"{one}/regenerate-secret",
            "Replace all secrets by a new one.",
            here.regenerate_secret,
            gives="ApplicationKeyReGenerateResponse",
            statuses=(200, 400, 403, 404, 409),
        ),
        _TABLE.post(
            f"{one}/generate-token",
            "Get a token for the application itself.",
            here.generate_token,
            takes="ApplicationTokenGenerateRequest",
            gives="ApplicationToken",
            statuses=(200, 403, 404, 412),
        ),
        _TABLE.get(
            f"{one}/generated-tokens",
            "The last ten tokens that were generated here, without the tokens; Gatehouse's own.",
            here.find_generated,
            gives="GeneratedTokenList",
            statuses=(200, 403, 404),
        ),
    )


def _secrets(here: DevportalKeys, one: str) -> tuple[Operation, ...]:
    return (
        _TABLE.post(
            f"{one}/generate-secret",
            "Add a secret beside the others; its value is shown once.",
            here.generate_secret,
            takes="ConsumerSecretCreationRequest",
            gives="ConsumerSecret",
            statuses=(201, 403, 404, 409),
        ),
        _TABLE.get(
            f"{one}/secrets",
            "List secrets, masked.",
            here.find_secrets,
            gives="ConsumerSecretList",
            statuses=(200, 403, 404),
        ),
        _TABLE.post(
            f"{one}/revoke-secret",
            "Revoke a secret; not the most recent one.",
            here.revoke_secret,
            takes="ConsumerSecretRevocationRequest",
            statuses=(204, 403, 404, 409),
        ),
        _TABLE.post(
            f"{one}/revoke-tokens",
            "Revoke every token that these keys got so far.",
            here.revoke_tokens,
            statuses=(204, 403, 404, 409),
        ),
    )
