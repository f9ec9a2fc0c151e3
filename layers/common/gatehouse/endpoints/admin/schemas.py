"""The schemas of the admin API's bodies."""

from typing import Any

from gatehouse.domain import attachments, publishing

type Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_NUMBER: Schema = {"type": "integer"}
_TEXTS: Schema = {"type": "array", "items": _TEXT}
_FREE: Schema = {"type": "object", "additionalProperties": True}


def _object(*required: str, **properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, **({"required": list(required)} if required else {})}


def _list(name: str) -> Schema:
    items: Schema = {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}}
    return _object("count", "list", count=_NUMBER, list=items, pagination=_FREE)


_DEPLOYMENT = _object(
    "account",
    "region",
    "gatewayId",
    "stage",
    account=_TEXT,
    region=_TEXT,
    gatewayId=_TEXT,
    stage=_TEXT,
    keyTypes={"type": "array", "items": {**_TEXT, "enum": ["PRODUCTION", "SANDBOX"]}},
    url=_TEXT,
    hasSimpleAnswers={"type": "boolean"},
)
_SUMMARY = {
    "apiId": _TEXT,
    "name": _TEXT,
    "version": _TEXT,
    "lifecycle": {**_TEXT, "enum": list(publishing.LIFECYCLES)},
    "visibility": {**_TEXT, "enum": list(publishing.VISIBILITIES)},
    "revision": _NUMBER,
    "updatedTime": _TEXT,
}
_CHOSEN = {
    "visibleTo": _TEXTS,
    "visibleRoles": _TEXTS,
    "tiers": _TEXTS,
    "checkRevocation": {"type": "boolean"},
    "deployments": {"type": "array", "items": _DEPLOYMENT},
}
SCHEMAS: dict[str, Schema] = {
    "ApiSummary": _object(**_SUMMARY),
    "ApiSummaryList": _list("ApiSummary"),
    "PublishedApi": _object(
        **_SUMMARY,
        **_CHOSEN,
        description=_TEXT,
        nextLifecycles=_TEXTS,
        tags=_TEXTS,
        resources={"type": "array", "items": _FREE},
        scopes={"type": "array", "items": _FREE},
        warnings=_TEXTS,
    ),
    "PublishRequest": _object(
        "document",
        document=_FREE,
        apiId=_TEXT,
        lifecycle=_SUMMARY["lifecycle"],
        visibility=_SUMMARY["visibility"],
        **_CHOSEN,
    ),
    "Thumbnail": _object("content", content={**_TEXT, "format": "byte"}),
    "DocumentDraft": _object(
        "name",
        name={**_TEXT, "maxLength": 60},
        type={**_TEXT, "enum": list(attachments.KINDS)},
        summary={**_TEXT, "maxLength": 300},
        sourceType={**_TEXT, "enum": list(attachments.SOURCES)},
        sourceUrl=_TEXT,
        content=_TEXT,
    ),
    "Attachments": _object(apiId=_TEXT, hasThumbnail={"type": "boolean"}, documents={"type": "array", "items": _FREE}),
    "OpenApiDocument": _FREE,
    "LifecycleChange": _object("lifecycle", lifecycle=_SUMMARY["lifecycle"]),
    "SubscriptionState": _object("state", state={**_TEXT, "enum": ["BLOCKED", "PROD_ONLY_BLOCKED", "UNBLOCKED"]}),
    "ApiSubscription": _object(
        subscriptionId=_TEXT,
        organisation=_TEXT,
        applicationId=_TEXT,
        applicationName=_TEXT,
        owner=_TEXT,
        apiId=_TEXT,
        tier=_TEXT,
        requestedTier=_TEXT,
        state=_TEXT,
    ),
    "ApiSubscriptionList": _list("ApiSubscription"),
}
