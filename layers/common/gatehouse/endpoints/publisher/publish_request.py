"""What a publisher sends: an OpenAPI document, and how its API is offered. What is None stays as it was."""

from typing import Annotated, Any

from msgspec import Meta, structs

from gatehouse.domain.apis import api_checks, api_lifecycle
from gatehouse.domain.apis.apis import Deployment
from gatehouse.domain.apis.published_apis import Confirmation
from gatehouse.endpoints.rest import shapes
from gatehouse.endpoints.rest.typed_bodies import Body


class DeploymentBody(Body, frozen=True):
    """A stage of API Gateway."""

    REQUIRED = ("account", "region", "gatewayId", "stage")

    account: str = ""
    region: str = ""
    gateway_id: str = ""
    stage: str = ""
    key_types: tuple[Annotated[str, Meta(extra_json_schema={"enum": ["PRODUCTION", "SANDBOX"]})], ...] = ()
    url: str = ""
    has_simple_answers: bool = True

    def value(self) -> Deployment:
        """Return the deployment; the caller knows of which API."""
        given: dict[str, Any] = structs.asdict(self)
        given["key_types"] = frozenset(self.key_types)
        return Deployment(**given, organisation="", api_id="")


class ConfirmationBody(Body, frozen=True):
    """What the publisher has seen and wants all the same."""

    REQUIRED = ("digest", "revision")

    digest: str = ""
    revision: int = 0

    def value(self) -> Confirmation:
        """Return the confirmation."""
        return Confirmation(digest=self.digest, revision=self.revision)


class PublishRequest(Body, frozen=True):
    """An API. The document is an object, or the text of a file."""

    REQUIRED = ("document",)

    document: Annotated[Any, Meta(extra_json_schema={"oneOf": [shapes.FREE, shapes.TEXT]})] = None
    api_id: str = ""
    lifecycle: Annotated[str | None, Meta(extra_json_schema={"enum": [*api_lifecycle.LIFECYCLES]})] = None
    visibility: Annotated[str | None, Meta(extra_json_schema={"enum": [*api_checks.VISIBILITIES]})] = None
    confirmation: ConfirmationBody | None = None
    visible_to: frozenset[str] | None = None
    visible_roles: frozenset[str] | None = None
    tiers: frozenset[str] | None = None
    check_revocation: bool | None = None
    deployments: tuple[DeploymentBody, ...] = ()


class LifecycleChange(Body, frozen=True):
    """The next state of an API's life."""

    REQUIRED = ("lifecycle",)

    lifecycle: Annotated[str, Meta(extra_json_schema={"enum": [*api_lifecycle.LIFECYCLES]})] = ""


class SubscriptionState(Body, frozen=True):
    """The state of a subscription."""

    REQUIRED = ("state",)

    state: Annotated[str, Meta(extra_json_schema={"enum": ["BLOCKED", "PROD_ONLY_BLOCKED", "UNBLOCKED"]})] = "BLOCKED"
