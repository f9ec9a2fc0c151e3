"""What holds for the whole package: ports, errors, values, imports, and who may send which header."""

import ast
import functools
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol, get_args

import msgspec
import pytest

import gatehouse
import gatehouse.domain
from gatehouse.domain.kernel.errors import DomainError, OAuthError
from gatehouse.domain.kernel.refusals import PortalError
from gatehouse.endpoints import error_table
from tests import template
from tests.template import ROOT

PACKAGE = ROOT / "layers" / "common" / "gatehouse"

# Globally unique: what they find says its organisation.
UNIQUE = {"grant_id", "client_id"}
# What belongs to no organisation, each with its reason.
GLOBAL = {
    "Signer": "one set of signing keys for the deployment",
    "SealingKeyStore": "one key of second factors for the deployment",
    "KeyVault": "the same",
    "PublicKeyRegistry": "the same",
    "PublicKeyStore": "the same",
    "ReplayStore": "the jti of assertions, by client id",
    "Issued": "not a store: the properties of what may be swept",
    "Mailer": "mails know addresses only",
    "MailCounter": "mails are counted by address and by source",
    "PlanGateway": "API Gateway knows plans and keys by names that say the organisation",
    "ProvenDomainStore": "a domain leads to its organisation",
    "OwnPathStore": "a path of the host leads to the organisation",
    "FunctionInvoker": "an event of API Gateway, whose token the function checks, or an order with its caller",
    "EnforcedDirectory": "stages are found by account and region, and a repair goes through all organisations",
}


@functools.cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """Everything that a module says, parsed once."""
    return tuple(ast.walk(ast.parse(path.read_text())))


def modules(package: ModuleType) -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        yield importlib.import_module(found.name)


def classes(package: ModuleType) -> Iterator[type]:
    for module in modules(package):
        for _, one in inspect.getmembers(module, inspect.isclass):
            if one.__module__ == module.__name__:
                yield one


def subclasses[Error: DomainError](of: type[Error]) -> Iterator[type[Error]]:
    for one in of.__subclasses__():
        yield one
        yield from subclasses(one)


PORTS = sorted(
    (one for one in classes(gatehouse.domain) if getattr(one, "_is_protocol", False)), key=lambda one: one.__name__
)


@pytest.mark.parametrize("port", PORTS, ids=lambda port: port.__name__)
def test_every_port_method_takes_the_organisation_first(port: type[Any]) -> None:
    if port.__name__ in GLOBAL:
        return
    for name, method in inspect.getmembers(port, inspect.isfunction):
        if name.startswith("_") or any(name in vars(one) for one in port.__mro__ if one.__name__ in GLOBAL):
            continue
        parameters = [*inspect.signature(method).parameters.values()][1:]
        assert parameters, f"{port.__name__}.{name}"
        assert _names_the_organisation(parameters[0]), f"{port.__name__}.{name}({parameters[0]})"


def _names_the_organisation(first: inspect.Parameter) -> bool:
    """By itself, as what has one (or many that have), as pairs with one, or as what is globally unique.

    A source address has none.
    """
    if first.name in {"organisation", "references", "source", *UNIQUE}:
        return True
    (kind,) = get_args(first.annotation) or (first.annotation,)
    return "organisation" in {*getattr(kind, "__struct_fields__", ()), *vars(kind)}


def test_the_ports_that_are_global_exist() -> None:
    assert GLOBAL.keys() <= {port.__name__ for port in PORTS}
    assert len(PORTS) > len(GLOBAL)


@pytest.mark.parametrize("error", [*subclasses(OAuthError)], ids=lambda error: error.__name__)
def test_every_oauth_error_has_a_clean_description(error: type[OAuthError]) -> None:
    assert re.fullmatch(r"[\x20-\x21\x23-\x5B\x5D-\x7E]+", error.default_description)


def raised_errors() -> list[type[DomainError]]:
    """Every class of errors of the package but the two that only gather others."""
    for _ in modules(gatehouse):
        pass
    return [one for one in subclasses(DomainError) if one not in {OAuthError, PortalError}]


def test_every_error_has_exactly_one_row_in_the_table() -> None:
    raised = raised_errors()

    assert len(raised) == len(set(raised)) > 40
    assert set(error_table.ROWS) == set(raised)


@pytest.mark.parametrize("error", raised_errors(), ids=lambda error: error.__name__)
def test_every_error_has_a_code_a_status_and_a_number_of_wso2(error: type[DomainError]) -> None:
    status, number, _ = error_table.ROWS[error]

    assert re.fullmatch(r"[a-z_]+", error.code)
    assert 400 <= status < 600
    assert number == status or 900_000 <= number < 910_000


def test_only_the_table_pairs_errors_with_statuses() -> None:
    """No other module maps classes of errors to statuses: neither by a mapping nor as an attribute of the class."""
    of_classes = [
        path.name
        for path in PACKAGE.rglob("*.py")
        for node in nodes(path)
        if isinstance(node, ast.ClassDef) and node.name.endswith("Error")
        for line in node.body
        if isinstance(line, ast.Assign | ast.AnnAssign) and "status" in ast.unparse(line).partition("=")[0]
    ]
    mappings = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        for node in nodes(path)
        if isinstance(node, ast.Dict)
        for key in node.keys
        if isinstance(key, ast.Name | ast.Attribute) and ast.unparse(key).endswith("Error")
    }

    assert of_classes == []
    assert mappings == {"endpoints/error_table.py"}


def test_every_description_in_the_source_is_clean() -> None:
    described = [
        keyword.value
        for path in PACKAGE.rglob("*.py")
        for node in nodes(path)
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "description" and ast.unparse(node.func).endswith("Error")
    ]

    assert described
    for one in described:
        if isinstance(one, ast.Constant):
            assert re.fullmatch(r"[\x20-\x21\x23-\x5B\x5D-\x7E]+", str(one.value)), one.value
        else:
            assert not isinstance(one, ast.JoinedStr), ast.unparse(one)


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


@pytest.mark.parametrize("function", ["token", "authorizer"])
def test_f_13_a_cold_start_imports_no_sdk_no_framework_and_no_password_hashing(function: str, tmp_path: Path) -> None:
    (tmp_path / "msgspec").symlink_to(Path(msgspec.__file__).parent)  # alone: not what stands beside it
    script = f"import sys; import gatehouse.bootstrap.{function}; print(*sys.modules)"

    loaded = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-S", "-c", script],
        env={"PYTHONPATH": f"{PACKAGE.parent}:{tmp_path}"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()

    roots = {name.partition(".")[0] for name in loaded}
    assert roots.isdisjoint({"boto3", "botocore", "aws_lambda_powertools", "passlib", "argon2", "bcrypt", "jinja2"})
    assert roots.isdisjoint({"dataclasses", "inspect", "typing_extensions"})


_LATER = {
    "token": (
        *(f"endpoints.oauth.{one}" for one in ("metadata", "userinfo", "introspection", "revocation")),
        *(f"domain.accounts.{one}" for one in ("sign_in", "passwords", "usernames")),
        *(f"domain.oauth.{one}" for one in ("assertions", "id_tokens", "pkce")),
        "endpoints.error_table",
    ),
    "authorizer": (
        *(f"domain.oauth.{one}" for one in ("assertions", "codes", "signed_subjects", "signing")),
        "domain.accounts.connections",
    ),
}
"""Modules that the first request for them imports."""


@pytest.mark.parametrize("function", _LATER)
def test_no_start_waits_for_what_few_instances_serve(function: str, tmp_path: Path) -> None:
    (tmp_path / "msgspec").symlink_to(Path(msgspec.__file__).parent)
    script = (
        f"import sys; import gatehouse.bootstrap.{function}\n"
        "from gatehouse.storage.aws.connection import HttpConnection\n"
        "try: HttpConnection('localhost', 9, is_tls=False, timeout=1).open()\n"
        "except OSError: pass\n"
        "print(*sys.modules)"
    )

    loaded = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-S", "-c", script],
        env={"PYTHONPATH": f"{PACKAGE.parent}:{tmp_path}"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()

    assert {f"gatehouse.{one}" for one in _LATER[function]}.isdisjoint(loaded)
    assert "encodings.idna" not in loaded  # the codec of a host name that is given as text, with its tables
    assert "http" not in loaded  # its table of statuses


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


def test_a_port_is_a_protocol() -> None:
    for one in classes(gatehouse.domain):
        if one.__name__.endswith("Store"):
            assert Protocol in one.__mro__


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


def test_what_keeps_a_store_in_aws_is_named_after_the_service() -> None:
    stores = [port.__name__ for port in PORTS if port.__name__.endswith("Store")]
    keeping = [
        (port, node.name)
        for path in sorted((PACKAGE / "storage").rglob("*.py"))
        for node in nodes(path)
        if isinstance(node, ast.ClassDef)
        for port in stores
        if f"Implements `{port}`" in (ast.get_docstring(node) or "")
    ]

    assert len(keeping) > 30
    assert [one for one in keeping if not one[1].startswith(("DynamoDB", "SecretsManager"))] == []


def test_the_sign_in_pages_start_without_what_only_second_factors_need() -> None:
    script = "import sys; import gatehouse.bootstrap.signin; print(*sys.modules)"

    loaded = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", script],
        env={"PYTHONPATH": str(PACKAGE.parent)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()

    roots = {name.partition(".")[0] for name in loaded}
    assert roots.isdisjoint({"webauthn", "segno", "cbor2", "cryptography", "OpenSSL", "joserfc"})
