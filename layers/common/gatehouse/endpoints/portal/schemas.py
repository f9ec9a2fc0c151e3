"""The schemas of the JSON APIs' bodies; names and fields are WSO2's where WSO2 has them."""

from typing import Any

from gatehouse.domain.portal.organisation_settings import FLAGS, NUMBERS, TEXTS

type Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_NUMBER: Schema = {"type": "integer"}
_FLAG: Schema = {"type": "boolean"}
_TEXTS: Schema = {"type": "array", "items": _TEXT}
_FREE: Schema = {"type": "object", "additionalProperties": True}


def _object(*required: str, **fields: Schema) -> Schema:
    described: Schema = {"type": "object", "properties": fields}
    return {**described, "required": list(required)} if required else described


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _list(name: str, *, is_paged: bool = True) -> Schema:
    fields: dict[str, Schema] = {"count": _NUMBER, "list": {"type": "array", "items": _ref(name)}}
    return _object("count", "list", **fields, **({"pagination": _ref("Pagination")} if is_paged else {}))


_APPLICATION = {
    "applicationId": _TEXT,
    "name": {**_TEXT, "minLength": 1, "maxLength": 100},
    "throttlingPolicy": {**_TEXT, "minLength": 1},
    "description": {**_TEXT, "maxLength": 512},
    "tokenType": {**_TEXT, "enum": ["OAUTH", "JWT"]},
    "groups": _TEXTS,
    "attributes": {"type": "object", "additionalProperties": _TEXT},
    "status": _TEXT,
    "subscriptionCount": _NUMBER,
    "owner": _TEXT,
    "createdTime": _TEXT,
    "updatedTime": _TEXT,
}
_KEYS = {
    "keyMappingId": _TEXT,
    "consumerKey": _TEXT,
    "consumerSecret": {**_TEXT, "nullable": True},
    "supportedGrantTypes": _TEXTS,
    "callbackUrl": _TEXT,
    "keyState": _TEXT,
    "keyType": {**_TEXT, "enum": ["PRODUCTION", "SANDBOX"]},
    "additionalProperties": _FREE,
}

SCHEMAS: dict[str, Schema] = {
    "Error": _object("code", "message", code=_NUMBER, message=_TEXT, description=_TEXT, moreInfo=_TEXT),
    "Pagination": _object(offset=_NUMBER, limit=_NUMBER, total=_NUMBER, next=_TEXT, previous=_TEXT),
    "Application": _object("name", "throttlingPolicy", **_APPLICATION),
    "ApplicationInfo": _object(**_APPLICATION),
    "ApplicationList": _list("ApplicationInfo"),
    "Owner": _object("owner", owner=_TEXT),
    "ApplicationKeyGenerateRequest": _object(
        "keyType",
        "grantTypesToBeSupported",
        keyType={**_TEXT, "enum": ["PRODUCTION", "SANDBOX"]},
        grantTypesToBeSupported=_TEXTS,
        keyManager=_TEXT,
        callbackUrl=_TEXT,
        scopes=_TEXTS,
        validityTime=_TEXT,
        additionalProperties=_FREE,
    ),
    "ApplicationKeyMappingRequest": _object(
        "consumerKey",
        "keyType",
        consumerKey=_TEXT,
        consumerSecret=_TEXT,
        keyManager=_TEXT,
        keyType={**_TEXT, "enum": ["PRODUCTION", "SANDBOX"]},
    ),
    "ApplicationKey": _object(**_KEYS, token={"allOf": [_ref("ApplicationToken")], "nullable": True}),
    "ApplicationKeyList": _list("ApplicationKey", is_paged=False),
    "ApplicationKeyReGenerateResponse": _object(consumerKey=_TEXT, consumerSecret=_TEXT),
    "ApplicationToken": _object(accessToken=_TEXT, tokenScopes=_TEXTS, validityTime=_NUMBER),
    "ApplicationTokenGenerateRequest": _object(
        consumerSecret=_TEXT, validityPeriod=_NUMBER, scopes=_TEXTS, revokeToken=_TEXT, grantType=_TEXT
    ),
    "ConsumerSecret": _object(secretId=_TEXT, secretValue=_TEXT, additionalProperties=_FREE),
    "ConsumerSecretList": _list("ConsumerSecret", is_paged=False),
    "ConsumerSecretCreationRequest": _object(additionalProperties=_object(description=_TEXT, expiresIn=_NUMBER)),
    "ConsumerSecretRevocationRequest": _object("secretId", secretId=_TEXT),
    "Subscription": _object(
        "applicationId",
        "throttlingPolicy",
        subscriptionId=_TEXT,
        applicationId=_TEXT,
        apiId={**_TEXT, "nullable": True},
        throttlingPolicy=_TEXT,
        requestedThrottlingPolicy=_TEXT,
        status=_TEXT,
        apiInfo={**_FREE, "nullable": True},
        applicationInfo={**_FREE, "nullable": True},
    ),
    "Subscriptions": {"type": "array", "items": _ref("Subscription")},
    "SubscriptionList": _list("Subscription"),
    "API": _object(
        "name", "context", "version", "provider", "lifeCycleStatus", id=_TEXT, name=_TEXT, description=_TEXT
    ),
    "APIList": _list("API"),
    "SearchResult": _object("id", "name", "type", id=_TEXT, name=_TEXT, type={**_TEXT, "enum": ["API", "DOC"]}),
    "SearchResultList": _list("SearchResult"),
    "OpenAPI": _FREE,
    "Tag": _object(value=_TEXT, count=_NUMBER),
    "TagList": _list("Tag"),
    "ThrottlingPolicy": _object(
        "name", name=_TEXT, description=_TEXT, policyLevel=_TEXT, requestCount=_NUMBER, unitTime=_NUMBER, tierPlan=_TEXT
    ),
    "ThrottlingPolicyList": _list("ThrottlingPolicy"),
    "Document": _object(documentId=_TEXT, name=_TEXT, type=_TEXT, summary=_TEXT, sourceType=_TEXT, sourceUrl=_TEXT),
    "DocumentList": _list("Document"),
    "EmptyList": _object("count", "list", count=_NUMBER, list={"type": "array", "items": _FREE}),
    "KeyManagerInfo": _object("name", "type", id=_TEXT, name=_TEXT, type=_TEXT, enabled=_FLAG),
    "KeyManagerList": _list("KeyManagerInfo", is_paged=False),
    "PasswordChange": _object("currentPassword", "newPassword", currentPassword=_TEXT, newPassword=_TEXT),
    "Settings": _FREE,
    "GeneratedToken": _object(scopes=_TEXTS, generatedBy=_TEXT, issuedTime=_TEXT, expiryTime=_TEXT, state=_TEXT),
    "GeneratedTokenList": _list("GeneratedToken", is_paged=False),
    "Session": _object(
        sessionId=_TEXT,
        applicationId={**_TEXT, "nullable": True},
        grants=_NUMBER,
        since=_TEXT,
        lastUsed=_TEXT,
        expires=_TEXT,
    ),
    "SessionList": _list("Session", is_paged=False),
    "OrganisationSettings": _object(
        **{name: {**_TEXT, "maxLength": 100} for name in TEXTS},
        **dict.fromkeys(FLAGS, _FLAG),
        **{name: {**_NUMBER, "nullable": True, "maximum": one.maximum} for name, one in NUMBERS.items()},
    ),
    "Logo": _object("content", content={**_TEXT, "format": "byte"}),
    "LogoVersion": _object(mediaType=_TEXT, version=_TEXT),
    "ApplicationAttributeList": _object(count=_NUMBER, list={"type": "array", "items": _FREE}),
    "TenantList": _object(count=_NUMBER, list={"type": "array", "items": _object(domain=_TEXT, status=_TEXT)}),
    "OrganizationInfo": _object(organizationId=_TEXT, name=_TEXT),
    "Statistics": _object(
        applicationId=_TEXT,
        name=_TEXT,
        registeredUsers=_NUMBER,
        tokens=_NUMBER,
        days={"type": "array", "items": _object(day=_TEXT, grant_type=_TEXT, tokens=_NUMBER)},
    ),
}
