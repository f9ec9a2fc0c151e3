"""The stack that a command operates, with the stores of its tables."""

from collections.abc import Callable, Iterator, Mapping
from copy import replace
from dataclasses import dataclass, field

from gatehouse.domain.accounts import usernames
from gatehouse.domain.accounts.dns_records import TextRecords
from gatehouse.domain.accounts.organisations import Organisation
from gatehouse.domain.accounts.users import User
from gatehouse.domain.apis import published_apis
from gatehouse.domain.apis.apis import Api, Application
from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.kernel.fetching import LimitedFetcher, OutsideFetcher
from gatehouse.domain.kernel.sealing import SealingKeyStore
from gatehouse.domain.oauth.provider_client import ProviderClient
from gatehouse.domain.portal.account_security import AccountSecurity
from gatehouse.domain.portal.identity_providers import IdentityProviderAdministration
from gatehouse.domain.portal.mail_domains import MailDomainAdministration
from gatehouse.storage.accounts import DynamoDBAccounts
from gatehouse.storage.applications import DynamoDBApplications
from gatehouse.storage.audit import DynamoDBAuditLog
from gatehouse.storage.directory import DynamoDBDirectory
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb import keys, mappers
from gatehouse.storage.dynamodb.listings import Listings
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.dynamodb.ttl_cache import TtlCache
from gatehouse.storage.fetches import DynamoDBFetches
from gatehouse.storage.grants import DynamoDBGrants
from gatehouse.storage.identity_providers import DynamoDBFederatedLinks, DynamoDBIdentityProviders
from gatehouse.storage.jobs import DynamoDBJobs
from gatehouse.storage.key_sets import DynamoDBKeySets
from gatehouse.storage.mail_domains import DynamoDBMailDomains
from gatehouse.storage.members import DynamoDBMembers
from gatehouse.storage.operator_changes import OperatorChanges
from gatehouse.storage.organisation_settings import DynamoDBSettings
from gatehouse.storage.own_paths import DynamoDBOwnPaths
from gatehouse.storage.portal_directory import DynamoDBPortalDirectory
from gatehouse.storage.publishing import DynamoDBPublishedApis
from gatehouse.storage.registered_clients import DynamoDBRegisteredClients
from gatehouse.storage.remembered_browsers import DynamoDBRememberedBrowsers
from gatehouse.storage.restrictions import DynamoDBRestrictions
from gatehouse.storage.second_factors import DynamoDBSecondFactors
from gatehouse.storage.sessions import DynamoDBSessions
from gatehouse.storage.sign_in_history import DynamoDBSignInHistory
from gatehouse.storage.statistics import DynamoDBStatistics
from gatehouse.storage.subscriptions import DynamoDBSubscriptions
from gatehouse.storage.user_connections import DynamoDBUserConnections
from gatehouse_cli import moments
from gatehouse_cli.errors import OperatorError

_OPERATOR = "operator"
_LISTED_MAX = 1_000_000  # all there are; more would not fit into memory


class _Store[S]:
    """A store on the tables of a stack."""

    def __init__(self, make: Callable[[Tables], S]) -> None:
        """Keep what makes it of the tables, each time that a command asks for it."""
        self._make = make

    def __get__(self, stack: "Stack", owner: type["Stack"]) -> S:
        """Return it."""
        return self._make(stack.tables)


@dataclass(frozen=True, slots=True)
class Stack:
    """The stores that the commands use, and the callers in whose name they act.

    Attributes:
        status: Of the stack, as CloudFormation says.
        parameters: Of the stack.
        outputs: Of the stack.
        outside: Its fetcher.
        sealing_key: What it seals secrets under.
    """

    tables: Tables
    public_url: str
    account: str
    region: str
    authorizer_arn: str = ""
    name: str = "gatehouse"
    status: str = "CREATE_COMPLETE"
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    outputs: Mapping[str, str] = field(default_factory=dict[str, str])
    outside: OutsideFetcher | None = None
    sealing_key: SealingKeyStore | None = None

    accounts = _Store(DynamoDBAccounts)
    applications = _Store(DynamoDBApplications)
    audit_log = _Store(DynamoDBAuditLog)
    directory = _Store(lambda tables: DynamoDBDirectory(tables, TtlCache(0)))  # what the gate reads, without its cache
    directory_writer = _Store(DirectoryWriter)
    grants = _Store(DynamoDBGrants)
    jobs = _Store(DynamoDBJobs)
    key_sets = _Store(DynamoDBKeySets)
    operator_changes = _Store(OperatorChanges)
    own_paths = _Store(DynamoDBOwnPaths)
    portal_directory = _Store(DynamoDBPortalDirectory)
    publishing = _Store(DynamoDBPublishedApis)
    registered_clients = _Store(DynamoDBRegisteredClients)
    restrictions = _Store(DynamoDBRestrictions)
    second_factors = _Store(DynamoDBSecondFactors)
    sessions = _Store(DynamoDBSessions)
    settings = _Store(DynamoDBSettings)
    statistics = _Store(DynamoDBStatistics)
    subscriptions = _Store(DynamoDBSubscriptions)
    user_connections = _Store(DynamoDBUserConnections)

    def issuer(self, organisation: str) -> str:
        """Return an organisation's issuer."""
        return f"{self.public_url}/t/{organisation}"

    @property
    def account_security(self) -> AccountSecurity:
        """What shows and changes the sign-in methods of a member, in whose name the operator acts."""
        return AccountSecurity(
            users=self.accounts,
            organisations=self.directory,
            factors=self.second_factors,
            links=DynamoDBFederatedLinks(self.tables),
            browsers=DynamoDBRememberedBrowsers(self.tables),
            history=DynamoDBSignInHistory(self.tables),
            jobs=self.jobs,
            failures=self.second_factors,
            sends_mail=bool(self.parameters.get("MailFrom")),
        )

    @property
    def members(self) -> DynamoDBMembers:
        """The members; operators are none and need no role."""
        return DynamoDBMembers(self.tables, sends_mail=bool(self.parameters.get("MailFrom")), is_operator=True)

    @property
    def identity_providers(self) -> IdentityProviderAdministration:
        """What registers identity providers, by the fetcher of the stack."""
        if self.outside is None or self.sealing_key is None:
            raise OperatorError("this stack has no outputs FetcherFunction and ProviderKeySecret: deploy it again")
        fetches = DynamoDBFetches(self.tables)
        client = ProviderClient(LimitedFetcher(self.outside, fetches), fetches, self.sealing_key)
        return IdentityProviderAdministration(DynamoDBIdentityProviders(self.tables), client)

    @property
    def mail_domains(self) -> MailDomainAdministration:
        """What claims mail domains; DNS is asked by the stack's own fetcher."""
        if self.outside is None:
            raise OperatorError("this stack has no output FetcherFunction: deploy it again")
        records = TextRecords(LimitedFetcher(self.outside, DynamoDBFetches(self.tables)))
        return MailDomainAdministration(
            DynamoDBMailDomains(self.tables), DynamoDBIdentityProviders(self.tables), records
        )

    def organisations(self) -> list[Organisation]:
        """Return all of them, by key."""
        found = Listings(self.tables).all(keys.collection("ORGANISATIONS"), _LISTED_MAX)
        return [mappers.read(Organisation, one) for one in found]

    def users(self, organisation: str) -> list[User]:
        """Return an organisation's users, by name."""
        found = Listings(self.tables).all(keys.collection("USERS", organisation), _LISTED_MAX)
        return [mappers.read(User, one) for one in found]

    def apis(self) -> Iterator[Api]:
        """Yield the APIs of all organisations."""
        for one in self.organisations():
            yield from self.publishing.find_apis_of(one.key)

    def api(self, organisation: str, api_id: str) -> Api:
        """Return an API of an organisation with its restrictions.

        Raises:
            NotFoundError: There is none.
        """
        return published_apis.find(self.publishing, self.operator(organisation), api_id)

    def organisation(self, key: str) -> Organisation:
        """Return an organisation.

        Raises:
            OperatorError: There is none.
        """
        found = self.directory.find_organisation(key.lower())
        if found is None:
            raise OperatorError(f"there is no organisation {key!r}")
        return found

    def user(self, organisation: str, username: str) -> User:
        """Return a user.

        Raises:
            OperatorError: There is none.
        """
        key, spelling = self.organisation(organisation).key, usernames.normalise(username.strip(" "))
        found = self.directory.find_user(key, spelling) if spelling else None
        if found is None:
            raise OperatorError(f"there is no user {username!r} in {organisation}")
        return found

    def operator(self, organisation: str) -> Caller:
        """Return the operator, as the audit log of an organisation names them."""
        return operator_of(self.organisation(organisation).key)

    def acting_for(self, application: Application) -> Caller:
        """Return the operator with the rights of an application's owner; the audit log names the operator."""
        owner = self.directory.find_user(application.organisation, application.owner) if application.owner else None
        return replace(
            self.operator(application.organisation),
            user_id=application.owner_id,
            roles=owner.roles if owner else frozenset(),
        )

    def subscribed(self, application: Application) -> tuple[Api, ...]:
        """Return the APIs that an application subscribes to."""
        references = application.references
        return self.directory.find_apis(references) if references else ()

    def owner(self, organisation: str, username: str) -> Caller:
        """Return the operator acting for a user, whose the thing will be; the audit log names the operator."""
        user = self.user(organisation, username)
        return Caller(
            organisation=user.organisation,
            user_id=user.user_id,
            username=user.username,
            roles=user.roles,
            scopes=frozenset(),
            at_ms=moments.now_ms(),
            audited_as=_OPERATOR,
        )


def operator_of(key: str) -> Caller:
    """Return the operator in an organisation of this key, which may be about to be created."""
    return Caller(
        organisation=key,
        user_id=_OPERATOR,
        username=_OPERATOR,
        roles=frozenset({"admin", "publisher"}),
        scopes=frozenset(),
        at_ms=moments.now_ms(),
    )
