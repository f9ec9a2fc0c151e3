"""All of Gatehouse's functions on tables in memory, called as Lambda calls them, with faults between them and AWS.

A `World` loads each entry point afresh, puts it on one `FaultyTransport`, and gives it the role that the template
gives it. What is stored can be copied and put back, so that thousands of runs begin with the same state.
"""

import contextlib
import importlib.util
import json
import logging
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from gatehouse.bootstrap import authorizer, events, jobs, keys, plans, publisher, signin, store, token
from gatehouse.domain.accounts.mails import Mail
from gatehouse.domain.kernel import json_texts
from gatehouse.domain.kernel.errors import TemporarilyUnavailableError
from gatehouse.domain.kernel.fetching import FetchedDocument, FetchError, Form
from gatehouse.endpoints.signin.pages import SignInPages as SigninPages
from gatehouse.endpoints.store.pages import StorePages as StorePages
from gatehouse.settings import Settings
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.dynamodb.ttl_cache import TtlCache
from tests import factories, http_events, roles, template
from tests.answers import Answer
from tests.faults.plan_gateway import MemoryPlans
from tests.faulty_transport import FaultyTransport
from tests.identity_provider import FakeProvider
from tests.memory_secrets import MemorySecrets
from tests.memory_transport import MemoryDynamoDB, MemoryTransport

NOW_MS = factories.NOW * 1000
MAIL_FROM = "login@auth.example"
SIGNING_KEYS = "signing-keys"
DIRECTORY, GRANTS = "directory", "grants"
ISSUER = "https://auth.example"

_ENVIRONMENT = {
    "DIRECTORY_TABLE": DIRECTORY,
    "GRANTS_TABLE": GRANTS,
    "PROCESS_CACHE_SECONDS": "0",
    "ACCESS_TOKEN_LIFETIME_SECONDS": "3600",
    "REFRESH_TOKEN_LIFETIME_SECONDS": "86400",
    "GRANT_LIFETIME_SECONDS": "2592000",
    "SIGNING_KEYS_SECRET": SIGNING_KEYS,
    "AWS_REGION": "eu-west-1",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    # Under SnapStart nothing connects at import.
    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:1/",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN": "testing",
    "LOG_LEVEL": "INFO",
    "POWERTOOLS_DEV": "0",
}
_FUNCTIONS = ("token", "signin", "store", "publisher", "authorizer", "jobs", "events", "keys", "plans")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One event for one function; it can be sent as often as wanted."""

    function: str
    event: Mapping[str, Any]

    @property
    def name(self) -> str:
        return http_events.name(self.event)


@dataclass(frozen=True, slots=True)
class State:
    """A copy of all that is stored."""

    stores: Mapping[str, Mapping[str, Any]]
    sent: Mapping[str, list[Any]]
    mails: tuple[Mail, ...]
    plans: Any

    def items(self) -> list[Any]:
        """Return the items of both tables."""
        return [*self.stores[DIRECTORY].values(), *self.stores[GRANTS].values()]


class Services:
    """DynamoDB, Secrets Manager, mail and usage plans behind one port, so that calls are numbered across all."""

    def __init__(self) -> None:
        self.database = MemoryDynamoDB()
        self.database.create_table(DIRECTORY, template.table("DirectoryTable"))
        self.database.create_table(GRANTS, template.table("GrantsTable"))
        self.dynamodb = MemoryTransport(self.database)
        self.secrets = MemorySecrets(SIGNING_KEYS)
        settings = factories.settings()
        self.keys = {one: MemorySecrets(one) for one in (settings.factor_key_secret, settings.provider_key_secret)}
        self.mails: list[Mail] = []
        self.answers: list[str] = []
        """What CloudFormation was answered; it is not put back, since nothing looks at it twice."""
        self.provider = FakeProvider(factories.NOW, claims={"groups": ["bosses"]}, spends_codes=False)
        self.plans = MemoryPlans()
        self.publish: Callable[[Any], Any] = lambda _event: None
        """Runs the publishing function."""
        self.published: dict[str, str] = {}
        """What clients publish at their addresses; it is not put back, since nobody changes it."""

    def call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        if operation == "SendEmail":
            self.mails.append(request["mail"])
            return {}
        if operation == "Invoke":
            return {"value": self.publish(request["event"])}
        if operation == "AnswerCloudFormation":
            self.answers.append(request["body"])
            return {}
        if operation.startswith("Plans."):
            return {"value": getattr(self.plans, operation.removeprefix("Plans."))(*request["arguments"])}
        if operation == "Fetch":
            known = self.published.get(request["url"])
            return {
                "body": self.provider.fetch("", request["url"], 1, request["form"]).body if known is None else known
            }
        if "Secret" in operation:
            return self.keys.get(request["SecretId"], self.secrets).call(operation, request)
        return self.dynamodb.call_uncounted(operation, request)

    @property
    def stores(self) -> dict[str, dict[str, Any]]:
        tables = {name: table.items for name, table in self.database.tables.items()}
        return {**tables, "texts": self.secrets.texts, "stages": self.secrets.stages}

    def copy(self) -> State:
        stores = {name: dict(values) for name, values in self.stores.items()}
        return State(stores, dict(self.database.sent), tuple(self.mails), self.plans.copy())

    def put_back(self, state: State) -> None:
        for name, values in self.stores.items():
            values.clear()
            values.update(state.stores[name])
        self.database.sent.clear()
        self.database.sent.update(state.sent)
        self.mails[:] = state.mails
        self.plans.put_back(state.plans)


class _Mailer:
    """Sends by the faulty transport."""

    def __init__(self, wire: FaultyTransport) -> None:
        self._wire = wire

    def send(self, mail: Mail) -> None:
        self._wire.call("SendEmail", {"mail": mail})


class _PlanGateway:
    """Calls the plans by the faulty transport."""

    def __init__(self, wire: FaultyTransport) -> None:
        self._wire = wire

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return lambda *arguments: self._wire.call(f"Plans.{name}", {"arguments": arguments})["value"]


class _Outside:
    """Fetches by the faulty transport, in the place of the fetcher function."""

    def __init__(self, wire: FaultyTransport) -> None:
        self._wire = wire

    def fetch(self, organisation: str, url: str, max_bytes: int, form: Form | None = None) -> FetchedDocument:
        assert organisation
        assert max_bytes
        try:
            return FetchedDocument(body=self._wire.call("Fetch", {"url": url, "form": form})["body"], max_age=None)
        except TemporarilyUnavailableError as error:
            raise FetchError("unavailable", url) from error


class _PublishingFunction:
    """Invokes by the faulty transport, in the place of Lambda."""

    def __init__(self, wire: FaultyTransport) -> None:
        self._wire = wire

    def invoke(self, event: Any) -> Any:
        return self._wire.call("Invoke", {"event": event})["value"]


class _CloudFormation:
    """Takes the answer of a custom resource, in the place of `urllib.request`."""

    def __init__(self, wire: FaultyTransport) -> None:
        self._wire = wire

    def Request(self, _url: str, body: bytes, _headers: Any, method: str) -> str:  # noqa: N802 - urllib's name
        assert method == "PUT"
        return body.decode()

    def urlopen(self, body: str, timeout: float) -> contextlib.AbstractContextManager[None]:
        assert timeout
        self._wire.call("AnswerCloudFormation", {"body": body})
        return contextlib.nullcontext()


class World:
    """The functions, what is stored, and the time.

    Attributes:
        wire: Where calls fail.
        now_ms: When the next event arrives.
        log: What the functions logged since it was last cleared.
    """

    def __init__(self) -> None:
        self.services = Services()
        self.wire = FaultyTransport(self.services)
        self.now_ms = NOW_MS
        self.log: list[logging.LogRecord] = []
        self._modules = {name: _load(name) for name in _FUNCTIONS}
        for module in self._modules.values():
            if hasattr(module, "time"):
                vars(module)["time"] = self._clock()
        folder = template.ROOT / "functions"
        self._pages = SigninPages(folder / "signin"), StorePages(folder / "store")
        self._began: set[str] = set()
        self.services.publish = self._publish

    @property
    def settings(self) -> Settings:
        return factories.settings(
            mail_from=MAIL_FROM,
            public_url=ISSUER,
            organisation_sign_up=True,
            signing_algorithm="ES256",
            stack_name="gatehouse",
            account="000000000000",
        )

    @property
    def tables(self) -> Tables:
        """Both tables, beside the faults."""
        return Tables(transport=self.services.dynamodb, directory=DIRECTORY, grants=GRANTS)

    def begin(self) -> None:
        """Let every function start cold: it remembers nothing. The store takes its time, and forgets instead."""
        self._began &= {"store"}
        if self._began:
            signer: Any = self._modules["store"].built.portal.context.signer
            key: Any = self._modules["store"].built.identity_providers.client.sealing_key
            for forgetful, name, nothing in (
                (key, "_key", b""),
                (signer, "_cache", TtlCache(60)),
                (signer, "_derivation_cache", TtlCache(900)),
            ):
                assert hasattr(forgetful, name), f"{forgetful} has no {name} to forget"
                setattr(forgetful, name, nothing)

    def module(self, function: str) -> ModuleType:
        """Return the entry point of a function, started."""
        if function not in self._began:
            self._start(function)
            self._began.add(function)
        return self._modules[function]

    def send(self, call: Call) -> Answer:
        """Let the event arrive now."""
        module, event = self.module(call.function), http_events.arriving(call.event, self.now_ms)
        context = SimpleNamespace(aws_request_id="request", get_remaining_time_in_millis=lambda: 20_000)
        try:
            value: Any = module.handler(event, context)
        except Exception as error:  # noqa: BLE001 - this is what Lambda would report
            return Answer(raised=f"{type(error).__name__}: {error}")
        return Answer.of(value)

    def _publish(self, event: Any) -> Any:
        """Run the publishing function as Lambda does for the store: what goes in and out is JSON."""
        context = SimpleNamespace(aws_request_id="request", get_remaining_time_in_millis=lambda: 15_000)
        answer: Any = self.module("publisher").handler(json.loads(json_texts.render(event)), context)
        return json.loads(json_texts.render(answer))

    def later(self, milliseconds: int) -> None:
        """Let time pass."""
        self.now_ms += milliseconds

    def _clock(self) -> Any:
        return SimpleNamespace(
            time=lambda: self.now_ms / 1000,
            time_ns=lambda: self.now_ms * 1_000_000,
            monotonic=lambda: self.now_ms / 1000,
            sleep=lambda seconds: self.later(int(seconds * 1000)),
        )

    def _role(self, name: str) -> Tables:
        return roles.acting_as(Tables(transport=self.wire, directory=DIRECTORY, grants=GRANTS), name)

    def _start(self, function: str) -> None:
        for name, value in getattr(self, f"_graph_of_{function}")().items():
            setattr(self._modules[function], name, value)

    def _graph_of_token(self) -> dict[str, Any]:
        return {"router": token.router(self.settings, self._role("Token"), self.wire, _Outside(self.wire))}

    def _graph_of_signin(self) -> dict[str, Any]:
        pages = self._pages[0]
        return {
            "pages": pages,
            "router": signin.router(self.settings, pages, self._role("Signin"), self.wire, _Outside(self.wire)),
        }

    def _graph_of_store(self) -> dict[str, Any]:
        publishing = _PublishingFunction(self.wire)
        built = store.Store(self.settings, self._role("Store"), self.wire, _Outside(self.wire), publishing=publishing)
        return {"built": built, "site": built.site(self._pages[1])}

    def _graph_of_publisher(self) -> dict[str, Any]:
        connected = self._role("Publisher")
        return {
            "json_api": publisher.build(self.settings, connected),
            "desk": publisher.desk(self.settings, connected),
        }

    def _graph_of_authorizer(self) -> dict[str, Any]:
        return {"gate": authorizer.authorizer(self.settings, self._role("Authorizer"), self.wire)}

    def _graph_of_jobs(self) -> dict[str, Any]:
        made = jobs.mail_sender(self.settings, _Mailer(self.wire), self._role("Jobs"))
        return {"sender": made}

    def _graph_of_events(self) -> dict[str, Any]:
        connected = self._role("Events")
        return {
            "counters": events.counters(self.settings, connected),
            "user_copies": events.user_copies(self.settings, connected),
        }

    def _graph_of_keys(self) -> dict[str, Any]:
        rotation = keys.rotation(self.settings, self._role("Keys"), self.wire)
        return {"rotation": rotation, "urllib": SimpleNamespace(request=_CloudFormation(self.wire))}

    def _graph_of_plans(self) -> dict[str, Any]:
        def sync(settings: Settings, _gateway: object) -> Any:
            gateway: Any = _PlanGateway(self.wire)
            return plans.sync(settings, lambda _region: gateway, self._role("Plans"))

        return {"settings": self.settings, "plans": SimpleNamespace(names=plans.names, sync=sync)}


def _load(function: str) -> ModuleType:
    """Load an entry point under a name of its own, so that other tests' copies of it stay as they are."""
    folder = template.ROOT / "functions" / function
    with pytest.MonkeyPatch.context() as patch:
        for name, value in _ENVIRONMENT.items():
            patch.setenv(name, value)
        patch.syspath_prepend(str(folder))  # pyright: ignore[reportUnknownMemberType]
        for name in ("mailer", "gateway"):
            patch.delitem(sys.modules, name, raising=False)
        spec = importlib.util.spec_from_file_location(f"tests.faults.functions_{function}", folder / "app.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return module
