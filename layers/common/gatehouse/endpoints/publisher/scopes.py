"""The scopes of the publisher API, any one of each set, and those of the operations that change something.

The store knows them without the modules that read documents.
"""

from collections.abc import Mapping

PUBLISH = frozenset({"apim:api_publish"})
VIEW = PUBLISH | {"apim:api_view"}
BLOCK = frozenset({"apim:subscription_block", "apim:admin"})
VIEW_SUBSCRIPTIONS = BLOCK | {"apim:api_view"}

CHANGES: Mapping[tuple[str, str], frozenset[str]] = {
    ("POST", "/apis"): PUBLISH,
    ("POST", "/apis/preview"): PUBLISH,
    ("PUT", "/apis/{apiId}"): PUBLISH,
    ("DELETE", "/apis/{apiId}"): PUBLISH,
    ("POST", "/apis/{apiId}/change-lifecycle"): PUBLISH,
    ("PUT", "/apis/{apiId}/thumbnail"): PUBLISH,
    ("DELETE", "/apis/{apiId}/thumbnail"): PUBLISH,
    ("PUT", "/apis/{apiId}/documents/{documentId}"): PUBLISH,
    ("DELETE", "/apis/{apiId}/documents/{documentId}"): PUBLISH,
    ("POST", "/subscriptions/{subscriptionId}/block"): BLOCK,
}
"""The scopes by method and path: all operations whose method is not GET, as a test makes sure."""
