"""The table of operations on keys; WSO2's deprecated `keys` beside its `oauth-keys`."""

from gatehouse.domain.portal.services import Portal
from gatehouse.endpoints.devportal.applications import USE
from gatehouse.endpoints.devportal.keys import DevportalKeys
from gatehouse.endpoints.rest.operations import Operation

_APPLICATION = "/applications/{applicationId}"


def operations(portal: Portal) -> tuple[Operation, ...]:
    """Return the table of this part."""
    here = DevportalKeys(portal)
    return (
        Operation(
            method="POST",
            path=f"{_APPLICATION}/generate-keys",
            scopes=USE,
            summary="Generate keys, with the first secret and, for client credentials, the first token.",
            run=here.generate,
            takes="ApplicationKeyGenerateRequest",
            gives="ApplicationKey",
            statuses=(200, 400, 403, 404, 409),
        ),
        Operation(
            method="POST",
            path=f"{_APPLICATION}/map-keys",
            scopes=USE,
            summary="Bind keys of another application of yours to this one; their tokens end.",
            run=here.bind,
            takes="ApplicationKeyMappingRequest",
            gives="ApplicationKey",
            statuses=(200, 400, 403, 404, 409),
        ),
        *_of(here, f"{_APPLICATION}/oauth-keys", "{keyMappingId}"),
        *_of(here, f"{_APPLICATION}/keys", "{keyType}"),
        *_secrets(here, f"{_APPLICATION}/oauth-keys/{{keyMappingId}}"),
    )


def _of(here: DevportalKeys, collection: str, name: str) -> tuple[Operation, ...]:
    one = f"{collection}/{name}"
    return (
        Operation(
            method="GET",
            path=collection,
            scopes=USE,
            summary="List an application's keys.",
            run=here.find_all,
            gives="ApplicationKeyList",
            statuses=(200, 403, 404),
        ),
        Operation(
            method="GET",
            path=one,
            scopes=USE,
            summary="Show keys; never a secret.",
            run=here.find,
            gives="ApplicationKey",
            statuses=(200, 403, 404),
        ),
        Operation(
            method="PUT",
            path=one,
            scopes=USE,
            summary="Change grant types, callbacks and lifetimes.",
            run=here.change,
            takes="ApplicationKey",
            gives="ApplicationKey",
            statuses=(200, 400, 403, 404, 409, 412),
        ),
        Operation(
            method="DELETE",
            path=one,
            scopes=USE,
            summary="Delete keys; their tokens die with them.",
            run=here.delete,
            statuses=(200, 403, 404, 412),
        ),
        Operation(
            method="POST",
            path=f"{one}/clean-up",
            scopes=USE,
            summary="Delete keys (WSO2's other name for it).",
            run=here.delete,
            statuses=(200, 403, 404, 412),
        ),
        Operation(
            method="POST",
            path=f"{one}/regenerate-secret",
            scopes=USE,
            summary="Replace all secrets by a new one.",
            run=here.regenerate_secret,
            gives="ApplicationKeyReGenerateResponse",
            statuses=(200, 400, 403, 404, 409),
        ),
        Operation(
            method="POST",
            path=f"{one}/generate-token",
            scopes=USE,
            summary="Get a token for the application itself.",
            run=here.generate_token,
            takes="ApplicationTokenGenerateRequest",
            gives="ApplicationToken",
            statuses=(200, 400, 403, 404, 412),
        ),
        Operation(
            method="GET",
            path=f"{one}/generated-tokens",
            scopes=USE,
            summary="The last ten tokens that were generated here, without the tokens; Gatehouse's own.",
            run=here.find_generated,
            gives="GeneratedTokenList",
            statuses=(200, 403, 404),
        ),
    )


def _secrets(here: DevportalKeys, one: str) -> tuple[Operation, ...]:
    return (
        Operation(
            method="POST",
            path=f"{one}/generate-secret",
            scopes=USE,
            summary="Add a secret beside the others; its value is shown once.",
            run=here.generate_secret,
            takes="ConsumerSecretCreationRequest",
            gives="ConsumerSecret",
            statuses=(201, 400, 403, 404, 409),
        ),
        Operation(
            method="GET",
            path=f"{one}/secrets",
            scopes=USE,
            summary="List secrets, masked.",
            run=here.find_secrets,
            gives="ConsumerSecretList",
            statuses=(200, 403, 404),
        ),
        Operation(
            method="POST",
            path=f"{one}/revoke-secret",
            scopes=USE,
            summary="Revoke a secret; not the most recent one.",
            run=here.revoke_secret,
            takes="ConsumerSecretRevocationRequest",
            statuses=(204, 400, 403, 404, 409),
        ),
        Operation(
            method="POST",
            path=f"{one}/revoke-tokens",
            scopes=USE,
            summary="Revoke every token that these keys got so far.",
            run=here.revoke_tokens,
            statuses=(204, 403, 404, 409),
        ),
    )
