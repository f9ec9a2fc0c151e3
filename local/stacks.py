"""What `make up` deploys: Gatehouse, and the example APIs with the base paths at which the front serves them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from local.deployment import Stack, architecture
from local.layout import ROOT, Layout

GATEHOUSE = "gatehouse"
MAIL_FROM = "gatehouse@localhost.example"
MORE_TIERS = "Trial:5/hour,Sample:3/day"
GATEWAY_RESPONSES = ROOT / "examples" / "gateway-responses.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A downstream API in a stack of its own; the folder holds its template and its OpenAPI document.

    Attributes:
        parameters: Its template's parameters, beside the architecture.
        tiers: Those that it is published with; None for all that need a subscription.
    """

    name: str
    folder: Path
    base_path: str
    parameters: Callable[[Layout], Mapping[str, str]] = field(default=lambda _layout: {})
    tiers: frozenset[str] | None = None

    def url(self, layout: Layout) -> str:
        """Where the front serves it."""
        return layout.base_url + self.base_path

    def stack(self, layout: Layout) -> Stack:
        """Describe its stack."""
        return Stack(
            name=self.folder.name,
            folder=self.folder,
            sources=(self.folder, GATEWAY_RESPONSES),
            parameters={"Architecture": architecture(), **self.parameters(layout)},
        )


def _metadata(layout: Layout) -> Mapping[str, str]:
    return {
        "ResourceMetadataUrl": f"{layout.base_url}/.well-known/oauth-protected-resource/t/johnsorg/orders",
    }


def _of_agents(layout: Layout) -> Mapping[str, str]:
    return {
        "ResourceMetadataUrl": f"{layout.base_url}/.well-known/oauth-protected-resource/t/johnsorg/orders-mcp",
        "MinimumScope": "read",
    }


EXAMPLES = (
    Example(name="orders", folder=ROOT / "examples" / "orders-rest", base_path="/orders/1.0.0", parameters=_metadata),
    Example(name="orders-http", folder=ROOT / "examples" / "orders-http", base_path="/orders-http/1.0.0"),
    Example(
        name="orders-jwt",
        folder=ROOT / "examples" / "orders-jwt",
        base_path="/orders-jwt/1.0.0",
        parameters=lambda layout: {"Issuer": f"{layout.base_url}/t/johnsorg"},
    ),
    Example(
        name="orders-mcp",
        folder=ROOT / "examples" / "orders-mcp",
        base_path="/orders-mcp/1.0.0",
        parameters=_of_agents,
        tiers=frozenset({"Gold", "DefaultSubscriptionless"}),
    ),
)


def gatehouse(layout: Layout) -> Stack:
    """Describe the product's own stack."""
    return Stack(
        name=GATEHOUSE,
        folder=ROOT,
        sources=tuple(ROOT / name for name in ("template.yaml", "samconfig.toml", "functions", "layers")),
        parameters={
            "PublicUrl": layout.base_url,
            "Architecture": architecture(),
            "EndpointUrl": layout.aws_endpoint_url,
            "MailFrom": MAIL_FROM,
            "OrganisationSignUp": "true",
            "MoreTiers": MORE_TIERS,
            "UsageMetrics": "true",
            **_outside(layout),
        },
    )


def _outside(layout: Layout) -> dict[str, str]:
    """Let the fetcher call hosts outside that are played on loopback, where `local.outside` prepared them."""
    authority = layout.outside / "authority.pem"
    if not authority.exists():
        return {}
    hosts = ",".join(f"{name}=127.0.0.1:{port}" for name, port in layout.outside_hosts.items())
    return {"FetcherTestHosts": hosts, "FetcherTestAuthority": str(authority)}
