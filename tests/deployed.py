"""The deployed stack, for the suites that need one: where it is, who is in it, and a client that trusts it."""

import functools
import json
import os
import secrets
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest

ROOT = Path(__file__).parents[1]
type Document = dict[str, Any]

SECONDS_UNTIL_STREAMED = 120
"""How long to wait for what follows the tables' streams, statistics and usage plans: thousands of items of other tests
may come first."""

LOOKS_ON_TOP = 3

KEEP_EVERY_CONNECTION = httpx.Limits(max_connections=None, max_keepalive_connections=None)
"""For clients that threads share: beyond its limit of idle connections, httpcore counts one that it has just given to
another thread as idle, too, and closes it (`[Errno 9] Bad file descriptor`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """A stack that `make up` or `make test` has brought up."""

    directory: Path
    stack: Document
    demo: Document

    def user(self, username: str, organisation: str = "johnsorg") -> Document:
        """Find a user of the demo."""
        return next(one for one in self.organisation(organisation)["users"] if one["username"] == username)

    def client(self, organisation: str = "johnsorg") -> Document:
        """Find the first key set of an organisation's first application."""
        return self.organisation(organisation)["applications"][0]["clients"][0]

    def organisation(self, key: str) -> Document:
        """Find an organisation of the demo."""
        return next(one for one in self.demo["organisations"] if one["key"] == key)

    def credentials(self, organisation: str = "johnsorg") -> tuple[str, str]:
        """Give the first key set for HTTP Basic."""
        client = self.client(organisation)
        return client["consumer_key"], client["consumer_secret"]

    def aws(self, service: str) -> Any:
        """Return a client of the stack's own AWS; tests share it."""
        return _client(service, self.stack["aws_endpoint_url"], self.stack["region"])

    def outputs(self, stack_name: str) -> dict[str, str]:
        """Read the outputs of a stack from CloudFormation."""
        described = self.aws("cloudformation").describe_stacks(StackName=stack_name)["Stacks"][0]
        return {one["OutputKey"]: one["OutputValue"] for one in described["Outputs"]}


@functools.cache
def _client(service: str, endpoint_url: str, region: str) -> Any:
    """Make a client: that costs more than most calls."""
    name: Any = service  # of boto3's overloads
    return boto3.client(
        name,
        endpoint_url=endpoint_url,
        region_name=region,
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )


@pytest.fixture(scope="session")
def deployed() -> Deployed:
    directory = Path(os.environ.get("GATEHOUSE_STACK", ROOT / ".local"))
    if not (directory / "stack.json").exists():
        pytest.exit(f"no stack in {directory}: run `make up` first, or `make test`, which makes its own", returncode=1)
    stack, demo = (json.loads((directory / name).read_text()) for name in ("stack.json", "demo.json"))
    return Deployed(directory=directory, stack=stack, demo=demo)


@pytest.fixture(scope="session")
def http(deployed: Deployed) -> Iterator[httpx.Client]:
    """A client of this process: failures of its source are counted apart from those of the other processes."""
    transport = httpx.HTTPTransport(
        verify=authority_context(str(deployed.directory / "state" / "tls" / "authority.pem")),
        limits=KEEP_EVERY_CONNECTION,
        local_address=new_address(),
    )
    with httpx.Client(transport=transport, timeout=40, trust_env=False) as client:
        yield client


def new_address() -> str:
    """Return a loopback address that nobody else has."""
    return ".".join(["127", *(str(1 + secrets.randbelow(254)) for _ in range(3))])


def authority_context(file: str) -> ssl.SSLContext:
    """Trust the front's own certificate authority, and no other."""
    return ssl.create_default_context(cafile=file)


def obtain(http: httpx.Client, deployed: Deployed, scope: str, *, username: str = "john@gmail.com") -> Document:
    """Get tokens by the password grant."""
    form = {
        "grant_type": "password",
        "username": f"{username}@johnsorg",
        "password": deployed.user(username)["password"],
        "scope": scope,
    }
    answer = http.post(deployed.stack["token_url"], data=form, auth=deployed.credentials())
    assert answer.status_code == 200, answer.text
    return answer.json()


def bearer(token: str) -> dict[str, str]:
    """Make the header of RFC 6750 section 2.1."""
    return {"Authorization": f"Bearer {token}"}


def seen_within(seconds: float, look: Callable[[], object], wanted: object) -> bool:
    """Look until the wanted thing is seen, the last time when the seconds are over, however slow looking is.

    What the slowest looks took comes on top of the seconds: a busy machine is not the product's delay.
    """
    began, slowest = time.monotonic(), 0.0
    while True:
        started = time.monotonic()
        if look() == wanted:
            return True
        slowest = max(slowest, time.monotonic() - started)
        if started - began > seconds + LOOKS_ON_TOP * slowest:
            return False
        time.sleep(0.1)
