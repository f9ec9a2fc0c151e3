"""The graph of `functions/authorizer`."""

from gatehouse.bootstrap import tables
from gatehouse.domain.apis import usage_keys
from gatehouse.endpoints.authorizer import Authorizer, BackendJwts
from gatehouse.settings import Settings
from gatehouse.storage.aws.transport import Transport
from gatehouse.storage.calls import DynamoDBCalls
from gatehouse.storage.directory import DynamoDBDirectory
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.dynamodb.ttl_cache import TtlCache
from gatehouse.storage.grants import DynamoDBGrants


def authorizer(settings: Settings, connected: Tables | None = None, secrets: Transport | None = None) -> Authorizer:
    """Build the gate on DynamoDB."""
    connected = connected or tables.build(settings)
    directory = DynamoDBDirectory(connected, TtlCache(settings.process_cache_seconds))
    return Authorizer(
        DynamoDBCalls(connected, directory),
        directory,
        DynamoDBGrants(connected),
        usage_keys.deployment(settings.stack_name, settings.region),
        settings.public_url,
        _assertions(settings, secrets) if settings.backend_jwt else None,
        raises_at_http_apis=settings.raises_at_http_apis,
    )


def _assertions(settings: Settings, secrets: Transport | None) -> BackendJwts:
    from gatehouse.bootstrap import signer  # off by default, and then not imported
    from gatehouse.endpoints.authorizer.assertions import Assertions

    return Assertions(signer.build(settings, secrets), settings.public_url)
