"""The graph of `functions/signin`."""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from gatehouse.bootstrap import tables
from gatehouse.domain.accounts.passkeys import RelyingParty
from gatehouse.domain.oauth.client_documents import ClientDocuments
from gatehouse.domain.oauth.registration import Registrations
from gatehouse.endpoints.oauth.issuers import Issuers
from gatehouse.endpoints.router import PROVIDER, Endpoint, Router
from gatehouse.endpoints.signin.active_sessions import ActiveSessionsEndpoint
from gatehouse.endpoints.signin.authorize import AuthorizeEndpoint
from gatehouse.endpoints.signin.brand import BrandEndpoint
from gatehouse.endpoints.signin.device import DeviceEndpoint
from gatehouse.endpoints.signin.email import EmailEndpoint
from gatehouse.endpoints.signin.enrolment import EnrolmentEndpoint
from gatehouse.endpoints.signin.factors import FactorsEndpoint
from gatehouse.endpoints.signin.job_queue import JobQueue
from gatehouse.endpoints.signin.logout import LogoutEndpoint
from gatehouse.endpoints.signin.organisation_signup import CONFIRM, PATH, OrganisationSignupEndpoint
from gatehouse.endpoints.signin.page_context import PageContexts
from gatehouse.endpoints.signin.pages import SignInPages
from gatehouse.endpoints.signin.passkeys import Passkeys
from gatehouse.endpoints.signin.passwords import PasswordEndpoint
from gatehouse.endpoints.signin.registered import Registered
from gatehouse.endpoints.signin.registration import ONE as ONE_REGISTRATION
from gatehouse.endpoints.signin.registration import PATH as PATH_OF_REGISTRATION
from gatehouse.endpoints.signin.registration import RegistrationEndpoint
from gatehouse.endpoints.signin.second_step import SecondStepEndpoint
from gatehouse.endpoints.signin.sign_in import SignInEndpoint
from gatehouse.endpoints.signin.sign_up import SignUpEndpoint
from gatehouse.endpoints.signin.steps import REMINDER, SECOND_STEP, Steps
from gatehouse.settings import Settings
from gatehouse.storage.accounts import DynamoDBAccounts
from gatehouse.storage.aws.transport import Transport
from gatehouse.storage.codes import DynamoDBCodes
from gatehouse.storage.device_requests import DynamoDBDeviceRequests
from gatehouse.storage.directory import DynamoDBDirectory
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.dynamodb.ttl_cache import TtlCache
from gatehouse.storage.jobs import DynamoDBJobs
from gatehouse.storage.links import DynamoDBLinks
from gatehouse.storage.logos import DynamoDBLogos
from gatehouse.storage.organisation_signups import DynamoDBOrganisationSignups
from gatehouse.storage.registered_clients import DynamoDBRegisteredClients
from gatehouse.storage.remembered_browsers import DynamoDBRememberedBrowsers
from gatehouse.storage.sealing_key import SecretsManagerSealingKey
from gatehouse.storage.second_factors import DynamoDBPendingSignIns, DynamoDBSecondFactors
from gatehouse.storage.sessions import DynamoDBConsents, DynamoDBSessions
from gatehouse.storage.sign_in_history import DynamoDBSignInHistory
from gatehouse.storage.sign_ins import DynamoDBSignIns

if TYPE_CHECKING:
    from gatehouse.domain.kernel.fetching import OutsideFetcher
    from gatehouse.endpoints.signin.discover import DiscoverEndpoint
    from gatehouse.endpoints.signin.federated import FederatedEndpoint
    from gatehouse.endpoints.signin.identities import IdentitiesEndpoint


def router(
    settings: Settings,
    pages: SignInPages,
    connected: Tables | None = None,
    secrets: Transport | None = None,
    outside: "OutsideFetcher | None" = None,
) -> Router:
    """Build the pages on DynamoDB."""
    connected = connected or tables.build(settings)
    directory = DynamoDBDirectory(connected, TtlCache(settings.process_cache_seconds))
    sign_ins, issuers = DynamoDBSignIns(connected, directory), Issuers(settings.public_url)
    sends_mail = bool(settings.mail_from)
    history = DynamoDBSignInHistory(connected)
    sessions, lifetime_seconds = DynamoDBSessions(connected), settings.session_lifetime_seconds
    contexts = PageContexts(directory, sessions, history, issuers, lifetime_seconds)
    found, browsers = DynamoDBSecondFactors(connected), DynamoDBRememberedBrowsers(connected)
    steps = Steps(contexts, DynamoDBPendingSignIns(connected), browsers)
    sealing_key = SecretsManagerSealingKey(secrets or tables.secrets(settings), settings.factor_key_secret)
    passkeys = Passkeys(RelyingParty.of(settings.public_url), sealing_key, directory, found)
    clients = DynamoDBRegisteredClients(connected)

    def documents() -> ClientDocuments:
        from gatehouse.bootstrap import fetcher  # only for metadata documents: no start waits for it

        return ClientDocuments(clients, fetcher.limited(settings, connected, outside))

    registered = Registered(clients, documents)
    authorize = AuthorizeEndpoint(
        directory,
        directory,
        contexts,
        steps,
        DynamoDBCodes(connected),
        DynamoDBConsents(connected),
        pages,
        registered,
        sends_mail,
    )
    registration = RegistrationEndpoint(directory, issuers, Registrations(clients, clients))
    sign_in = SignInEndpoint(directory, contexts, sign_ins, steps, passkeys, pages, sends_mail)
    job_queue = JobQueue(DynamoDBJobs(connected), sign_ins)
    sign_up = SignUpEndpoint(contexts, job_queue, pages, sends_mail)
    accounts, links = DynamoDBAccounts(connected), DynamoDBLinks(connected)
    password = PasswordEndpoint(contexts, sign_ins, accounts, links, steps, pages, sends_mail)
    second = SecondStepEndpoint(contexts, steps, found, sign_ins, sealing_key, passkeys, pages)
    factors = FactorsEndpoint(contexts, steps, found, browsers, pages, sends_mail)
    enrolment = EnrolmentEndpoint(contexts, steps, found, links, job_queue, sealing_key, passkeys, pages, sends_mail)
    active = ActiveSessionsEndpoint(contexts, steps, accounts, pages)
    email = EmailEndpoint(contexts, steps, accounts, links, job_queue, pages)
    logout = LogoutEndpoint(directory, directory, contexts, pages)
    device = DeviceEndpoint(directory, contexts, steps, DynamoDBDeviceRequests(connected), pages)
    brand = BrandEndpoint(directory, DynamoDBLogos(connected))

    @cache
    def federated() -> "FederatedEndpoint":
        from gatehouse.bootstrap import federation
        from gatehouse.endpoints.signin.federated import FederatedEndpoint
        from gatehouse.endpoints.signin.provider_sessions import ProviderSessions
        from gatehouse.storage.identity_providers import (
            DynamoDBFederatedLinks,
            DynamoDBFederatedSignIns,
            DynamoDBIdentityProviders,
        )

        begun = DynamoDBFederatedSignIns(connected)
        client = federation.client(settings, connected, secrets, outside)
        return FederatedEndpoint(
            contexts,
            steps,
            DynamoDBIdentityProviders(connected),
            accounts,
            DynamoDBFederatedLinks(connected),
            begun,
            ProviderSessions(begun, client.sealing_key, settings.session_lifetime_seconds),
            client,
            pages,
        )

    def identities() -> "IdentitiesEndpoint":
        from gatehouse.endpoints.signin.identities import IdentitiesEndpoint

        return IdentitiesEndpoint(federated())

    def discover() -> "DiscoverEndpoint":
        from gatehouse.bootstrap import federation
        from gatehouse.endpoints.signin.discover import DiscoverEndpoint

        return DiscoverEndpoint(contexts, job_queue, federation.discovery(settings, connected, outside), pages)

    routes: dict[str, dict[str, Endpoint]] = {
        "/authorize": {"GET": authorize.get, "POST": authorize.post},
        "/account/consent": {"POST": authorize.post_consent},
        "/signin": {"GET": sign_in.get, "POST": sign_in.post},
        "/account/passkey": {"POST": sign_in.post_passkey},
        "/account/signout": {"POST": sign_in.post_sign_out},
        "/signup": {"GET": sign_up.get, "POST": sign_up.post},
        "/recover": {"GET": sign_up.get_recovery, "POST": sign_up.post_recovery},
        "/account/sent": {"GET": sign_up.get_sent},
        "/account/set-password": {"GET": password.get_link, "POST": password.post_link},
        "/account": {"GET": password.get_account},
        "/account/password": {"GET": password.get_change, "POST": password.post_change},
        SECOND_STEP: {"GET": second.get, "POST": second.post},
        REMINDER: {"GET": second.get_reminder},
        "/account/enrolment": {"POST": enrolment.post_request},
        "/account/enrol": {"GET": enrolment.get, "POST": enrolment.post},
        "/account/sessions": {"GET": active.get},
        "/account/sessions/end": {"POST": active.post_end},
        **({"/account/email": {"GET": email.get, "POST": email.post}} if sends_mail else {}),
        **({"/account/email/confirm": {"GET": email.get_link, "POST": email.post_link}} if sends_mail else {}),
        "/account/factors": {"GET": factors.get},
        "/account/factors/remove": {"POST": factors.post_remove},
        "/account/factors/rename": {"POST": factors.post_rename},
        "/account/factors/forget": {"POST": factors.post_forget},
        "/account/factors/recovery": {"POST": factors.post_recovery},
        "/account/done": {"GET": password.get_done},
        "/device": {"GET": device.get, "POST": device.post},
        "/device/decision": {"POST": device.post_decision},
        "/discover": {"GET": _later(discover, "get"), "POST": _later(discover, "post")},
        "/account/identities": {"GET": _later(identities, "get")},
        f"/federated/{PROVIDER}/start": {"GET": _later(federated, "get_start")},
        f"/federated/{PROVIDER}/callback": {"GET": _later(federated, "get_callback")},
        f"/federated/{PROVIDER}/link": {
            "GET": _later(identities, "get_link"),
            "POST": _later(identities, "post_link"),
        },
        f"/federated/{PROVIDER}/unlink": {"POST": _later(identities, "post_unlink")},
        f"/federated/{PROVIDER}/sign-out": {"GET": _later(identities, "get_sign_out")},
        f"/federated/{PROVIDER}/logout-token": {"POST": _later(identities, "post_logout_token")},
        "/logout": {"GET": logout.get, "POST": logout.post},
        PATH_OF_REGISTRATION: {"POST": registration.post},
        ONE_REGISTRATION: {"GET": registration.get, "PUT": registration.put, "DELETE": registration.delete},
        "/account/brand.css": {"GET": brand.get_style},
        "/account/logo": {"GET": brand.get_logo},
        **{path: {"GET": pages.assets.endpoint(path)} for path in pages.assets.paths},
    }
    if settings.organisation_sign_up and sends_mail:
        signup = OrganisationSignupEndpoint(contexts, job_queue, links, DynamoDBOrganisationSignups(connected), pages)
        routes[PATH] = {"GET": signup.get, "POST": signup.post}
        routes[CONFIRM] = {"GET": signup.get_link, "POST": signup.post_link}
    wso2 = {name: routes[path] for name, path in WSO2_PATHS.items()}
    return Router(routes | wso2, open_paths=frozenset({PATH_OF_REGISTRATION, ONE_REGISTRATION}))


def _later(build: Callable[[], object], method: str) -> Endpoint:
    """Return a method of an endpoint that is built for a request: no start waits for its imports."""
    return lambda request, organisation: getattr(build(), method)(request, organisation)


WSO2_PATHS = {"/oauth2/authorize": "/authorize", "/oidc/logout": "/logout"}
"""WSO2's paths of the same endpoints."""
