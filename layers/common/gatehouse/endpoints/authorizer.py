"""The Lambda authorizer: API Gateway's events in, its policies out (RFC 6750 section 3).

A 401 is the exact exception `Unauthorized`; everything else that is refused is a 403: a Deny whose context
carries the challenge and WSO2's code into the API's ACCESS_DENIED gateway response.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from gatehouse.domain import apis, gate, scopes, tokens
from gatehouse.domain.apis import Api, ApiStore, Deployment
from gatehouse.domain.clients import Client
from gatehouse.domain.gate import Denial, Subject
from gatehouse.domain.organisations import Organisation
from gatehouse.domain.tokens import AccessToken, GrantStore

type Policy = dict[str, object]


class UnauthorizedError(Exception):
    """No valid token. `reason` is for the log; API Gateway wants the text `Unauthorized` to the letter."""

    def __init__(self, reason: str) -> None:
        """Keep the reason apart from the text."""
        super().__init__("Unauthorized")
        self.reason = reason


class GateDirectory(ApiStore, Protocol):
    """What the gate reads besides the grant; all answers at most the cache seconds old."""

    def find_client_soon(self, client_id: str) -> Client | None:
        """Return the client."""
        ...

    def find_organisation(self, organisation: str) -> Organisation | None:
        """Return the organisation."""
        ...

    def find_deployment(self, account: str, region: str, gateway_id: str, stage: str) -> Deployment | None:
        """Return what runs on a stage."""
        ...


@dataclass(frozen=True, slots=True)
class _Call:
    """Which resource is called, from the event."""

    method_arn: str
    account: str
    region: str
    gateway_id: str
    stage: str
    method: str
    path: str


@dataclass(frozen=True, slots=True)
class Authorizer:
    """Decides one REQUEST event of a REST API; one read of the grant, the rest remembered for seconds."""

    directory: GateDirectory
    grants: GrantStore

    def answer(self, event: Mapping[str, Any], now: int) -> Policy:
        """Return the policy for the called route.

        Raises:
            UnauthorizedError: No valid token.
        """
        call = _parse_call(event)
        token = gate.parse_bearer(_authorization(event))
        if token is None:
            raise UnauthorizedError("no readable bearer token")
        subject = self._find_subject(token, now)
        api, deployment = self._find_api(call)
        if api is None or deployment is None:
            return _deny(call, subject, Denial(gate.NO_RESOURCE))
        resource = apis.find_resource(api, call.method, call.path)
        denial = gate.decide(subject, api, deployment, resource)
        return _allow(call, subject) if denial is None else _deny(call, subject, denial)

    def _find_subject(self, token: AccessToken, now: int) -> Subject:
        grant = self.grants.find_grant(token.grant_id)
        access = None if grant is None else tokens.find_access(grant, token, now)
        if grant is None or access is None:
            raise UnauthorizedError("unknown, expired or revoked token")
        client = self.directory.find_client_soon(grant.client_id)
        organisation = self.directory.find_organisation(grant.organisation)
        if client is None or tokens.is_swept_at_gate(grant, client, organisation):
            raise UnauthorizedError(f"grant {grant.grant_id} was swept")
        application = self.directory.find_application(grant.organisation, grant.application_id)
        return Subject(grant, access, client, application)

    def _find_api(self, call: _Call) -> tuple[Api | None, Deployment | None]:
        deployment = self.directory.find_deployment(call.account, call.region, call.gateway_id, call.stage)
        if deployment is None:
            return None, None
        return self.directory.find_api(deployment.organisation, deployment.api_id), deployment


def _parse_call(event: Mapping[str, Any]) -> _Call:
    """Read a REQUEST event. Its ARN is arn:aws:execute-api:region:account:api/stage/METHOD/path."""
    method_arn = event["methodArn"]
    _, _, _, region, account, _ = method_arn.split(":", 5)
    context = event["requestContext"]
    return _Call(
        method_arn=method_arn,
        account=account,
        region=region,
        gateway_id=context["apiId"],
        stage=context["stage"],
        method=event["httpMethod"],
        path=context["resourcePath"],
    )


def _authorization(event: Mapping[str, Any]) -> list[str]:
    """Return every Authorization header, whatever its case; none if there is one under API Gateway's other name."""
    single: Mapping[str, str] = event.get("headers") or {}
    headers: Mapping[str, list[str]] = event.get("multiValueHeaders") or {n: [value] for n, value in single.items()}
    if any(name.lower() == "x-amzn-remapped-authorization" for name in headers):
        return []
    return [value for name, values in headers.items() if name.lower() == "authorization" for value in values]


def _route_arn(call: _Call) -> str:
    """Return the ARN of the route: every path variable is `*`, so that a cached Allow fits all of its paths."""
    prefix = call.method_arn.split("/", 1)[0]
    segments = ["*" if segment.startswith("{") else segment for segment in call.path.strip("/").split("/")]
    return "/".join([prefix, call.stage, call.method, *segments])


def _allow(call: _Call, subject: Subject) -> Policy:
    grant = subject.grant
    context = {
        "organisation": grant.organisation,
        "username": grant.username or "",
        "user_id": grant.user_id or "",
        "client_id": grant.client_id,
        "application_id": grant.application_id,
        "scope": scopes.render(subject.access.scopes),
        "key_type": grant.key_type,
        "grant_type": grant.grant_type,
    }
    return _policy(call, subject, "Allow", context)


def _deny(call: _Call, subject: Subject, denial: Denial) -> Policy:
    fault = denial.fault
    context = {
        "error": denial.error,
        "code": fault.code,
        "message": fault.message,
        "description": fault.description,
        "www_authenticate": _challenge(denial),
    }
    return _policy(call, subject, "Deny", context)


def _challenge(denial: Denial) -> str:
    """Render the challenge of RFC 6750 section 3; `scope` names what would have opened the resource."""
    parts = ['Bearer realm="gatehouse"']
    if denial.needed:
        parts += [f'error="{denial.error}"', f'scope="{scopes.render(denial.needed)}"']
    return ", ".join(parts)


def _policy(call: _Call, subject: Subject, effect: str, context: dict[str, str]) -> Policy:
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": _route_arn(call)}
    return {
        "principalId": subject.grant.user_id or subject.grant.client_id,
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": context,
    }
