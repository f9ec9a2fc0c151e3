"""The Lambda authorizer: API Gateway's events in, its answers out (RFC 6750 section 3), for every kind of event.

A 401 is the exact exception `Unauthorized`; everything else that is refused is a 403: a Deny whose context
carries the challenge and WSO2's code into the API's ACCESS_DENIED gateway response. AWS documents the exception for
REST APIs only and a 500 for HTTP APIs, which get a denial instead (docs/decisions/0116).

The order of the steps, each of which can only refuse::

    events.parse        which stage is called, by which route, with which header    malformed: 401
    gate.parse_bearer   the form of the token, without reading anything             malformed: 401
    calls.find_call     grant and status now, by one call; what the stage runs      unreadable: fails closed
                        from the process cache
    subjects.judge      expiry, revocation and generations of the token             not alive: 401
    gate.is_for         the resources that the token names, if it names any         others: 401
    gate.decide_api     subscription, its state, the API's lifecycle                403 with WSO2's code
    gate.decide         the route's scopes, and roles that scopes are bound to      403, `insufficient_scope`
    answers.Writer      an IAM policy with a context, or the simple answer

A TOKEN event names no route. Its answer is one policy for the whole stage (`domain.apis.iam_policies`), which
denies what one policy cannot distinguish.
"""

from copy import replace
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from gatehouse.domain.accounts.users import Status
from gatehouse.domain.apis import apis, usage_keys
from gatehouse.domain.apis.apis import Api, Deployment
from gatehouse.domain.kernel.errors import InvalidTokenError
from gatehouse.domain.oauth import gate
from gatehouse.domain.oauth.gate import TokenSubject
from gatehouse.domain.oauth.subjects import Subjects
from gatehouse.domain.oauth.tokens import AccessToken, Grant, GrantStore
from gatehouse.endpoints.authorizer import answers, events
from gatehouse.endpoints.authorizer.answers import Answer
from gatehouse.endpoints.authorizer.events import GateRequest

if TYPE_CHECKING:
    from gatehouse.domain.oauth.signed_subjects import SignedSubjectDirectory  # no start waits for it

__all__ = ["Answer", "Authorizer", "CallStore", "UnauthorizedError"]


class UnauthorizedError(Exception):
    """No valid token. `reason` is for the log; API Gateway wants the text `Unauthorized` to the letter.

    Attributes:
        answer: What to answer instead of the exception; None where the exception is the answer.
    """

    def __init__(self, reason: str, answer: Answer | None = None) -> None:
        """Keep the reason apart from the text."""
        super().__init__("Unauthorized")
        self.reason = reason
        self.answer = answer


class CallStore(Protocol):
    """The read behind a call."""

    def find_call(
        self, account: str, region: str, gateway_id: str, stage: str, token: AccessToken
    ) -> tuple[Deployment | None, Api | None, Grant | None, Status | None]:
        """Return what runs on a stage, at most the cache seconds old; the token's grant and user's status as now.

        Those of a JWT are left out if the API does not ask whether it was revoked.

        Raises:
            TemporarilyUnavailableError: One of them could not be read.
        """
        ...

    def find_deployment(self, account: str, region: str, gateway_id: str, stage: str) -> Deployment | None:
        """Return what runs on a stage, at most the cache seconds old."""
        ...


class BackendJwts(Protocol):
    """What signs for backends; see `assertions.Assertions`, which is imported only where it is wanted."""

    def assertion(self, subject: TokenSubject, api: Api, deployment: Deployment, now: int) -> str:
        """Return the JWT for a call that may pass."""
        ...


class Authorizer(msgspec.Struct, frozen=True):
    """Decides one event; one read of grant and status, the rest remembered for seconds.

    Attributes:
        calls: Reads the grant, and what the stage runs.
        issuer: The deployment's; empty if it is not known, which leaves the metadata's address out (RFC 9728).
        deployment: See `usage_keys.deployment`; the API keys by which calls are counted are made of it.
        assertions: Signs a JWT for the backend; None if it is not wanted.
        raises_at_http_apis: Whether HTTP APIs get the exception too, in the hope of a 401.
    """

    calls: CallStore
    directory: "SignedSubjectDirectory"
    grants: GrantStore
    deployment: str
    issuer: str = ""
    assertions: BackendJwts | None = None
    raises_at_http_apis: bool = False

    def answer(self, event: Any, now: int) -> Answer:
        """Return the answer to an event, of the kind that its sender understands.

        Raises:
            UnauthorizedError: No valid token, or nothing that API Gateway sends.
        """
        try:
            call = events.parse(event)
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise UnauthorizedError(f"malformed event: {type(error).__name__}") from None
        try:
            return self._decide(call, now)
        except UnauthorizedError as error:
            if call.is_http_api and not self.raises_at_http_apis:
                deployment = self.calls.find_deployment(call.account, call.region, call.gateway_id, call.stage)
                error.answer = answers.refuse(call, deployment)
            raise

    def _decide(self, call: GateRequest, now: int) -> Answer:
        token = gate.parse_bearer(call.authorization)
        if token is None:
            raise UnauthorizedError("no readable bearer token")
        deployment, api, grant, status = self.calls.find_call(
            call.account, call.region, call.gateway_id, call.stage, token
        )
        try:
            subject = self._find_subject(token, api, grant, status, now)
        except InvalidTokenError as error:
            raise UnauthorizedError(error.reason) from None
        if api is None or deployment is None:
            return answers.Writer(call, subject, deployment, self._metadata_url()).deny(gate.Denial(gate.NO_RESOURCE))
        if not gate.is_for(subject, api):
            raise UnauthorizedError(f"token for other resources than {api.organisation}/{api.api_id}")
        counted_by = "" if call.is_http_api else usage_keys.counting(self.deployment, subject.application, api)
        response = answers.Writer(call, subject, deployment, self._metadata_url(), counted_by)
        reach = gate.find_reach(subject, api, deployment)
        resource = apis.find_resource(api, *call.route) if call.route else None
        denial = gate.decide_within(subject, api, reach, resource) if call.route else reach.denial
        if call.route is None and denial is not None and not _opens_anything(api):
            return response.deny(denial, reach)
        if self.assertions is not None and (denial is None or call.route is None):
            response = replace(response, backend_jwt=self.assertions.assertion(subject, api, deployment, now))
        return response.route(api, resource, reach, denial) if call.route else response.stage(api, reach)

    def _find_subject(
        self, token: AccessToken, api: Api | None, grant: Grant | None, status: Status | None, now: int
    ) -> TokenSubject:
        subjects = Subjects(self.directory, self.grants)
        if api is None or api.checks_revocation or not token.is_jwt:
            return subjects.judge(token, grant, status, now)
        from gatehouse.domain.oauth import signed_subjects  # only for these: no start waits for it

        found = signed_subjects.find(self.directory, self.issuer, token, now)
        return subjects.find(token, now) if found is None or gate.is_bound_to_roles(found, api) else found

    def _metadata_url(self) -> str:
        return f"{self.issuer}/.well-known/oauth-protected-resource" if self.issuer else ""


def _opens_anything(api: Api) -> bool:
    """Say whether a token that opens nothing of the API may call it all the same."""
    return not gate.is_closed(api) and any(resource.security == "none" for resource in api.resources)
