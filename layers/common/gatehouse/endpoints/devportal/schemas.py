"""The schemas of the JSON APIs' bodies; names and fields are WSO2's where WSO2 has them."""

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

_KEY_TYPE = one_of("PRODUCTION", "SANDBOX")
_APPLICATION = {
    "applicationId": TEXT,
    "name": {**TEXT, "minLength": 1, "maxLength": 100},
    "throttlingPolicy": {**TEXT, "minLength": 1},
    "description": {**TEXT, "maxLength": 512},
    "tokenType": one_of("OAUTH", "JWT"),
    "groups": TEXTS,
    "attributes": {"type": "object", "additionalProperties": TEXT},
    "subscriptionCount": NUMBER,
    **fields(TEXT, "status", "owner"),
    **fields(MILLISECONDS, "createdTime", "updatedTime"),
}
_CALLBACKS: Schema = {
    "oneOf": [TEXT, TEXTS],
    "description": "Redirect URIs, as one text with commas between them, or as a list. Answers hold a text, which a "
    "PUT of the same keys takes as it is. To set a URI that holds a comma itself, send a list.",
}
_DAYS = many(of(day={**TEXT, "format": "date"}, grantType=TEXT, tokens=NUMBER))

_APPLICATIONS: dict[str, Schema] = {
    "Application": of(
        "name",
        "throttlingPolicy",
        **_APPLICATION,
        keys=many(ref("ApplicationKey")),
        subscriptionScopes=many(ref("ScopeInfo")),
        hashEnabled=FLAG,
        visibility=one_of("PRIVATE", "SHARED_WITH_ORG"),
    ),
    "ApplicationInfo": of(**_APPLICATION),
    "ApplicationList": listing("ApplicationInfo"),
    "Owner": of("owner", owner=TEXT),
}

_KEYS: dict[str, Schema] = {
    "ApplicationKeyGenerateRequest": of(
        "keyType",
        "grantTypesToBeSupported",
        **fields(TEXTS, "grantTypesToBeSupported", "scopes"),
        **fields(TEXT, "keyManager", "validityTime"),
        callbackUrl=_CALLBACKS,
        keyType=_KEY_TYPE,
        additionalProperties=FREE,
    ),
    "ApplicationKeyMappingRequest": of(
        "consumerKey", "keyType", consumerKey=TEXT, consumerSecret=TEXT, keyManager=TEXT, keyType=_KEY_TYPE
    ),
    "ApplicationKey": of(
        **fields(TEXT, "keyMappingId", "keyManager", "consumerKey", "keyState", "groupId"),
        callbackUrl=_CALLBACKS,
        consumerSecret=nullable(TEXT),
        consumerSecrets=many(ref("ConsumerSecret")),
        supportedGrantTypes=TEXTS,
        keyType=_KEY_TYPE,
        mode=one_of("CREATED", "MAPPED"),
        token=nullable(ref("ApplicationToken")),
        additionalProperties=FREE,
    ),
    "ApplicationKeyReGenerateResponse": of(consumerKey=TEXT, consumerSecret=TEXT),
    "ApplicationToken": of(accessToken=TEXT, tokenScopes=TEXTS, validityTime=NUMBER),
    "ApplicationTokenGenerateRequest": of(
        consumerSecret=TEXT, validityPeriod=NUMBER, scopes=TEXTS, revokeToken=TEXT, grantType=TEXT
    ),
    "ConsumerSecret": of(secretId=TEXT, secretValue=TEXT, additionalProperties=of(expiresAt=NUMBER, description=TEXT)),
    "ConsumerSecretCreationRequest": of(additionalProperties=of(description=TEXT, expiresIn=NUMBER)),
    "ConsumerSecretRevocationRequest": of("secretId", secretId=TEXT),
    "GeneratedToken": of(scopes=TEXTS, generatedBy=TEXT, issuedTime=MILLISECONDS, expiryTime=MILLISECONDS, state=TEXT),
    **lists("ApplicationKey", "ConsumerSecret", "GeneratedToken", is_paged=False),
    "KeyManagerInfo": of(
        "name",
        "type",
        **fields(TEXT, "tokenEndpoint", "revokeEndpoint", "userInfoEndpoint"),
        availableGrantTypes=TEXTS,
        **like(fixed_values.KEY_MANAGER),
        additionalProperties=FREE,
    ),
    "KeyManagerList": listing("KeyManagerInfo", is_paged=False),
}

_SUBSCRIPTIONS: dict[str, Schema] = {
    "Subscription": of(
        "applicationId",
        "throttlingPolicy",
        **fields(TEXT, "subscriptionId", "applicationId", "throttlingPolicy", "requestedThrottlingPolicy", "status"),
        **fields(nullable(TEXT), "apiId", "redirectionParams"),
        apiInfo=nullable(ref("APIInfo")),
        applicationInfo=nullable(ref("ApplicationInfo")),
    ),
    "Subscriptions": many(ref("Subscription")),
    **lists("Subscription"),
}

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
_DOCUMENT: dict[str, Schema] = {
    **fields(TEXT, "name", "summary", "sourceType", "sourceUrl"),
    "otherTypeName": _NULLABLE,
}

_CATALOGUE: dict[str, Schema] = {
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
                URLs=of(**fields(_NULLABLE, "http", "https", "ws", "wss")),
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

_ACCOUNT: dict[str, Schema] = {
    "PasswordChange": of("currentPassword", "newPassword", currentPassword=TEXT, newPassword=TEXT),
    "Settings": of(
        **fields(TEXTS, "grantTypes", "scopes"),
        **fields(TEXT, "apiGatewayEndpoint", "userStorePasswordPattern"),
        IsAnonymousModeEnabled=FLAG,
        **like(fixed_values.SETTINGS),
    ),
    "Session": of(
        sessionId=TEXT,
        **fields(nullable(TEXT), "applicationId", "device", "address", "clientName"),
        **fields(MILLISECONDS, "since", "lastUsed", "expires"),
    ),
    "BlockedClient": of(clientId=TEXT, clientName=TEXT),
    "Passkey": of(passkeyId=TEXT, name=TEXT, since=MILLISECONDS, lastUsed=nullable(MILLISECONDS), isSynced=FLAG),
    "PasskeyName": of("name", name={**TEXT, "minLength": 1, "maxLength": 60}),
    "SignInMethods": of(
        authenticatorAppSince=nullable(MILLISECONDS), passkeys=many(ref("Passkey")), recoveryCodesLeft=NUMBER
    ),
    "RecoveryCodes": of(codes=TEXTS),
    "RememberedBrowser": of(browserId=TEXT, device=TEXT, since=MILLISECONDS, expires=MILLISECONDS),
    "SignIn": of(at=MILLISECONDS, device=TEXT, address=TEXT, methods=TEXTS, sessionId=TEXT),
    "Identity": of(providerId=TEXT, email=nullable(TEXT), since=MILLISECONDS),
    "AddressChange": of("email", email=TEXT),
    "ApplicationAttribute": FREE,
    **lists("Session", "BlockedClient", "RememberedBrowser", "SignIn", "Identity", is_paged=False),
    **lists("ApplicationAttribute", is_paged=False),
    "Tenant": of(domain=TEXT, status=TEXT),
    **lists("Tenant"),
    "OrganizationInfo": of(organizationId=TEXT, name=TEXT),
    "ApplicationUsage": of(
        applicationId=TEXT,
        name=TEXT,
        apis=many(
            of(
                **fields(TEXT, "organisation", "apiId", "name", "version"),
                missing=one_of("", "unlimited", "elsewhere", "beyond"),
                calls=NUMBER,
                days=many(of(day={**TEXT, "format": "date"}, calls=NUMBER)),
            )
        ),
    ),
    "Statistics": of(applicationId=TEXT, name=TEXT, registeredUsers=NUMBER, tokens=NUMBER, days=_DAYS),
}

SCHEMAS: dict[str, Schema] = {
    "ApplicationTransfer": of(applicationId=TEXT, name=TEXT, owner=TEXT, description=TEXT),
    **lists("ApplicationTransfer"),
    "Error": of(
        "code",
        "message",
        code=NUMBER,
        **fields(TEXT, "message", "description", "moreInfo"),
        error=many(of(code=TEXT, message=TEXT)),
        confirmation=of(digest=TEXT, revision=NUMBER, needsAdministrator=FLAG),
    ),
    "Pagination": of(offset=NUMBER, limit=NUMBER, total=NUMBER, next=TEXT, previous=TEXT),
    **_APPLICATIONS,
    **_KEYS,
    **_SUBSCRIPTIONS,
    **_CATALOGUE,
    **_ACCOUNT,
}
