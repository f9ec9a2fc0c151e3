"""The connection to DynamoDB that every function builds on."""

from gatehouse.domain.kernel import regions
from gatehouse.settings import Settings
from gatehouse.storage.aws.credentials import AwsCredentials, ContainerCredentials, CredentialSource
from gatehouse.storage.aws.transport import SECRETS_MANAGER, SignedTransport, Transport
from gatehouse.storage.dynamodb.tables import Tables


def secrets(settings: Settings) -> Transport:
    """Return the connection to Secrets Manager; it connects when it is first needed."""
    url = endpoint_url(settings, "secretsmanager")
    return SignedTransport(url, settings.region, credentials(settings), SECRETS_MANAGER)


def build(settings: Settings) -> Tables:
    """Return the tables, connected in the init phase (under SnapStart, by the first request)."""
    transport = SignedTransport(endpoint_url(settings, "dynamodb"), settings.region, credentials(settings))
    if not settings.container_credentials_url:
        transport.warm_up()
    return Tables(transport=transport, directory=settings.directory_table, grants=settings.grants_table)


def endpoint_url(settings: Settings, service: str, region: str = "") -> str:
    """Return the address of a service in a region, this one if none is named, or of the emulator."""
    region = region or settings.region
    return settings.endpoint_url or f"https://{service}.{region}.{regions.url_suffix(region)}"


def credentials(settings: Settings) -> CredentialSource:
    """Return the source of this function's credentials."""
    if settings.container_credentials_url:
        return ContainerCredentials(settings.container_credentials_url, settings.container_authorization_token)
    static = AwsCredentials(
        access_key_id=settings.access_key_id,
        secret_access_key=settings.secret_access_key,
        session_token=settings.session_token,
    )
    return lambda: static
