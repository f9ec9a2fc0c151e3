"""What a backend is told in a JWT of WSO2's claims: who calls which API, through which application and subscription."""

from typing import Any
from urllib.parse import urlsplit

from gatehouse.domain.apis import apis
from gatehouse.domain.apis.apis import Api, Deployment
from gatehouse.domain.oauth.gate import TokenSubject

TYP = "JWT"
LIFETIME_SECONDS = 900
"""WSO2's default; `exp` may be as much later than the access token's end."""

ISSUED_EVERY_SECONDS = 300
"""`iat` moves in steps, so that the same call needs one signature in as many seconds."""

_DIALECT = "http://wso2.org/claims/"
_NAME_MAX = 200


def claims(subject: TokenSubject, api: Api, deployment: Deployment, issuer: str, now: int) -> dict[str, Any]:
    """Return the claims; the JWT stays below 8 KiB, since names that identify nobody are cut.

    An application's own token has no end user. WSO2 names the application's owner there, so that whoever holds the
    secret would act in the owner's name, whose it became by a transfer.
    """
    grant, application = subject.grant, subject.application
    subscription = apis.find_subscription(application, api) if application else None
    owner = f"{application.owner}@{grant.organisation}" if application and application.owner else ""
    issued_at = now - now % ISSUED_EVERY_SECONDS
    said = {
        "subscriber": owner,
        "applicationid": grant.application_id,
        "applicationname": application.name[:_NAME_MAX] if application else "",
        "applicationtier": application.throttling_policy if application else "",
        "apicontext": (urlsplit(deployment.url).path or f"/{api.name}/{api.version}")[:_NAME_MAX],
        "apiname": api.name[:_NAME_MAX],
        "version": api.version[:_NAME_MAX],
        "tier": subscription.tier if subscription else "",
        "keytype": grant.key_type,
        "usertype": "APPLICATION" if grant.user_id is None else "APPLICATION_USER",
        "enduserTenantId": grant.organisation,
    }
    if grant.user_id is not None:
        said["enduser"] = f"{grant.username or grant.user_id}@{grant.organisation}"
    return {
        "iss": issuer,
        "sub": grant.user_id or grant.client_id,
        "aud": deployment.url or f"{deployment.gateway_id}/{deployment.stage}",
        "iat": issued_at,
        "exp": issued_at + LIFETIME_SECONDS,
        **{_DIALECT + name: value for name, value in said.items()},
    }
