"""The gate's decision: may this token call this resource? Codes and messages are WSO2's."""

from typing import LiteralString

import msgspec

from gatehouse.domain.apis import apis
from gatehouse.domain.apis.apis import Api, Application, Deployment, Resource, Subscription
from gatehouse.domain.kernel import scopes
from gatehouse.domain.oauth import clients, entitlements, tokens
from gatehouse.domain.oauth.access_tokens import Claimed
from gatehouse.domain.oauth.tokens import Access, Grant


class Fault(msgspec.Struct, frozen=True):
    """Why a call is refused, in WSO2's words."""

    code: str
    message: LiteralString
    description: LiteralString


NO_RESOURCE = Fault(
    "900906",
    "No matching resource found in the API for the given request",
    "Check the API documentation and add a proper REST resource path to the invocation URL",
)
WRONG_KEY_TYPE = Fault("900901", "Invalid Credentials", "The key type of the access token does not fit this endpoint")
WRONG_TOKEN_TYPE = Fault(
    "900905", "Incorrect Access Token Type is provided", "The resource takes tokens of another type of subject"
)
SUBSCRIPTION_BLOCKED = Fault("900907", "The requested API is temporarily blocked", "The subscription is blocked")
NOT_SUBSCRIBED = Fault("900908", "Resource forbidden", "The application has no subscription to this API")
SUBSCRIPTION_INACTIVE = Fault("900909", "The subscription to the API is inactive", "The subscription awaits approval")
SCOPE_MISSING = Fault(
    "900910",
    "The access token does not allow you to access the requested resource",
    "The access token lacks the scope of the resource",
)
SCOPE_OUT_OF_REACH = Fault(
    "900910",
    "The access token does not allow you to access the requested resource",
    "The roles of the user do not allow a scope of the resource",
)
API_BLOCKED = Fault("700700", "API blocked", "This API has been blocked temporarily. Please try again later")

_SUBSCRIPTION_FAULTS = {
    "BLOCKED": SUBSCRIPTION_BLOCKED,
    "ON_HOLD": SUBSCRIPTION_INACTIVE,
    "REJECTED": SUBSCRIPTION_INACTIVE,
}

_CLOSED = {"BLOCKED": API_BLOCKED, "CREATED": NO_RESOURCE, "RETIRED": NO_RESOURCE}
"""What an API answers in a state in which nobody may call it."""


class Denial(msgspec.Struct, frozen=True):
    """A call that a valid token does not open.

    Attributes:
        needed: The scopes of which any one would open it, if a missing scope is the reason and they are known.
    """

    fault: Fault
    needed: frozenset[str] = frozenset()

    @property
    def is_insufficient_scope(self) -> bool:
        """Whether a token with another scope would have passed."""
        return self.fault is SCOPE_MISSING

    @property
    def error(self) -> str:
        """The error code of RFC 6750 section 3.1."""
        return "insufficient_scope" if self.is_insufficient_scope else "invalid_token"


class TokenSubject(msgspec.Struct, frozen=True):
    """A valid access token with the client that got it and the client's application.

    Attributes:
        roles: The user's, as they are now; none if the application itself is the subject, or if nobody asked.
    """

    grant: Grant | Claimed
    access: Access
    client: clients.Client
    application: Application | None
    roles: frozenset[str] = frozenset()


class Reach(msgspec.Struct, frozen=True, cache_hash=True):
    """All of a token that decides which resources of an API it opens: what is alike in it gets the same policy.

    Attributes:
        denial: See `decide_api`.
        kind: Whose token it is: `application` or `user`.
        carried: See `scopes_at`.
        is_closed: See `is_closed`.
    """

    denial: Denial | None
    kind: str
    carried: frozenset[str]
    is_closed: bool

    def opens(self, resource: Resource) -> bool:
        """Say whether the token opens a resource of the API."""
        if resource.security == "none":
            return not self.is_closed
        return self.denial is None and decide_resource(self.kind, self.carried, resource) is None


def parse_bearer(authorization: list[str]) -> tokens.AccessToken | None:
    """Return the token of exactly one `Authorization: Bearer` header; None if there is no such thing.

    The scheme's case does not matter (RFC 6750 section 2.1, RFC 9110 section 11.1).
    """
    if len(authorization) != 1:
        return None
    scheme, _, token = authorization[0].partition(" ")
    return tokens.parse_access(token.strip()) if scheme.lower() == "bearer" else None


def is_sent(authorization: str | None) -> bool:
    """Say whether a header presents a bearer token; another scheme presents none (RFC 6750 section 3.1)."""
    scheme, _, token = (authorization or "").partition(" ")
    return scheme.lower() == "bearer" and bool(token.strip())


def is_closed(api: Api) -> bool:
    """Say whether nobody may call the API, not even what it opens to everybody."""
    return api.lifecycle in _CLOSED


def decide(subject: TokenSubject, api: Api, deployment: Deployment, resource: Resource | None) -> Denial | None:
    """Return why the call is refused, or None if it may pass. The order is WSO2's: subscription, then scopes."""
    return decide_within(subject, api, find_reach(subject, api, deployment), resource)


def find_reach(subject: TokenSubject, api: Api, deployment: Deployment) -> Reach:
    """Return what the token opens of the API."""
    kind = "application" if subject.grant.user_id is None else "user"
    return Reach(decide_api(subject, api, deployment), kind, scopes_at(subject, api), is_closed(api))


def decide_within(subject: TokenSubject, api: Api, reach: Reach, resource: Resource | None) -> Denial | None:
    """Do the same as `decide`, of a token whose reach is known."""
    if resource is None:
        return Denial(API_BLOCKED if api.lifecycle == "BLOCKED" else NO_RESOURCE)
    if resource.security == "none" and not reach.is_closed:
        return None
    denial = reach.denial or decide_resource(reach.kind, reach.carried, resource)
    is_registered = subject.client.registration is not None
    return _within_reach(subject, api, denial) if denial and denial.needed and is_registered else denial


def _within_reach(subject: TokenSubject, api: Api, denial: Denial) -> Denial:
    """Return a challenge that names only scopes which the user's roles allow; without one, it asks for nothing.

    A registered client asks its user for what a challenge names (step-up), and would ask in vain for others.
    """
    roles = subject.roles
    allowed = frozenset(one for one in denial.needed if entitlements.allows(api, one, subject.application, roles))
    return Denial(SCOPE_MISSING, allowed) if allowed else Denial(SCOPE_OUT_OF_REACH)


def decide_api(subject: TokenSubject, api: Api, deployment: Deployment) -> Denial | None:
    """Return why the token opens nothing of the API that is not open to everybody."""
    fault = _CLOSED.get(api.lifecycle)
    if fault is None and subject.client.key_type not in deployment.key_types:
        fault = WRONG_KEY_TYPE
    fault = fault or _subscription_fault(subject, api)
    return None if fault is None else Denial(fault)


def scopes_at(subject: TokenSubject, api: Api) -> frozenset[str]:
    """Return the token's scopes that count at an API.

    One that the API binds to roles does only if the subject had one of them when the token was issued, and has one now.
    """
    carried = subject.access.scopes - {scopes.DEFAULT}
    if subject.grant.user_id is None:
        return frozenset(name for name in carried if entitlements.allows(api, name, subject.application, None))
    return frozenset(
        name
        for name in carried
        if entitlements.allows(api, name, subject.application, subject.grant.user_roles)
        and entitlements.allows(api, name, subject.application, subject.roles)
    )


def decide_resource(kind: str, carried: frozenset[str], resource: Resource) -> Denial | None:
    """Return why a token does not open one resource of an API that it may call.

    Args:
        kind: See `Reach.kind`.
        carried: See `scopes_at`.
        resource: What is called.
    """
    if resource.security == "none":
        return None
    if resource.security not in {"any", kind}:
        return Denial(WRONG_TOKEN_TYPE)
    return Denial(SCOPE_MISSING, resource.scopes) if resource.scopes and resource.scopes.isdisjoint(carried) else None


def is_for(subject: TokenSubject, api: Api) -> bool:
    """Say whether the token may be used at the API at all: it names that API, or none (RFC 8707)."""
    if not subject.access.resources:
        return subject.client.registration is None  # the tokens of a registered client always name some
    from gatehouse.domain.oauth import resource_indicators  # only where resources are named: no start waits for it

    return resource_indicators.is_for(subject.access.resources, api)


def is_bound_to_roles(subject: TokenSubject, api: Api) -> bool:
    """Say whether the user's roles decide what the token's scopes open at the API."""
    carried = (api.scopes[name] for name in subject.access.scopes if name in api.scopes)
    return subject.grant.user_id is not None and any(scope.is_bound for scope in carried)


def _subscription_fault(subject: TokenSubject, api: Api) -> Fault | None:
    if subject.client.registration is not None:
        is_open = apis.is_open_to(api, subject.client.organisation, subject.roles)
        return None if is_open and subject.access.resources else NOT_SUBSCRIBED
    application = subject.application if apis.is_visible(api, subject.client.organisation) else None
    subscription = apis.find_subscription(application, api) if application else None
    if subscription is None or not apis.is_visible(api, subject.grant.organisation):
        return NOT_SUBSCRIBED
    return find_state_fault(subscription, subject.client.key_type)


def find_state_fault(subscription: Subscription, key_type: clients.KeyType) -> Fault | None:
    """Return why a subscription in its state opens nothing to keys of a type."""
    if subscription.state == "PROD_ONLY_BLOCKED":
        return SUBSCRIPTION_BLOCKED if key_type == "PRODUCTION" else None
    return _SUBSCRIPTION_FAULTS.get(subscription.state)
