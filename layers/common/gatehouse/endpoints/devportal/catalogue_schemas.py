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
    like,
    listing,
    many,
    nullable,
    of,
    one_of,
    ref,
)

_NULLABLE = nullable(TEXT)
_INFO: dict[str, Schema] = {
    **like(fixed_values.API_INFO),
    **dict.fromkeys(("id", "name", "displayName", "description", "context", "version", "provider"), TEXT),
    "lifeCycleStatus": TEXT,
    "createdTime": MILLISECONDS,
    "thumbnailUri": _NULLABLE,
    "throttlingPolicies": TEXTS,
    "isSubscriptionAvailable": FLAG,
}
_URLS = dict.fromkeys(("http", "https", "ws", "wss"), _NULLABLE)
_DOCUMENT: dict[str, Schema] = {
    **dict.fromkeys(("name", "summary", "sourceType", "sourceUrl"), TEXT),
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
        **like(fixed_values.API),
        **dict.fromkeys(("tags", "environmentList", "categories", "asyncTransportProtocols"), TEXTS),
        apiDefinition=_NULLABLE,
        hasThumbnail=FLAG,
        lastUpdatedTime=MILLISECONDS,
        operations=many(of(id=TEXT, target=TEXT, verb=TEXT)),
        tiers=many(of(tierName=TEXT, tierPlan=TEXT, monetizationAttributes=nullable(FREE))),
        endpointURLs=many(
            of(
                environmentName=TEXT,
                environmentDisplayName=TEXT,
                environmentType=TEXT,
                URLs=of(**_URLS),
                defaultVersionURLs=FREE,
            )
        ),
        scopes=many(ref("ScopeInfo")),
    ),
    "ApiHit": of("id", "name", "type", **{**_INFO, "type": one_of("API")}, transportType=TEXT, status=TEXT),
    "DocumentHit": of(
        "id",
        "name",
        "type",
        id=TEXT,
        type=one_of("DOC"),
        docType=TEXT,
        **_DOCUMENT,
        **dict.fromkeys(("transportType", "visibility", "apiName", "apiVersion", "apiProvider", "apiUUID"), TEXT),
    ),
    "SearchResult": {"oneOf": [ref("ApiHit"), ref("DocumentHit")]},
    "SearchResultList": listing("SearchResult"),
    "OpenAPI": FREE,
    "Tag": of(value=TEXT, count=NUMBER),
    "TagList": listing("Tag"),
    "ThrottlingPolicy": of(
        "name",
        "requestCount",
        "unitTime",
        "tierPlan",
        "stopOnQuotaReach",
        **like(fixed_values.THROTTLING_POLICY),
        **dict.fromkeys(("name", "description", "policyLevel"), TEXT),
        **dict.fromkeys(("requestCount", "unitTime"), NUMBER),
        monetizationAttributes=nullable(FREE),
        throttlingPolicyPermissions=nullable(FREE),
    ),
    "ThrottlingPolicyList": listing("ThrottlingPolicy"),
    "Document": of(documentId=TEXT, type=TEXT, **_DOCUMENT),
    "DocumentList": listing("Document"),
    "CodeSample": of(language=TEXT, fileName=TEXT, command=TEXT, code=TEXT),
    "CodeSampleList": listing("CodeSample", is_paged=False),
    "Nothing": FREE,
    "EmptyList": listing("Nothing"),
    "RatingList": listing("Nothing", avgRating=TEXT, userRating=NUMBER),
}
