"""Published downstream APIs: their resources, and the scopes that open them."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Literal, Protocol

import msgspec

from gatehouse.domain.kernel.scopes import Scope

type Lifecycle = Literal["CREATED", "PUBLISHED", "DEPRECATED", "BLOCKED", "RETIRED"]
type Visibility = Literal["ORGANISATION", "CHOSEN", "ALL"]
type Security = Literal["none", "any", "application", "user"]

HIDDEN: frozenset[Lifecycle] = frozenset({"CREATED", "RETIRED"})
"""The states of APIs that are not there yet, or no longer."""

UNLIMITED = "Unlimited"
"""The tier without a limit, in WSO2's word."""

REGISTERED = ""
"""The application id of registered clients: they belong to no application of the store."""

_SUBSCRIPTIONLESS = "Subscriptionless"
"""How the names of tiers end that need no subscription: WSO2's is `DefaultSubscriptionless`."""

_PATH_VARIABLE = r"\{[^}]*\}"


class Resource(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True):
    """One method and path of an API.

    Attributes:
        method: Upper case, or `ANY`.
        path: As the OpenAPI document spells it, such as `/orders/{id}`.
        scopes: Any one of them opens the resource; empty opens it to every subscribed token.
        security: `none` opens it to everybody; the others say whose tokens it takes.
    """

    method: str
    path: str
    scopes: frozenset[str] = frozenset()
    security: Security = "any"


class Deployment(msgspec.Struct, frozen=True, kw_only=True):
    """Where an API runs: one stage of one API Gateway API.

    Attributes:
        key_types: Whose tokens the stage takes: PRODUCTION, SANDBOX or both.
        url: What clients call; the resource identifier of RFC 9728. Empty if it was not told.
        has_simple_answers: Whether an HTTP API's authorizer has `EnableSimpleResponses`; REST APIs do not ask.
        open_tier: The API's tier for registered clients, beside its tier in `Api.tiers`: usage plans follow stages.
    """

    account: str
    region: str
    gateway_id: str
    stage: str
    organisation: str
    api_id: str
    key_types: frozenset[str]
    url: str = ""
    has_simple_answers: bool = True
    open_tier: str = ""

    @property
    def place(self) -> tuple[str, str, str, str]:
        """The stage, whatever runs on it."""
        return self.account, self.region, self.gateway_id, self.stage

    @property
    def label(self) -> str:
        """The stage as people name it: API id and stage."""
        return f"{self.gateway_id}/{self.stage}"


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a document that stands beside an API; kinds and sources are WSO2's.

    Attributes:
        source: INLINE or MARKDOWN, kept here, or URL.
    """

    document_id: str
    name: str
    kind: str = "HOWTO"
    summary: str = ""
    source: str = "MARKDOWN"
    url: str = ""


class Api(msgspec.Struct, frozen=True, kw_only=True):
    """One published API.

    Attributes:
        visibility: Who may subscribe: the own organisation, that and the ones in `visible_to`, or all.
        visible_roles: Of the own organisation; only their holders find it in the store, and nobody of another one.
        tiers: The subscription tiers to choose from; empty means every tier.
        deployments: Where it runs.
        checks_revocation: Whether the gate asks for each JWT if it was revoked; opaque tokens are always asked for.
        warnings: What its publisher should know about it, such as routes that TOKEN authorizers cannot tell apart.
        thumbnail: What tells its picture from the one before; empty if it has none.
        opened: What its last publication opened to those who could not call it before, in words.
        documents: What is known of its documents, by name.
        revision: How often it was published.
        life_id: Random; an API that is deleted and published again has another one. Subscriptions and granted scopes
            belong to one life.
    """

    organisation: str
    api_id: str
    name: str
    version: str
    resources: tuple[Resource, ...]
    scopes: Mapping[str, Scope] = msgspec.field(default_factory=dict[str, Scope])
    lifecycle: Lifecycle = "PUBLISHED"
    description: str = ""
    visibility: Visibility = "ORGANISATION"
    visible_to: frozenset[str] = frozenset()
    visible_roles: frozenset[str] = frozenset()
    tiers: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    deployments: tuple[Deployment, ...] = ()
    checks_revocation: bool = True
    warnings: tuple[str, ...] = ()
    opened: tuple[str, ...] = ()
    thumbnail: str = ""
    documents: tuple[Document, ...] = ()
    revision: int = 0
    life_id: str = ""
    created_at_ms: int = 0
    updated_at_ms: int = 0

    @property
    def open_tier(self) -> str:
        """The tier under which registered clients call it without a subscription; empty if they may not."""
        return next((name for name in sorted(self.tiers) if is_subscriptionless(name)), "")


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """An application's right to call an API.

    Attributes:
        api_organisation: The organisation that published the API.
        state: WSO2's states: UNBLOCKED, BLOCKED, PROD_ONLY_BLOCKED, ON_HOLD, REJECTED, TIER_UPDATE_PENDING.
        requested_tier: The tier that awaits approval, or empty.
        life_id: Of the API that it was made for; with that life it ends.
    """

    api_organisation: str
    api_id: str
    life_id: str = ""
    tier: str = UNLIMITED
    state: str = "UNBLOCKED"
    requested_tier: str = ""


class Application(msgspec.Struct, frozen=True, kw_only=True):
    """What a developer registers: it has up to two key sets and subscribes to APIs.

    Attributes:
        client_scopes: Role-bound scopes that an administrator granted to the application's own tokens, each for one
            life of an API (`granted_scope`).
        pending_owner_id: The member to whom the owner transfers it, until that member accepts or declines.
        client_ids: The consumer keys by key type.
        groups: Roles of the organisation whose holders may use the application, not change it.
        throttling_policy: The application-level policy, by name.
    """

    organisation: str
    application_id: str
    name: str
    owner_id: str
    subscriptions: tuple[Subscription, ...] = ()
    client_scopes: frozenset[str] = frozenset()
    client_ids: Mapping[str, str] = msgspec.field(default_factory=dict[str, str])
    owner: str = ""
    pending_owner_id: str = ""
    pending_owner: str = ""
    description: str = ""
    groups: frozenset[str] = frozenset()
    attributes: Mapping[str, str] = msgspec.field(default_factory=dict[str, str])
    throttling_policy: str = "Unlimited"
    token_format: Literal["opaque", "jwt"] = "opaque"
    created_at_ms: int = 0
    updated_at_ms: int = 0

    @property
    def references(self) -> frozenset[tuple[str, str]]:
        """Organisation and id of each API that it subscribes to."""
        return frozenset((one.api_organisation, one.api_id) for one in self.subscriptions)


class ApiStore(Protocol):
    """Where APIs, applications and their subscriptions are kept; all answers at most the cache seconds old."""

    def find_application(self, organisation: str, application_id: str) -> Application | None:
        """Return the application with its subscriptions."""
        ...

    def find_api(self, organisation: str, api_id: str) -> Api | None:
        """Return the API with its resources and scopes."""
        ...

    def find_subscriptions(self, organisation: str, application_id: str) -> tuple[Application | None, tuple[Api, ...]]:
        """Return the application and the APIs that it subscribes to, most often by one read.

        Of `REGISTERED`, the subscriptionless APIs of the organisation, as subscriptions of no stored application.
        """
        ...

    def find_apis(self, references: frozenset[tuple[str, str]]) -> tuple[Api, ...]:
        """Return the APIs of the given (organisation, api_id) pairs that exist."""
        ...


def find_resource(api: Api, method: str, path: str) -> Resource | None:
    """Return the resource that API Gateway matched; names of path variables do not count."""
    index, wanted = _index(api.resources), shape(path)
    return index.get((method.upper(), wanted)) or index.get(("ANY", wanted))


@lru_cache(maxsize=256)
def _index(resources: tuple[Resource, ...]) -> Mapping[tuple[str, str], Resource]:
    """Return the resources by method and shape; of several that are alike, the first."""
    return {(one.method, shape(one.path)): one for one in reversed(resources)}


def is_visible(api: Api, organisation: str) -> bool:
    """Say whether applications of the organisation may subscribe to the API, and call it."""
    if api.organisation == organisation:
        return True
    is_shared = api.visibility == "ALL" or (api.visibility == "CHOSEN" and organisation in api.visible_to)
    return is_shared and not api.visible_roles


def is_subscriptionless(tier: str) -> bool:
    """Say whether a tier is for registered clients, so that nobody subscribes in it."""
    return tier.endswith(_SUBSCRIPTIONLESS)


def of_registered_clients(organisation: str, found: Iterable[Api] = ()) -> Application:
    """Return what stands for the application of registered clients, subscribed to the subscriptionless APIs."""
    subscriptions = tuple(
        Subscription(api_organisation=one.organisation, api_id=one.api_id, life_id=one.life_id, tier=one.open_tier)
        for one in found
    )
    return Application(
        organisation=organisation, application_id=REGISTERED, name="", owner_id="", subscriptions=subscriptions
    )


def is_open_to(api: Api, organisation: str, roles: frozenset[str]) -> bool:
    """Say whether registered clients of an organisation may call the API for a user with these roles.

    An API of another organisation is open to none: its publisher chose for its own (docs/decisions/0200).
    """
    is_found = not api.visible_roles or not api.visible_roles.isdisjoint(roles)
    return api.organisation == organisation and bool(api.open_tier) and is_found


def reference(api_organisation: str, api_id: str, organisation: str) -> str:
    """Return how people of an organisation name an API: `orders` if it is theirs, else `orders@acme`."""
    return api_id if api_organisation == organisation else f"{api_id}@{api_organisation}"


def parse_reference(text: str, organisation: str) -> tuple[str, str]:
    """Return the organisation and the id of an API that a member of an organisation names."""
    api_id, _, named = text.partition("@")
    return named or organisation, api_id


def find_subscription(application: Application, api: Api) -> Subscription | None:
    """Return the application's subscription to the API as it lives now, in whatever state."""
    wanted = (api.organisation, api.api_id, api.life_id)
    return next(
        (one for one in application.subscriptions if (one.api_organisation, one.api_id, one.life_id) == wanted), None
    )


def granted_scope(name: str, api: Api) -> str:
    """Return how an application keeps a scope that it was granted for one life of an API."""
    return f"{name} {api.life_id}" if api.life_id else name


@lru_cache(maxsize=4096)
def shape(path: str) -> str:
    """Return the path without the names of its variables, and without a slash at its end, as API Gateway imports it."""
    imported = path.rstrip("/") or "/"
    return re.sub(_PATH_VARIABLE, lambda variable: "{+}" if variable[0].endswith("+}") else "{}", imported)
