"""The schemas of the publisher API's bodies."""

from gatehouse.domain.apis import api_checks, api_lifecycle, attachments
from gatehouse.endpoints.publisher.publish_request import (
    DeploymentBody,
    LifecycleChange,
    PublishRequest,
    SubscriptionState,
)
from gatehouse.endpoints.rest import typed_bodies
from gatehouse.endpoints.rest.shapes import (
    FLAG,
    FREE,
    MILLISECONDS,
    NUMBER,
    TEXT,
    TEXTS,
    Schema,
    fields,
    lists,
    many,
    nullable,
    of,
    one_of,
    ref,
)

_SUMMARY = {
    **fields(TEXT, "apiId", "name", "version"),
    "lifecycle": one_of(*api_lifecycle.LIFECYCLES),
    "visibility": one_of(*api_checks.VISIBILITIES),
    "revision": NUMBER,
    "updatedTime": MILLISECONDS,
    "nextLifecycles": TEXTS,
}
SCHEMAS: dict[str, Schema] = {
    **typed_bodies.schemas(
        PublishRequest=PublishRequest, LifecycleChange=LifecycleChange, SubscriptionState=SubscriptionState
    ),
    "ApiSummary": of(**_SUMMARY),
    **lists("ApiSummary", is_paged=False),
    "PublishedApi": of(
        **_SUMMARY,
        **fields(TEXTS, "visibleTo", "visibleRoles", "tiers"),
        checkRevocation=FLAG,
        deployments=many(typed_bodies.describe(DeploymentBody)),
        description=TEXT,
        **fields(TEXTS, "tags", "warnings", "opened"),
        resources=many(of(method=TEXT, path=TEXT, security=TEXT, scopes=TEXTS)),
        scopes=many(of(name=TEXT, displayName=TEXT, roles=TEXTS, restrictedTo=nullable(TEXTS))),
    ),
    "Difference": of(kind=one_of("setting", "route", "scope", "stage"), name=TEXT, before=TEXT, after=TEXT),
    "ApiPreview": of(
        api=ref("PublishedApi"),
        isNew=FLAG,
        differences=many(ref("Difference")),
        question=nullable(of(description=TEXT, changes=TEXTS, digest=TEXT, revision=NUMBER, needsAdministrator=FLAG)),
    ),
    "ApiDifferences": of(**{"from": ref("ApiSummary"), "to": ref("ApiSummary")}, differences=many(ref("Difference"))),
    "Thumbnail": of("content", content={**TEXT, "format": "byte"}),
    "DocumentDraft": of(
        "name",
        name={**TEXT, "maxLength": 60},
        type=one_of(*attachments.KINDS),
        summary={**TEXT, "maxLength": 300},
        sourceType=one_of(*attachments.SOURCES),
        sourceUrl=TEXT,
        content=TEXT,
    ),
    "Attachments": of(apiId=TEXT, hasThumbnail=FLAG, documents=many(ref("Document"))),
    "OpenApiDocument": FREE,
    "ApiSubscription": of(
        **fields(TEXT, "subscriptionId", "organisation", "applicationId", "applicationName", "owner", "apiId"),
        **fields(TEXT, "tier", "requestedTier", "state"),
    ),
    **lists("ApiSubscription"),
}
