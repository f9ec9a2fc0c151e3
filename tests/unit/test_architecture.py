"""What holds for the whole package: values, imports, names, and who may send which header."""

import ast
import re
from collections import Counter
from pathlib import Path

import msgspec
import pytest

import gatehouse
import gatehouse.domain
from tests import template
from tests.template import ROOT
from tests.unit.package import PACKAGE, classes, nodes


@pytest.mark.parametrize(
    "one",
    [one for one in classes(gatehouse.domain) if issubclass(one, msgspec.Struct)],
    ids=lambda one: f"{one.__module__}.{one.__qualname__}",
)
def test_every_value_is_frozen(one: type[msgspec.Struct]) -> None:
    assert one.__struct_config__.frozen


def test_no_value_is_a_dataclass() -> None:
    """Its decorator and module were more than half of the imports of a cold start (docs/decisions/0263)."""
    assert [path.name for path in PACKAGE.rglob("*.py") if "from dataclasses" in path.read_text()] == []


def test_only_settings_reads_the_environment() -> None:
    readers = {path.name for path in PACKAGE.rglob("*.py") if re.search(r"os\.(environ|getenv)", path.read_text())}

    assert readers == {"settings.py"}


def test_only_keys_spells_a_key() -> None:
    spelling = re.compile(r"""["']pk["']\s*:""")
    writers = {path.name for path in (PACKAGE / "storage").rglob("*.py") if spelling.search(path.read_text())}

    assert writers <= {"keys.py"}


def test_only_two_modules_import_passlib() -> None:
    importing = re.compile(r"^\s*(from|import) passlib", re.MULTILINE)
    importers = {path.name for path in PACKAGE.rglob("*.py") if importing.search(path.read_text())}

    assert importers == {"passwords.py", "wso2_sha256.py"}


def test_f_01_only_the_place_that_can_deliver_it_names_the_challenge_header() -> None:
    """API Gateway renames it; the challenge travels in a second one, and the gate's is a gateway response."""
    senders = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if re.search(r"www-authenticate", path.read_text(), re.IGNORECASE)
    }

    assert senders == {"endpoints/challenges.py", "endpoints/cors.py"}  # who may read it, the latter says
    resources = template.load()["Resources"]
    kinds = {one["Type"] for one in resources.values()}
    assert "AWS::ApiGatewayV2::Api" in kinds
    assert kinds.isdisjoint({"AWS::Serverless::Api", "AWS::ApiGateway::RestApi"})


# HTTP's own words. "HTTP API" is a product of AWS, and `https` the scheme of an address.
_HTTP_WORDS = re.compile(
    r"HTTPStatus|(?<!_)HTTP(?! APIs?\b|_API)|status_?code|Content-Type|Content-Encoding|Cache-Control"
    r"|Retry-After|Set-Cookie|WWW-Authenticate|\bETag\b|If-Match",
)

_SPEAKS_OF_HTTP = {
    "client_documents.py": "which media type a metadata document is fetched as",
    "client_keys.py": "which media types a client's JWK Set is fetched as",
    "fetching.py": "what a fetched document says of itself",
    "store_client.py": "why a client without a secret cannot authenticate over HTTP",
}

# The gate's denials carry them as WSO2's gateway does; they are values, not errors.
_HAS_NUMBERS = {"gate.py"}


def test_the_domain_knows_no_http() -> None:
    """Neither its words nor its statuses nor the numbers that WSO2 answers with."""
    spoken = {
        path.name: found.group()
        for path in (PACKAGE / "domain").rglob("*.py")
        if (found := _HTTP_WORDS.search(path.read_text()))
    }
    numbers = {
        path.name
        for path in (PACKAGE / "domain").rglob("*.py")
        for node in nodes(path)
        if isinstance(node, ast.Constant) and re.fullmatch(r"90[0-9]{4}", str(node.value))
    }
    statuses = {
        f"{path.name}: {ast.unparse(node)}"
        for path in (PACKAGE / "domain").rglob("*.py")
        for node in nodes(path)
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.keyword)
        and re.match(r"(\w*status)\b.*[1-5][0-9]{2}", ast.unparse(node))
    }

    assert spoken.keys() == _SPEAKS_OF_HTTP.keys(), spoken
    assert numbers == _HAS_NUMBERS
    assert statuses == set()


@pytest.mark.parametrize("entry", sorted(ROOT.glob("functions/*/app.py")), ids=lambda path: path.parent.name)
def test_every_function_tells_the_storage_how_much_time_it_has(entry: Path) -> None:
    handler = next(
        node
        for node in ast.parse(entry.read_text()).body
        if isinstance(node, ast.FunctionDef) and node.name == "handler"
    )

    if entry.parent.name == "fetcher":  # it has no storage, and a deadline of its own
        assert "gatehouse.storage" not in "".join(path.read_text() for path in entry.parent.glob("*.py"))
    else:
        assert ast.unparse(handler.body[1]) == "deadlines.begin(context)"


def test_every_class_of_the_package_has_a_name_of_its_own() -> None:
    classes = [
        (node.name, str(path.relative_to(PACKAGE)))
        for path in sorted(PACKAGE.rglob("*.py"))
        for node in nodes(path)
        if isinstance(node, ast.ClassDef)
    ]
    times = Counter(name for name, _ in classes)

    assert len(classes) > 300
    assert [one for one in classes if times[one[0]] > 1] == []


_CLASS = re.compile(r"^\s*class (\w+)", re.MULTILINE)


def test_every_class_of_the_tests_has_a_name_of_its_own() -> None:
    """Classes of tests, which pytest finds by their names, need one in their package."""
    classes = [
        (name, str(path.relative_to(ROOT)))
        for path in sorted((ROOT / "tests").rglob("*.py"))
        for name in _CLASS.findall(path.read_text())
    ]
    times = Counter((name, Path(path).parent if name.startswith("Test") else None) for name, path in classes)

    assert len(classes) > 150
    assert {name for (name, _), number in times.items() if number > 1} == set()
