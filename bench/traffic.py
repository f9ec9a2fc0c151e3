"""Skewed traffic, request by request, as the keys it reads and writes: the real ones of `storage.dynamodb.keys`."""

import bisect
import itertools
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from gatehouse.storage.dynamodb import keys

REMEMBERED_SECONDS = 2.0
_TOKEN_MS, _SIGN_IN_MS, _GATE_MS = 15, 130, 10


class Zipf:
    """Draws numbers of which the n-th is 1 / n**exponent as frequent as the first; one may be made hot apart."""

    def __init__(self, size: int, exponent: float, hot_share: float = 0.0) -> None:
        """Prepare the shares."""
        self._sums = list(itertools.accumulate(1 / n**exponent for n in range(1, size + 1)))
        self._hot_share = hot_share

    def draw(self, source: random.Random) -> int:
        """Return a number from 0."""
        if source.random() < self._hot_share:
            return 0
        return bisect.bisect_left(self._sums, source.random() * self._sums[-1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """A mix of requests. The shares of organisations, clients and APIs that are hot come on top of Zipf's law."""

    name: str
    rate: int
    mix: dict[str, float]
    exponent: float = 1.0
    hot_organisation: float = 0.0
    hot_client: float = 0.0
    hot_api: float = 0.0
    hot_user: float = 0.0
    organisations: int = 1_000
    clients_of_each: int = 50
    users_of_each: int = 1_000
    apis_of_each: int = 20


@dataclass(slots=True)
class Heat:
    """Capacity units per second, by table and key."""

    reads: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    writes: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])


class Traffic:
    """One second of a load."""

    def __init__(self, load: Load, seed: int = 1) -> None:
        """Prepare the draws."""
        self._load = load
        self._random = random.Random(seed)  # noqa: S311 - a simulation
        self._organisations = Zipf(load.organisations, load.exponent, load.hot_organisation)
        self._clients = Zipf(load.clients_of_each, load.exponent, load.hot_client)
        self._users = Zipf(load.users_of_each, load.exponent, load.hot_user)
        self._apis = Zipf(load.apis_of_each, load.exponent, load.hot_api)
        self._remembered: Counter[tuple[str, str]] = Counter()
        self._heat = Heat()

    def run(self) -> Heat:
        """Draw a second's requests; return the heat of every key."""
        kinds: dict[str, Callable[[str, str, str, str], None]] = {
            "client_credentials": self._client_credentials,
            "password": self._password,
            "refresh_token": self._refresh,
            "gate": self._gate,
        }
        names, weights = list(self._load.mix), list(self._load.mix.values())
        for kind in self._random.choices(names, weights, k=self._load.rate):
            organisation = f"org-{self._organisations.draw(self._random)}"
            client = f"{organisation}-client-{self._clients.draw(self._random)}"
            user = f"user-{self._users.draw(self._random)}"
            api = f"api-{self._apis.draw(self._random)}"
            kinds[kind](organisation, client, user, api)
        self._forget()
        return self._heat

    def _remember_of_token(self, organisation: str, client: str, api: str) -> None:
        self._remember(
            "token",
            keys.client(client),
            keys.organisation(organisation),
            keys.application(organisation, client),
            keys.api(organisation, api),
        )

    def _client_credentials(self, organisation: str, client: str, _user: str, api: str) -> None:
        self._remember_of_token(organisation, client, api)
        self._write("grants", keys.grant(self._grant_id()))

    def _password(self, organisation: str, client: str, user: str, api: str) -> None:
        self._remember_of_token(organisation, client, api)
        self._read("directory", keys.user(organisation, user))
        source = f"192.0.2.{self._random.randrange(100_000)}"
        self._read("grants", keys.failures(organisation, user), keys.source_failures(source, 1))
        self._read("grants", keys.connection(organisation, user, client))
        self._write("grants", keys.failures(organisation, user))
        self._write("grants", keys.grant(self._grant_id()))

    def _refresh(self, organisation: str, client: str, user: str, api: str) -> None:
        self._remember_of_token(organisation, client, api)
        self._read("directory", keys.status(f"{organisation} {user}"))
        grant = keys.grant(self._grant_id())
        self._read("grants", grant)
        self._write("grants", grant)

    def _gate(self, organisation: str, client: str, user: str, api: str) -> None:
        self._read("grants", keys.grant(self._grant_id()))
        if self._random.random() < self._users_share():
            self._read("directory", keys.status(f"{organisation} {user}"))
        self._remember(
            "gate",
            keys.client(client),
            keys.organisation(organisation),
            keys.application(organisation, client),
            keys.deployment("000000000000", "eu-west-1", f"{organisation}-{api}", "v1"),
            keys.api(organisation, api),
        )

    def _users_share(self) -> float:
        """Return how many of the presented tokens are a user's: as many as of those that are issued."""
        issued = {kind: share for kind, share in self._load.mix.items() if kind != "gate"}
        return 1 - issued.get("client_credentials", 0) / sum(issued.values())

    def _grant_id(self) -> str:
        return f"{self._random.getrandbits(128):032x}"

    def _read(self, table: str, *wanted: keys.Key) -> None:
        for key in wanted:
            self._heat.reads[table, key["pk"]["S"]] += 1

    def _write(self, table: str, key: keys.Key) -> None:
        self._heat.writes[table, key["pk"]["S"]] += 1

    def _remember(self, function: str, *wanted: keys.Key) -> None:
        for key in wanted:
            self._remembered[function, key["pk"]["S"]] += 1

    def _forget(self) -> None:
        """Read what is remembered as often as instances forget it: each at most once per 2 seconds and key."""
        instances = self._instances()
        for (function, key), wanted in self._remembered.items():
            self._heat.reads["directory", key] += min(wanted, instances[function] / REMEMBERED_SECONDS)  # type: ignore[assignment]

    def _instances(self) -> dict[str, float]:
        """Return how many instances of each function are busy at once (Little's law)."""
        per_second = {kind: share * self._load.rate for kind, share in self._load.mix.items()}
        token = sum(per_second.get(kind, 0) for kind in ("client_credentials", "refresh_token")) * _TOKEN_MS / 1000
        sign_ins = per_second.get("password", 0) * _SIGN_IN_MS / 1000
        return {"token": token + sign_ins + 1, "gate": per_second.get("gate", 0) * _GATE_MS / 1000 + 1}


def hottest(heat: Counter[tuple[str, str]], table: str, count: int = 1) -> Sequence[tuple[str, float]]:
    """Return the hottest keys of a table."""
    of_table = Counter({key: units for (where, key), units in heat.items() if where == table})
    return of_table.most_common(count)


def total(heat: Counter[tuple[str, str]], table: str) -> float:
    """Return all units of a table."""
    return sum(units for (where, _), units in heat.items() if where == table)
