"""What holds for every port: it is a protocol that takes the organisation first, and its stores are named after AWS."""

import ast
import inspect
from typing import Any, Protocol, get_args

import pytest

import gatehouse
import gatehouse.domain
from tests.unit.package import PACKAGE, classes, nodes

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
    "Mailer": "mails know addresses only",
    "MailCounter": "mails are counted by address and by source",
    "PlanGateway": "API Gateway knows plans and keys by names that say the organisation",
    "ProvenDomainStore": "a domain leads to its organisation",
    "OwnPathStore": "a path of the host leads to the organisation",
    "FunctionInvoker": "an event of API Gateway, whose token the function checks, or an order with its caller",
    "UsagePlanDirectory": "stages are found by account and region, and a repair goes through all organisations",
}

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
    """By itself, as what has one (or many that have, or a grant or code), as pairs with one, or as globally unique.

    A source address has none.
    """
    if first.name in {"organisation", "issued", "references", "source", *UNIQUE}:
        return True
    (kind,) = get_args(first.annotation) or (first.annotation,)
    return "organisation" in {*getattr(kind, "__struct_fields__", ()), *vars(kind)}


def test_the_ports_that_are_global_exist() -> None:
    assert GLOBAL.keys() <= {port.__name__ for port in PORTS}
    assert len(PORTS) > len(GLOBAL)


def test_a_port_is_a_protocol() -> None:
    for one in classes(gatehouse.domain):
        if one.__name__.endswith("Store"):
            assert Protocol in one.__mro__


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
