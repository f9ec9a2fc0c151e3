"""The schemas of what a developer finds: APIs, documents, tags, throttling policies."""

from gatehouse.endpoints.devportal import fixed_values
from gatehouse.endpoints.rest.shapes import (
    FLAG,
    FREE,
    MILLISECONDS,
    NUMBER,
    TEXT,
    TEXTS,
    Schema,
    fields,
    like,
    listing,
    lists,
    many,
    nullable,
    of,
    one_of,
    ref,
)

_NULLABLE = nullable(TEXT)
_INFO: dict[str, Schema] = {
    **fields(TEXT, "id", "name", "displayName", "description", "context", "version", "provider"),
    "lifeCycleStatus": TEXT,
    "createdTime": MILLISECONDS,
    "thumbnailUri": _NULLABLE,
    "throttlingPolicies": TEXTS,
    "isSubscriptionAvailable": FLAG,
    **like(fixed_values.API_INFO),
}
_URLS = fields(_NULLABLE, "http", "https", "ws", "wss")
_DOCUMENT: dict[str, Schema] = {
    **fields(TEXT, "name", "summary", "sourceType", "sourceUrl"),
    "otherTypeName": _NULLABLE,
}

CATALOGUE: dict[str, Schema] = {
    "APIInfo": of("id", "name", "context", "version", "provider", "lifeCycleStatus", **_INFO),
    "APIList": listing("APIInfo"),
    "ScopeInfo": of(key=TEXT, name=TEXT, roles=TEXTS, description=TEXT),
    "API": of(
        "name",
        "context",
        "version",
        "provider",
        "lifeCycleStatus",
        **_INFO,
        **fields(TEXTS, "tags", "environmentList", "categories", "asyncTransportProtocols"),
        apiDefinition=_NULLABLE,
        hasThumbnail=FLAG,
        lastUpdatedTime=MILLISECONDS,
        operations=many(of(id=TEXT, target=TEXT, verb=TEXT)),
        tiers=many(of(tierName=TEXT, tierPlan=TEXT, monetizationAttributes=nullable(FREE))),
        endpointURLs=many(
            of(
                **fields(TEXT, "environmentName", "environmentDisplayName", "environmentType"),
                URLs=of(**_URLS),
                defaultVersionURLs=FREE,
            )
        ),
        scopes=many(ref("ScopeInfo")),
        **like(fixed_values.API),
    ),
    "ApiHit": of("id", "name", "type", **{**_INFO, "type": one_of("API")}, transportType=TEXT, status=TEXT),
    "DocumentHit": of(
        "id",
        "name",
        "type",
        type=one_of("DOC"),
        **_DOCUMENT,
        **fields(
            TEXT, "id", "docType", "transportType", "visibility", "apiName", "apiVersion", "apiProvider", "apiUUID"
        ),
    ),
    "SearchResult": {"oneOf": [ref("ApiHit"), ref("DocumentHit")]},
    "OpenAPI": FREE,
    "Tag": of(value=TEXT, count=NUMBER),
    "ThrottlingPolicy": of(
        "name",
        "requestCount",
        "unitTime",
        "tierPlan",
        "stopOnQuotaReach",
        **fields(TEXT, "name", "description", "policyLevel"),
        **fields(NUMBER, "requestCount", "unitTime"),
        **like(fixed_values.THROTTLING_POLICY),
        monetizationAttributes=nullable(FREE),
        throttlingPolicyPermissions=nullable(FREE),
    ),
    "Document": of(documentId=TEXT, type=TEXT, **_DOCUMENT),
    "CodeSample": of(language=TEXT, fileName=TEXT, command=TEXT, code=TEXT),
    **lists("SearchResult", "Tag", "ThrottlingPolicy", "Document"),
    **lists("CodeSample", is_paged=False),
    "Nothing": FREE,
    "EmptyList": listing("Nothing"),
    "RatingList": listing("Nothing", avgRating=TEXT, userRating=NUMBER),
}
