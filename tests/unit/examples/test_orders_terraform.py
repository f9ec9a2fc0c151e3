"""The Terraform example attaches the authorizer as the SAM template does."""

from typing import Any

import pytest
import yaml

from tests.template import ROOT

FOLDER = ROOT / "examples" / "orders-terraform"


@pytest.fixture(scope="module")
def resources() -> dict[str, dict[str, Any]]:
    """The resources by type; each type is there once."""
    import hcl2  # here, since it takes half a second, and other processes do not need it

    read: Any = hcl2
    parsed = read.loads((FOLDER / "main.tf").read_text(encoding="utf-8"))
    return {unquoted(kind): next(iter(named.values())) for one in parsed["resource"] for kind, named in one.items()}


def unquoted(value: Any) -> Any:
    """Return a value without the quotes that the parser keeps of strings."""
    return value.strip('"') if isinstance(value, str) else value


def test_the_authorizer_is_that_of_the_sam_template(resources: dict[str, dict[str, Any]]) -> None:
    authorizer = {name: unquoted(value) for name, value in resources["aws_api_gateway_authorizer"].items()}
    text = (ROOT / "examples" / "orders-rest" / "template.yaml").read_text(encoding="utf-8")
    template: Any = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506
    attached = template["Resources"]["OrdersApi"]["Properties"]["Auth"]["Authorizers"]["gatehouse"]
    headers = [f"method.request.header.{one}" for one in attached["Identity"]["Headers"]]
    context = [f"context.{one}" for one in attached["Identity"]["Context"]]

    assert authorizer["type"] == attached["FunctionPayloadType"]
    assert authorizer["identity_source"] == ",".join([*headers, *context])
    assert authorizer["authorizer_result_ttl_in_seconds"] == int(
        template["Parameters"]["GatewayCacheSeconds"]["Default"]
    )
    assert "local.authorizer_arn" in authorizer["authorizer_uri"]


def test_every_method_asks_the_authorizer(resources: dict[str, dict[str, Any]]) -> None:
    method = resources["aws_api_gateway_method"]

    assert unquoted(method["authorization"]) == "CUSTOM"
    assert "aws_api_gateway_authorizer.gatehouse.id" in method["authorizer_id"]
