"""Reading the directory: organisations, users, applications, clients, APIs."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gatehouse.domain.accounts.organisations import Organisation
from gatehouse.domain.accounts.users import Status, User
from gatehouse.domain.apis import apis, restrictions
from gatehouse.domain.apis.apis import Api, Application, Deployment
from gatehouse.domain.apis.restrictions import Restrictions
from gatehouse.domain.oauth.clients import Client
from gatehouse.domain.oauth.tokens import Grant, Issued
from gatehouse.storage import grants
from gatehouse.storage.dynamodb import cache_keys, keys, mappers
from gatehouse.storage.dynamodb.cache_keys import Entry
from gatehouse.storage.dynamodb.read_through_cache import ReadThroughCache
from gatehouse.storage.dynamodb.tables import Tables, when
from gatehouse.storage.dynamodb.ttl_cache import TtlCache

if TYPE_CHECKING:  # no start of the gate waits for these
    from gatehouse.domain.accounts.asking_client import AskingClient
    from gatehouse.domain.accounts.connections import Connection
    from gatehouse.domain.oauth.codes import Code


def restrict(found: Iterable[Any]) -> tuple[Api, ...]:
    """Return those of the read APIs that exist, with the restrictions that were read beside them."""
    known = [one for one in found if one is not None]
    decided = {one.organisation: one for one in known if isinstance(one, Restrictions)}
    return tuple(restrictions.apply(one, decided.get(one.organisation)) for one in known if isinstance(one, Api))


def _opened(organisation: str, api_ids: list[str] | None) -> tuple[Entry[Any], ...]:
    return cache_keys.with_restrictions((organisation, one) for one in api_ids or ())


class DynamoDBDirectory:
    """Implements the reading ports of the domain on `DirectoryTable`.

    Clients, organisations, applications and APIs are cached for the cache's seconds; users never.
    """

    def __init__(self, tables: Tables, cache: TtlCache) -> None:
        """Read nothing yet."""
        self._tables = tables
        self.cache = ReadThroughCache(tables, cache)

    def find_cached_client(self, client_id: str) -> Client | None:
        """See `ClientStore.find_cached_client`."""
        return self.cache.find_fresh(cache_keys.client(client_id))

    def find_client(self, client_id: str) -> Client | None:
        """See `ClientStore.find_client`.

        Its organisation is read beside it, by the same call, once it is known which one that is: it never changes.
        Of a client that is unknown, nobody's is read, at the same cost.
        """
        entry = cache_keys.client(client_id)
        last = self.cache.find_stale(entry)
        (client, _), _ = self.cache.read([entry, cache_keys.organisation(last.organisation if last else "")])
        return client

    def find_holder(
        self, organisation: str, client_id: str, application_id: str | None
    ) -> tuple[Client | None, Organisation | None, Application | None]:
        """See `SubjectDirectory.find_holder`."""
        last = None if application_id else self.cache.find_stale(cache_keys.client(client_id))
        known = last.application_id if last else application_id
        wanted = cache_keys.holder(organisation, client_id, known or "")
        client, tenant, *found = self.cache.gather(wanted if known else wanted[:2])[0]
        if client is not None and application_id is None and client.application_id != known:
            found = [self.find_application(organisation, client.application_id)]
        if client is not None and client.registration is not None:
            return client, tenant, apis.of_registered_clients(organisation)
        return client, tenant, found[0] if found else None

    def find_organisation(self, organisation: str) -> Organisation | None:
        """See `OrganisationStore.find_organisation`."""
        return self.cache.find(cache_keys.organisation(organisation))

    def find_refresh(
        self, organisation: str, grant_id: str, status_id: str, prefetch_for: Client | None
    ) -> tuple[Organisation | None, Grant | None, Status | None]:
        """See `RefreshStore.find_refresh`."""
        (found,), (grant, status) = self.cache.gather(
            [cache_keys.organisation(organisation)],
            grants.wanted(self._tables, grant_id, status_id),
            self.prefetched_subscriptions(prefetch_for),
        )
        return found, *grants.parse_items(grant, status)

    def find_application(self, organisation: str, application_id: str) -> Application | None:
        """See `ApiStore.find_application`."""
        return self.cache.find(cache_keys.application(organisation, application_id))

    def find_subscriptions(self, organisation: str, application_id: str) -> tuple[Application | None, tuple[Api, ...]]:
        """See `ApiStore.find_subscriptions`."""
        if application_id == apis.REGISTERED:
            return self._find_subscriptionless(organisation)
        entry = cache_keys.application(organisation, application_id)
        (application,), _ = self.cache.gather([entry], prefetch=cache_keys.apis(self.cache.find_stale(entry)))
        return application, self._find_apis(cache_keys.apis(application))

    def _find_subscriptionless(self, organisation: str) -> tuple[Application, tuple[Api, ...]]:
        entry = cache_keys.subscriptionless(organisation)
        (named,), _ = self.cache.gather([entry], prefetch=_opened(organisation, self.cache.find_stale(entry)))
        found = tuple(one for one in self._find_apis(_opened(organisation, named)) if one.open_tier)
        return apis.of_registered_clients(organisation, found), found

    def prefetched_subscriptions(self, client: "AskingClient | None") -> list[Entry[Any]]:
        """Return what `find_subscriptions` will presumably read of the client, to be read by an earlier call."""
        if client is None:
            return []
        if client.application_id == apis.REGISTERED:
            opened = cache_keys.subscriptionless(client.organisation)
            return [opened, *_opened(client.organisation, self.cache.find_stale(opened))]
        entry = cache_keys.application(client.organisation, client.application_id)
        return [entry, *cache_keys.apis(self.cache.find_stale(entry))]

    def find_api(self, organisation: str, api_id: str) -> Api | None:
        """See `ApiStore.find_api`."""
        return next(iter(self._find_apis(cache_keys.with_restrictions([(organisation, api_id)]))), None)

    def find_apis(self, references: frozenset[tuple[str, str]]) -> tuple[Api, ...]:
        """See `ApiStore.find_apis`."""
        return self._find_apis(cache_keys.with_restrictions(sorted(references)))

    def _find_apis(self, wanted: Sequence[Entry[Any]]) -> tuple[Api, ...]:
        return restrict(self.cache.gather(wanted)[0])

    def find_deployment(self, account: str, region: str, gateway_id: str, stage: str) -> Deployment | None:
        """Return which of our APIs a stage of an API Gateway API runs, at most the cache seconds old."""
        return self.cache.find(cache_keys.deployment(account, region, gateway_id, stage))

    def find_public_keys(self) -> Mapping[str, Any]:
        """See `PublicKeyStore.find_public_keys`: empty until the first keys are made."""
        return self.cache.find(cache_keys.public_keys()) or {"keys": []}

    def find_user(self, organisation: str, username: str) -> User | None:
        """See `UserStore.find_user`."""
        return self._tables.find(User, self._tables.directory, keys.user(organisation, username))

    def replace_password_hash(self, organisation: str, user: User, password_hash: str) -> None:
        """See `PasswordStore.replace_password_hash`."""
        self._tables.try_update(
            self._tables.directory,
            keys.user(organisation, user.username),
            UpdateExpression="SET password_hash = :new ADD hash_upgrades :one",  # tells it from another password
            **when("password_hash = :old", new=password_hash, old=user.password_hash or "", one=1),
        )  # if it fails, the password changed meanwhile: its new hash is the one to keep

    def find_client_and_organisation(self, issued: Issued) -> tuple[Client | None, Organisation | None]:
        """See `PartyStore.find_client_and_organisation`."""
        client, organisation = self._tables.get_many(self._parties(issued))
        return mappers.read_found(Client, client), mappers.read_found(Organisation, organisation)

    def find_code_parties(
        self, code: "Code"
    ) -> "tuple[Client | None, Organisation | None, User | None, Connection | None]":
        """See `PartyStore.find_code_parties`."""
        # Only for codes: no start of the gate waits for it.
        from gatehouse.domain.accounts.connections import Connection

        connection = keys.connection(code.organisation, code.username, code.client_id)
        client, organisation, user, connected = self._tables.get_many(
            [
                *self._parties(code),
                (self._tables.directory, keys.user(code.organisation, code.username)),
                (self._tables.grants, connection),
            ]
        )
        return (
            mappers.read_found(Client, client),
            mappers.read_found(Organisation, organisation),
            mappers.read_found(User, user),
            mappers.read_found(Connection, connected),
        )

    def _parties(self, issued: Issued) -> list[tuple[str, keys.Key]]:
        directory = self._tables.directory
        return [(directory, keys.client(issued.client_id)), (directory, keys.organisation(issued.organisation))]
