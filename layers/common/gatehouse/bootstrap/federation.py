"""What talks to identity providers, built only where it is needed: a cold start does not import it."""

from gatehouse.bootstrap import fetcher, tables
from gatehouse.domain.accounts.dns_records import TextRecords
from gatehouse.domain.accounts.mail_domains import DomainDiscovery
from gatehouse.domain.kernel.fetching import OutsideFetcher
from gatehouse.domain.oauth.provider_client import ProviderClient
from gatehouse.domain.portal.identity_providers import IdentityProviderAdministration
from gatehouse.domain.portal.mail_domains import MailDomainAdministration
from gatehouse.settings import Settings
from gatehouse.storage.aws.transport import Transport
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.fetches import DynamoDBFetches
from gatehouse.storage.identity_providers import DynamoDBIdentityProviders
from gatehouse.storage.mail_domains import DynamoDBMailDomains
from gatehouse.storage.sealing_key import SecretsManagerSealingKey


def client(
    settings: Settings, connected: Tables, secrets: Transport | None = None, outside: OutsideFetcher | None = None
) -> ProviderClient:
    """Build what asks providers, on the fetcher and Secrets Manager."""
    key = SecretsManagerSealingKey(secrets or tables.secrets(settings), settings.provider_key_secret)
    return ProviderClient(fetcher.limited(settings, connected, outside), DynamoDBFetches(connected), key)


def administration(
    settings: Settings, connected: Tables, secrets: Transport | None = None, outside: OutsideFetcher | None = None
) -> IdentityProviderAdministration:
    """Build what administrators use."""
    return IdentityProviderAdministration(
        DynamoDBIdentityProviders(connected), client(settings, connected, secrets, outside)
    )


def domains(settings: Settings, connected: Tables, outside: OutsideFetcher | None = None) -> MailDomainAdministration:
    """Build what administrators do with mail domains."""
    records = TextRecords(fetcher.limited(settings, connected, outside))
    return MailDomainAdministration(DynamoDBMailDomains(connected), DynamoDBIdentityProviders(connected), records)


def discovery(settings: Settings, connected: Tables, outside: OutsideFetcher | None = None) -> DomainDiscovery:
    """Build what finds the organisation of an address."""
    return DomainDiscovery(DynamoDBMailDomains(connected), TextRecords(fetcher.limited(settings, connected, outside)))
