"""The connection to DynamoDB that every function builds on."""

from gatehouse.domain import regions
from gatehouse.settings import Settings
from gatehouse.storage.credentials import ContainerCredentials, Credentials, CredentialSource
from gatehouse.storage.tables import Tables
from gatehouse.storage.transport import SECRETS_MANAGER, SignedTransport, Transport


def secrets(settings: Settings) -> Transport:
    """Return the connection to Secrets Manager; it connects when it is first needed."""
    endpoint_url = _endpoint_url(settings, "secretsmanager")
    return SignedTransport(endpoint_url, settings.region, _credentials(settings), SECRETS_MANAGER)


def build(settings: Settings) -> Tables:
    """Return the tables, connected in the init phase (under SnapStart, by the first request)."""
    credentials = _credentials(settings)
    endpoint_url = _endpoint_url(settings, "dynamodb")
    transport = SignedTransport(endpoint_url, settings.region, credentials)
    if not settings.container_credentials_url:
        transport.warm_up()
    return Tables(transport=transport, directory=settings.directory_table, grants=settings.grants_table)


def _endpoint_url(settings: Settings, service: str) -> str:
    return settings.endpoint_url or f"https://{service}.{settings.region}.{regions.url_suffix(settings.region)}"


def _credentials(settings: Settings) -> CredentialSource:
    if settings.container_credentials_url:
        return ContainerCredentials(settings.container_credentials_url, settings.container_authorization_token)
    static = Credentials(
        access_key_id=settings.access_key_id,
        secret_access_key=settings.secret_access_key,
        session_token=settings.session_token,
    )
    return lambda: static
