"""The schemas of the bodies of `/api/am/admin/v4`."""

from gatehouse.domain.oauth import registered_clients
from gatehouse.domain.portal.organisation_settings import CHOICES, FLAGS, HOSTS, NUMBERS, ROLES, TEXTS
from gatehouse.endpoints.admin.requests import Invitation, ProviderDraft, RestrictionDraft
from gatehouse.endpoints.rest import shapes, typed_bodies
from gatehouse.endpoints.rest.shapes import (
    FLAG,
    MILLISECONDS,
    NUMBER,
    TEXT,
    Schema,
    fields,
    lists,
    many,
    nullable,
    of,
    one_of,
    ref,
)

_SETTINGS: dict[str, Schema] = {
    **{name: {**TEXT, "maxLength": 1300 if name == "requestMails" else 100} for name in TEXTS},
    **dict.fromkeys(CHOICES, one_of(*registered_clients.POLICIES)),
    HOSTS: shapes.TEXTS,
    **dict.fromkeys(FLAGS, FLAG),
    **dict.fromkeys(ROLES, shapes.TEXTS),
    **{name: nullable({**NUMBER, "maximum": one.maximum}) for name, one in NUMBERS.items()},
}

_PROVIDER: dict[str, Schema] = typed_bodies.describe(ProviderDraft)["properties"]
_RESTRICTION: dict[str, Schema] = typed_bodies.describe(RestrictionDraft)["properties"]
_MEMBER: dict[str, Schema] = {
    **fields(TEXT, "username", "userId", "displayName", "email"),
    "roles": shapes.TEXTS,
    "active": FLAG,
    "awaitsApproval": FLAG,
    "invitation": TEXT,
    "secondFactors": shapes.TEXTS,
}
SCHEMAS: dict[str, Schema] = {
    **typed_bodies.schemas(
        IdentityProviderDraft=ProviderDraft, Invitation=Invitation, ApiRestrictionDraft=RestrictionDraft
    ),
    "OrganisationSettings": of(key=TEXT, **_SETTINGS, secondFactorFrom=NUMBER, logoVersion=TEXT),
    "OrganisationSettingsChange": of(**_SETTINGS),
    "IdentityProvider": of(
        **{name: one for name, one in _PROVIDER.items() if name != "clientSecret"},
        hasClientSecret=FLAG,
        redirectUri=TEXT,
        backchannelLogoutUri=TEXT,
    ),
    "IdentityProviderCheck": of(step=one_of("metadata", "keys", "credentials"), right=FLAG, message=TEXT),
    "MailDomain": of(domain=TEXT, providerId=TEXT, proven=FLAG, recordName=TEXT, record=TEXT),
    **lists("IdentityProvider", "IdentityProviderCheck", "MailDomain", is_paged=False),
    "MailDomainDraft": of("domain", "providerId", domain=TEXT, providerId=TEXT),
    "Logo": of("content", content={**TEXT, "format": "byte"}),
    "LogoVersion": of(mediaType=TEXT, version=TEXT),
    "Member": of(**_MEMBER),
    "ChangedMember": of(
        **_MEMBER,
        applications={
            **many(ref("AdminApplication")),
            "description": "After `disable`, the member's applications, which go on working: revoke, transfer or "
            "delete each of them. Empty after everything else.",
        },
    ),
    "Import": of("content", content=TEXT),
    "ImportResult": of(**fields(NUMBER, "invited", "imported", "taken"), refused=many(of(line=NUMBER, reason=TEXT))),
    "Roles": of("roles", roles=shapes.TEXTS),
    "ScopeRoles": of(scope=TEXT, bound=FLAG, roles=shapes.TEXTS),
    "ApiRestriction": of(apiId=TEXT, **_RESTRICTION),
    "RestrictionList": of(scopes=many(ref("ScopeRoles")), apis=many(ref("ApiRestriction"))),
    "AdminApplication": of(
        **fields(TEXT, "applicationId", "name", "owner", "pendingOwner"),
        keys=many(of(keyType=TEXT, consumerKey=TEXT)),
        subscriptions=many(of(organisation=TEXT, apiId=TEXT, state=TEXT)),
    ),
    "SubscriptionBlock": of(organisation=TEXT, applicationId=TEXT, state=TEXT),
    "RegisteredClient": of(
        **fields(TEXT, "id", "clientId", "host", "claimedName"),
        kind=one_of("DOCUMENT", "DYNAMIC"),
        **fields(shapes.TEXTS, "redirectHosts", "redirectUris"),
        state=one_of("USED", "UNUSED", "BLOCKED"),
        createdTime=MILLISECONDS,
    ),
    "ClientBlock": of(blocked=FLAG),
    "ClientScopes": of("scopes", scopes=shapes.TEXTS),
    "Decision": of("approved", approved=FLAG),
    "WaitingSubscription": of(
        **fields(TEXT, "subscriptionId", "organisation", "applicationName", "owner"),
        **fields(TEXT, "apiId", "tier", "requestedTier", "state"),
    ),
    "Inbox": of(members=ref("MemberList"), subscriptions=ref("WaitingSubscriptionList")),
    "AuditEntry": of(**fields(TEXT, "actor", "action", "target", "detail"), time=MILLISECONDS),
    **lists("Member", "AdminApplication", "SubscriptionBlock", "RegisteredClient", "WaitingSubscription", "AuditEntry"),
    "ApiUsage": of(
        stages=many(
            of(
                **fields(TEXT, "account", "region", "gatewayId", "stage"),
                missing=one_of("", "elsewhere", "namesake"),
                days=many(
                    of(
                        day={**TEXT, "format": "date"},
                        **fields(
                            NUMBER, "calls", "clientErrors", "serverErrors", "medianMilliseconds", "slowMilliseconds"
                        ),
                    )
                ),
                applications=many(of(organisation=TEXT, applicationId=TEXT, calls=NUMBER)),
            )
        )
    ),
    "OrganisationStatistics": of(
        days=many(of(day={**TEXT, "format": "date"}, grantType=TEXT, tokens=NUMBER)),
        topApplications=many(of(applicationId=TEXT, name=TEXT, tokens=NUMBER, registeredUsers=NUMBER)),
    ),
}
