"""What reads the usage of APIs, where the deployment allows it."""

from functools import partial

from gatehouse.bootstrap import tables
from gatehouse.domain.apis import usage_keys
from gatehouse.domain.apis.usage_plans import Names
from gatehouse.domain.portal.usage import UsageReader
from gatehouse.settings import Settings
from gatehouse.storage.aws.rest import SignedRest
from gatehouse.storage.aws.transport import CLOUDWATCH, SignedTransport
from gatehouse.storage.usage_metrics import ApiGatewayUsage


def reader(settings: Settings) -> UsageReader | None:
    """Build the reader; None where the parameter `UsageMetrics` is off. It connects when it is first asked."""
    if not settings.usage_metrics:
        return None
    url, credentials = partial(tables.endpoint_url, settings), tables.credentials(settings)
    return ApiGatewayUsage(
        lambda region: SignedTransport(url("monitoring", region), region, credentials, CLOUDWATCH),
        lambda region: SignedRest(url("apigateway", region), region, credentials, "apigateway"),
        Names(usage_keys.deployment(settings.stack_name, settings.region)),
        settings.account,
    )
