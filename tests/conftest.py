"""Fixtures every layer shares."""

import gc
import json
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from _pytest.runner import runtestprotocol  # what plugins that report in their own way call

from gatehouse.storage.aws.transport import Transport
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from tests import template
from tests.beginnings import Beginnings
from tests.boto_transport import BotoTransport, to_boto
from tests.memory_secrets import MemorySecrets
from tests.memory_transport import MemoryDynamoDB, MemoryTransport
from tests.recording_transport import RecordingTransport, WrappedTransport

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

DIRECTORY_TABLE = "directory"
GRANTS_TABLE = "grants"
REGION = "eu-west-1"
SIGNING_KEYS = "signing-keys"
PACKED = "packed"
REPORTED_SECONDS = 0.1
"""How long a set-up or a teardown that passes takes at least to be reported to the first process, for `--durations`."""


def pytest_configure(config: pytest.Config) -> None:
    """Leave out most cases of tests marked `sampled` where everything runs; whoever names tests means all of them."""
    option = config.option
    is_named = config.args != config.getini("testpaths") or option.keyword or option.markexpr
    told = getattr(config, "workerinput", {}).get("sample")
    option.sample = told if told is not None else option.sample or not (is_named or option.every_fault)
    if option.sample or option.every_fault:
        from tests import examples  # here, since it imports Hypothesis

        examples.choose(is_sample=option.sample)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell another process of the same run: it is given what was typed, and not what was decided here."""
    node.workerinput["sample"] = node.config.getoption("--sample")


def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Report one part of a test that passes to the first process, and not five: the first process only counts them."""
    if not hasattr(item.config, "workerinput"):
        return None
    for report in runtestprotocol(item, log=False, nextitem=nextitem):
        if report.when == "call" or not report.passed or report.duration > REPORTED_SECONDS:
            item.ihook.pytest_runtest_logreport(report=report)
    return True


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable(report: pytest.CollectReport | pytest.TestReport) -> Generator[None, Any, Any]:
    """Send what passed as one text: xdist takes a millisecond for the parts of a report."""
    content = yield
    if content is None or not isinstance(report, pytest.TestReport) or not report.passed:
        return content
    return {"$report_type": content["$report_type"], PACKED: json.dumps(content | {"keywords": {}})}


@pytest.hookimpl(tryfirst=True)
def pytest_report_from_serializable(data: dict[str, Any]) -> None:
    """Unpack it in place; pytest makes a report of it then."""
    if PACKED in data:
        data.update(json.loads(data.pop(PACKED)))
        data["location"] = tuple(data["location"])


def pytest_collection_finish() -> None:
    """Keep the garbage collector from looking again and again at modules and tests, which stay to the end."""
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what only `make faults` runs, and let files with long tests start first.

    So no process is left alone with a long one at the end. Of these files, those of the highest rank start first.
    """
    if config.getoption("--sample"):
        _sample(config, items)
    ranks = dict[Path, int]()
    for item in items:
        if marker := item.get_closest_marker("long"):
            ranks[item.path] = max(ranks.get(item.path, 0), *marker.args, 1)
    items.sort(key=lambda item: -ranks.get(item.path, 0))


def _sample(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep one in so many cases of the tests that are marked `sampled`, the same ones each time; of none, none."""
    seen, kept, left_out = Counter[str](), list[pytest.Item](), list[pytest.Item]()
    for item in items:
        marker = item.get_closest_marker("sampled")
        name = item.nodeid.partition("[")[0]
        is_kept = marker is None or (marker.args[0] and seen[name] % marker.args[0] == 0)
        (kept if is_kept else left_out).append(item)
        seen[name] += 1
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = kept


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let unit tests store on moto, or on its server by the product's transport; both take some ten times longer.

    And say how much of the expensive proofs runs: see `pytest_configure`.
    """
    parser.addoption("--every-fault", action="store_true", help="inject every fault, and not a few for each flow")
    parser.addoption(
        "--sample", action="store_true", help="run a part of the tests marked `sampled`, as `make unit` does"
    )
    parser.addoption(
        "--dynamodb", choices=["memory", "moto", "server"], default="memory", help="where unit tests store"
    )


@pytest.fixture(scope="session")
def moto() -> Iterator[None]:
    """One moto for the whole session; it is imported by whoever needs it, since that takes a second."""
    from moto import mock_aws

    with mock_aws():
        yield


@pytest.fixture(scope="session")
def dynamodb(moto: None) -> "DynamoDBClient":  # noqa: ARG001 - started for its effect
    """Moto's DynamoDB with both tables of the template: making them costs more than most tests."""
    import boto3

    client = boto3.client("dynamodb", region_name=REGION)
    client.create_table(TableName=DIRECTORY_TABLE, **template.table("DirectoryTable"))
    client.create_table(TableName=GRANTS_TABLE, **template.table("GrantsTable"))
    return client


@pytest.fixture(scope="session")
def memory() -> MemoryDynamoDB:
    """DynamoDB in a dictionary, with both tables of the template."""
    database = MemoryDynamoDB()
    database.create_table(DIRECTORY_TABLE, template.table("DirectoryTable"))
    database.create_table(GRANTS_TABLE, template.table("GrantsTable"))
    return database


@pytest.fixture
def aws(moto: None) -> None:
    """AWS's services by moto."""


@pytest.fixture(scope="session")
def served(dynamodb: "DynamoDBClient") -> Iterator[Transport]:  # noqa: ARG001 - has made the tables, which the server shows
    """The product's own transport to moto's server."""
    from tests.moto_server import transport_to_server

    with transport_to_server(REGION) as transport:
        yield transport


def emptied[T: RecordingTransport](transport: T) -> T:
    """Delete whatever is in both tables."""
    for table in (DIRECTORY_TABLE, GRANTS_TABLE):
        request: dict[str, Any] = {"TableName": table}
        while True:
            page = transport.call_uncounted("Scan", request)
            for item in page["Items"]:
                transport.call_uncounted("DeleteItem", {"TableName": table, "Key": {"pk": item["pk"]}})
            if "LastEvaluatedKey" not in page:
                break
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]
    return transport


@pytest.fixture
def transport(request: pytest.FixtureRequest, memory: MemoryDynamoDB) -> RecordingTransport:
    """Both tables, empty; on moto by `--dynamodb=moto`, on its server by `--dynamodb=server`."""
    match request.config.getoption("--dynamodb"):
        case "moto":
            return emptied(BotoTransport(request.getfixturevalue("dynamodb")))
        case "server":
            return emptied(WrappedTransport(request.getfixturevalue("served")))
        case _:
            memory.clear()
            return MemoryTransport(memory)


@pytest.fixture(scope="session")
def secrets_in_memory() -> MemorySecrets:
    return MemorySecrets(SIGNING_KEYS)


@pytest.fixture
def secrets(secrets_in_memory: MemorySecrets) -> MemorySecrets:
    """Secrets Manager with the signing keys' secret, as the stack makes it: empty."""
    secrets_in_memory.begin()
    return secrets_in_memory


@pytest.fixture(scope="session")
def beginnings(request: pytest.FixtureRequest, memory: MemoryDynamoDB, secrets_in_memory: MemorySecrets) -> Beginnings:
    is_memory = request.config.getoption("--dynamodb") == "memory"
    stores = {
        **{name: table.items for name, table in memory.tables.items()},
        "texts": secrets_in_memory.texts,
        "stages": secrets_in_memory.stages,
    }
    return Beginnings((lambda: stores) if is_memory else None)


@pytest.fixture
def tables(transport: RecordingTransport) -> Tables:
    return Tables(transport=transport, directory=DIRECTORY_TABLE, grants=GRANTS_TABLE)


@pytest.fixture
def dump(transport: RecordingTransport) -> Callable[..., list[dict[str, Any]]]:
    """Reads all that is stored, or one table, as an attacker with a backup would; this counts as no call."""

    def scan(table: str) -> Iterator[dict[str, Any]]:
        request: dict[str, Any] = {"TableName": table}
        while True:
            page = transport.call_uncounted("Scan", request)
            yield from to_boto(page["Items"])
            if "LastEvaluatedKey" not in page:
                return
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    return lambda *tables: [item for name in tables or (DIRECTORY_TABLE, GRANTS_TABLE) for item in scan(name)]


@pytest.fixture
def another_table(request: pytest.FixtureRequest, memory: MemoryDynamoDB) -> Iterator[str]:
    """A third table, made as the directory is."""
    name, definition = "restored", template.table("DirectoryTable")
    if request.config.getoption("--dynamodb") != "memory":
        client = request.getfixturevalue("dynamodb")
        client.create_table(TableName=name, **definition)
        yield name
        client.delete_table(TableName=name)
    else:
        memory.create_table(name, definition)
        yield name
        memory.delete_table(name)


@pytest.fixture
def writer(tables: Tables) -> DirectoryWriter:
    return DirectoryWriter(tables)
