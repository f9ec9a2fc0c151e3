"""The schemas of the JSON APIs' bodies; names and fields are WSO2's where WSO2 has them."""

from gatehouse.endpoints.devportal import fixed_values
from gatehouse.endpoints.devportal.catalogue_schemas import CATALOGUE
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

_KEY_TYPE = one_of("PRODUCTION", "SANDBOX")
_APPLICATION = {
    "applicationId": TEXT,
    "name": {**TEXT, "minLength": 1, "maxLength": 100},
    "throttlingPolicy": {**TEXT, "minLength": 1},
    "description": {**TEXT, "maxLength": 512},
    "tokenType": one_of("OAUTH", "JWT"),
    "groups": TEXTS,
    "attributes": {"type": "object", "additionalProperties": TEXT},
    "status": TEXT,
    "subscriptionCount": NUMBER,
    "owner": TEXT,
    "createdTime": MILLISECONDS,
    "updatedTime": MILLISECONDS,
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
        keyType=_KEY_TYPE,
        grantTypesToBeSupported=TEXTS,
        keyManager=TEXT,
        callbackUrl=TEXT,
        scopes=TEXTS,
        validityTime=TEXT,
        additionalProperties=FREE,
    ),
    "ApplicationKeyMappingRequest": of(
        "consumerKey", "keyType", consumerKey=TEXT, consumerSecret=TEXT, keyManager=TEXT, keyType=_KEY_TYPE
    ),
    "ApplicationKey": of(
        keyMappingId=TEXT,
        keyManager=TEXT,
        consumerKey=TEXT,
        consumerSecret=nullable(TEXT),
        consumerSecrets=many(ref("ConsumerSecret")),
        supportedGrantTypes=TEXTS,
        callbackUrl=TEXT,
        keyState=TEXT,
        keyType=_KEY_TYPE,
        mode=one_of("CREATED", "MAPPED"),
        groupId=TEXT,
        token=nullable(ref("ApplicationToken")),
        additionalProperties=FREE,
    ),
    "ApplicationKeyList": listing("ApplicationKey", is_paged=False),
    "ApplicationKeyReGenerateResponse": of(consumerKey=TEXT, consumerSecret=TEXT),
    "ApplicationToken": of(accessToken=TEXT, tokenScopes=TEXTS, validityTime=NUMBER),
    "ApplicationTokenGenerateRequest": of(
        consumerSecret=TEXT, validityPeriod=NUMBER, scopes=TEXTS, revokeToken=TEXT, grantType=TEXT
    ),
    "ConsumerSecret": of(secretId=TEXT, secretValue=TEXT, additionalProperties=of(expiresAt=NUMBER, description=TEXT)),
    "ConsumerSecretList": listing("ConsumerSecret", is_paged=False),
    "ConsumerSecretCreationRequest": of(additionalProperties=of(description=TEXT, expiresIn=NUMBER)),
    "ConsumerSecretRevocationRequest": of("secretId", secretId=TEXT),
    "GeneratedToken": of(scopes=TEXTS, generatedBy=TEXT, issuedTime=MILLISECONDS, expiryTime=MILLISECONDS, state=TEXT),
    "GeneratedTokenList": listing("GeneratedToken", is_paged=False),
    "KeyManagerInfo": of(
        "name",
        "type",
        **like(fixed_values.KEY_MANAGER),
        **dict.fromkeys(("tokenEndpoint", "revokeEndpoint", "userInfoEndpoint"), TEXT),
        availableGrantTypes=TEXTS,
        additionalProperties=FREE,
    ),
    "KeyManagerList": listing("KeyManagerInfo", is_paged=False),
}

_SUBSCRIPTIONS: dict[str, Schema] = {
    "Subscription": of(
        "applicationId",
        "throttlingPolicy",
        subscriptionId=TEXT,
        applicationId=TEXT,
        apiId=nullable(TEXT),
        throttlingPolicy=TEXT,
        requestedThrottlingPolicy=TEXT,
        status=TEXT,
        apiInfo=nullable(ref("APIInfo")),
        applicationInfo=nullable(ref("ApplicationInfo")),
        redirectionParams=nullable(TEXT),
    ),
    "Subscriptions": many(ref("Subscription")),
    "SubscriptionList": listing("Subscription"),
}

_ACCOUNT: dict[str, Schema] = {
    "PasswordChange": of("currentPassword", "newPassword", currentPassword=TEXT, newPassword=TEXT),
    "Settings": of(
        **like(fixed_values.SETTINGS),
        **dict.fromkeys(("grantTypes", "scopes"), TEXTS),
        **dict.fromkeys(("apiGatewayEndpoint", "userStorePasswordPattern"), TEXT),
        IsAnonymousModeEnabled=FLAG,
    ),
    "Session": of(
        sessionId=TEXT,
        applicationId=nullable(TEXT),
        device=nullable(TEXT),
        address=nullable(TEXT),
        clientName=nullable(TEXT),
        since=MILLISECONDS,
        lastUsed=MILLISECONDS,
        expires=MILLISECONDS,
    ),
    "BlockedClient": of(clientId=TEXT, clientName=TEXT),
    "BlockedClientList": listing("BlockedClient", is_paged=False),
    "SessionList": listing("Session", is_paged=False),
    "Passkey": of(passkeyId=TEXT, name=TEXT, since=MILLISECONDS, lastUsed=nullable(MILLISECONDS), isSynced=FLAG),
    "PasskeyName": of("name", name={**TEXT, "minLength": 1, "maxLength": 60}),
    "SignInMethods": of(
        authenticatorAppSince=nullable(MILLISECONDS), passkeys=many(ref("Passkey")), recoveryCodesLeft=NUMBER
    ),
    "RecoveryCodes": of(codes=TEXTS),
    "RememberedBrowser": of(browserId=TEXT, device=TEXT, since=MILLISECONDS, expires=MILLISECONDS),
    "RememberedBrowserList": listing("RememberedBrowser", is_paged=False),
    "SignIn": of(at=MILLISECONDS, device=TEXT, address=TEXT, methods=TEXTS, sessionId=TEXT),
    "SignInList": listing("SignIn", is_paged=False),
    "Identity": of(providerId=TEXT, email=nullable(TEXT), since=MILLISECONDS),
    "IdentityList": listing("Identity", is_paged=False),
    "AddressChange": of("email", email=TEXT),
    "ApplicationAttribute": FREE,
    "ApplicationAttributeList": listing("ApplicationAttribute", is_paged=False),
    "Tenant": of(domain=TEXT, status=TEXT),
    "TenantList": listing("Tenant"),
    "OrganizationInfo": of(organizationId=TEXT, name=TEXT),
    "ApplicationUsage": of(
        applicationId=TEXT,
        name=TEXT,
        apis=many(
            of(
                **dict.fromkeys(("organisation", "apiId", "name", "version"), TEXT),
                missing=one_of("", "unlimited", "elsewhere"),
                calls=NUMBER,
                days=many(of(day={**TEXT, "format": "date"}, calls=NUMBER)),
            )
        ),
    ),
    "Statistics": of(applicationId=TEXT, name=TEXT, registeredUsers=NUMBER, tokens=NUMBER, days=_DAYS),
}

SCHEMAS: dict[str, Schema] = {
    "ApplicationTransfer": of(applicationId=TEXT, name=TEXT, owner=TEXT, description=TEXT),
    "ApplicationTransferList": listing("ApplicationTransfer"),
    "Error": of(
        "code",
        "message",
        code=NUMBER,
        message=TEXT,
        description=TEXT,
        moreInfo=TEXT,
        error=many(of(code=TEXT, message=TEXT)),
        confirmation=of(digest=TEXT, revision=NUMBER, needsAdministrator=FLAG),
    ),
    "Pagination": of(offset=NUMBER, limit=NUMBER, total=NUMBER, next=TEXT, previous=TEXT),
    **_APPLICATIONS,
    **_KEYS,
    **_SUBSCRIPTIONS,
    **CATALOGUE,
    **_ACCOUNT,
}
