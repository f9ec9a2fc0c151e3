"""What an authorizer answers: an IAM policy with a context, or the simple answer of an HTTP API.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
"""

from functools import lru_cache

import msgspec

from gatehouse.domain.apis import iam_policies, routes
from gatehouse.domain.apis.apis import Api, Deployment, Resource
from gatehouse.domain.apis.iam_policies import IamPolicy
from gatehouse.domain.kernel import scopes
from gatehouse.domain.oauth import gate
from gatehouse.domain.oauth.gate import Denial, Reach, TokenSubject
from gatehouse.endpoints.authorizer.events import GateRequest

type Answer = dict[str, object]

_ACTION = "execute-api:Invoke"

INVALID_CREDENTIALS = "900901"
"""WSO2's code of a token that is not valid."""

_UNREPEATABLE = str.maketrans({one: f"%{ord(one):02X}" for one in '%"\\'})
"""An HTTP API that repeats a context from its cache is reported to choke on quotation marks (docs/decisions/0363)."""

_SHARED_MAX_BYTES = 4096
"""What a policy may take where one about the called route would do: AWS says no limit, others met one at some KiB."""


class _Stage(msgspec.Struct, frozen=True):
    """The policy about a whole stage, as it is answered.

    Attributes:
        statements: The effect of each, and the ARNs.
        arn_bytes: How long the ARNs are together.
    """

    policy: IamPolicy
    statements: list[tuple[str, list[str]]]
    arn_bytes: int


class Writer(msgspec.Struct, frozen=True):
    """Writes the answer to one call.

    Attributes:
        deployment: None if nothing was published on the stage.
        metadata_url: Where the protected resource metadata of all APIs begin (RFC 9728); empty leaves them out.
        counted_by: The value of the API key by which a usage plan counts the call; empty for HTTP APIs.
        backend_jwt: What the backend may read as `X-JWT-Assertion`; empty if it is not wanted.
    """

    call: GateRequest
    subject: TokenSubject
    deployment: Deployment | None
    metadata_url: str
    counted_by: str = ""
    backend_jwt: str = ""

    def deny(self, denial: Denial, reach: Reach | None = None) -> Answer:
        """Close the called route, or the whole stage if the event does not say which.

        Access logs name the application of a denied call, too (docs/how-to/errors-per-application.md).

        Args:
            denial: Why.
            reach: What the token opens; None where nothing is published.
        """
        return self._answer("Deny", self._caller(reach) | self._refusal(denial))

    def route(self, api: Api, resource: Resource | None, reach: Reach, denial: Denial | None) -> Answer:
        """Answer for the called route, by a policy that is right for the other routes of the stage too.

        So nothing leaks where the gateway caches by the token alone, though it should not
        (docs/how-to/attach-rest-api.md). A simple answer cannot say that much; nor can a policy about some
        trees of routes (`iam_policies.find_conflicts`), nor a small one about very many: then
        the answer is about the called route only.

        Args:
            api: What runs on the stage.
            resource: What is called; None if nobody published it.
            reach: What the token opens.
            denial: Why it does not open the called route.
        """
        if resource is not None and self.call.route is not None and not self._has_simple_answers:
            found = find_stage(api.resources, reach, self._arn(""))
            method = self.call.route[0]
            if denial is None and iam_policies.opens_every_path(found.policy, api.resources, resource, method):
                is_right = iam_policies.EVERYTHING not in found.policy.allowed  # which opens what nobody published
            else:
                is_right = denial is not None and not found.policy.allows(self.call.called)
            if is_right and found.arn_bytes <= _SHARED_MAX_BYTES:
                return self._policy(found.statements, self._caller(reach) | (self._refusal(denial) if denial else {}))
        return self._answer("Allow", self._caller(reach)) if denial is None else self.deny(denial, reach)

    def stage(self, api: Api, reach: Reach) -> Answer:
        """Answer for every route of the stage at once, whichever is called.

        The refusal in the context is the same for all closed routes: which scope would open one is not known here.

        Args:
            api: What runs on the stage.
            reach: What the token opens.
        """
        refusal = self._refusal(reach.denial or Denial(gate.SCOPE_MISSING))
        found = find_stage(api.resources, reach, self._arn(""))
        return self._policy(found.statements, {**self._caller(reach), **refusal})

    @property
    def _has_simple_answers(self) -> bool:
        return self.call.takes_simple_answers and (self.deployment is None or self.deployment.has_simple_answers)

    def _answer(self, effect: str, context: dict[str, str]) -> Answer:
        simple: Answer = {"isAuthorized": effect == "Allow", "context": context}
        if self._has_simple_answers and self.deployment is not None:
            return simple
        policy = self._policy([(effect, [self._arn(self._route())])], context)
        return {**policy, **simple} if self._has_simple_answers else policy

    def _policy(self, statements: list[tuple[str, list[str]]], context: dict[str, str]) -> Answer:
        grant = self.subject.grant
        counted = {"usageIdentifierKey": self.counted_by} if self.counted_by else {}
        return {
            **counted,
            **_policy(grant.user_id or grant.client_id, statements, context),
        }

    def _arn(self, pattern: str) -> str:
        """Return a pattern as an ARN. The API's id names it in every region and account, so these may be short."""
        call = self.call
        return f"arn:{call.partition}:execute-api:*:*:{call.gateway_id}/{call.stage}/{pattern}"

    def _route(self) -> str:
        """Return the called route: every path variable is `*`, so that a cached Allow fits all of its paths."""
        if self.call.route is None:
            return iam_policies.EVERYTHING
        method, path = self.call.route
        if path == routes.DEFAULT_PATH:
            return iam_policies.EVERYTHING
        segments = ["*" if segment.startswith("{") else segment for segment in path.strip("/").split("/")]
        return "/".join(["*" if method == "ANY" else method, *segments])

    def _caller(self, reach: Reach | None) -> dict[str, str]:
        signed = {"backend_jwt": self.backend_jwt} if self.backend_jwt else {}
        told = _caller(self.subject, reach)
        if self.call.is_http_api:
            told["username"] = told["username"].translate(_UNREPEATABLE)
        return {**told, **signed}

    def _refusal(self, denial: Denial) -> dict[str, str]:
        """Say why; an HTTP API cannot show a challenge, and could not repeat its quotation marks from the cache."""
        fault = denial.fault
        return {
            "error": denial.error,
            "code": fault.code,
            "message": fault.message,
            "description": fault.description,
            **({"www_authenticate": self._challenge(denial)} if not self.call.is_http_api else {}),
        }

    def _challenge(self, denial: Denial) -> str:
        """Render the challenge of RFC 6750 section 3; `scope` names what would have opened the resource."""
        parts = ['Bearer realm="gatehouse"']
        if denial.is_insufficient_scope:
            parts.append(f'error="{denial.error}"')
        if denial.needed:
            parts.append(f'scope="{scopes.render(denial.needed)}"')
        if self.metadata_url and self.deployment is not None:
            url = f"{self.metadata_url}/t/{self.deployment.organisation}/{self.deployment.api_id}"
            parts.append(f'resource_metadata="{url}/{self.call.gateway_id}/{self.call.stage}"')
        return ", ".join(parts)


@lru_cache(maxsize=256)
def find_stage(resources: tuple[Resource, ...], reach: Reach, prefix: str) -> _Stage:
    """Return the policy about a stage: nothing else decides it, so many calls get the same one.

    Args:
        resources: All of the API's.
        reach: What the token opens.
        prefix: How the stage's ARNs begin.
    """
    policy = iam_policies.build(resources, reach.opens, len(prefix) + len('"",'))
    patterns = (("Allow", policy.allowed), ("Deny", policy.denied))
    statements = [(effect, [f"{prefix}{one}" for one in some]) for effect, some in patterns if some]
    if not policy.allowed:
        statements = [("Deny", [f"{prefix}{iam_policies.EVERYTHING}"])]
    return _Stage(policy, statements, sum(len(arn) for _, arns in statements for arn in arns))


def refuse(call: GateRequest, deployment: Deployment | None) -> Answer:
    """Deny a call without a valid token, at an HTTP API; nobody is known, and so nobody is named."""
    context = {"error": "invalid_token", "code": INVALID_CREDENTIALS}
    simple: Answer = {"isAuthorized": False, "context": context}
    if call.takes_simple_answers and deployment is not None and deployment.has_simple_answers:
        return simple
    resource = f"arn:{call.partition}:execute-api:*:*:{call.gateway_id}/{call.stage}/{iam_policies.EVERYTHING}"
    policy = _policy("nobody", [("Deny", [resource])], context)
    return {**policy, **simple} if call.takes_simple_answers and deployment is None else policy


def _policy(principal_id: str, statements: list[tuple[str, list[str]]], context: dict[str, str]) -> Answer:
    return {
        "principalId": principal_id,
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {"Action": _ACTION, "Effect": effect, "Resource": [*resources]} for effect, resources in statements
            ],
        },
        "context": context,
    }


def _caller(subject: TokenSubject, reach: Reach | None) -> dict[str, str]:
    """Return what the backend receives: text only, since API Gateway takes nothing else.

    A backend that decides by `scope` decides as the gate does: only scopes that count at the API are in it.
    """
    grant = subject.grant
    return {
        "organisation": grant.organisation,
        "username": grant.username or "",
        "user_id": grant.user_id or "",
        "client_id": subject.client.external_client_id,
        "application_id": grant.application_id,
        "scope": scopes.render(scopes.or_default(reach.carried if reach else frozenset())),
        "key_type": grant.key_type,
        "grant_type": grant.grant_type,
    }
