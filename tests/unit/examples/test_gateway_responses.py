"""The gateway responses that a REST API includes: each says the same in JSON and in XML, to browsers too."""

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml

EXAMPLES = Path(__file__).parents[3] / "examples"
RESPONSES: dict[str, Any] = yaml.safe_load((EXAMPLES / "gateway-responses.yaml").read_text(encoding="utf-8"))
MEMBERS = ["code", "message", "description"]
NAMESPACES = {"THROTTLED": "throttling", "QUOTA_EXCEEDED": "throttling"}


def fill(template: str) -> str:
    """Put a word in place of each variable, as API Gateway puts the value."""
    return re.sub(r"\$context(\.\w+)+", "word", template.replace("$context.error.messageString", '"word"'))


@pytest.fixture(params=RESPONSES)
def response_type(request: pytest.FixtureRequest) -> str:
    return request.param


def test_json_and_xml_say_the_same(response_type: str) -> None:
    templates = RESPONSES[response_type]["responseTemplates"]
    said = json.loads(fill(templates["application/json"]))
    fault = ET.fromstring(fill(templates["application/xml"]))  # noqa: S314 -- our own file
    namespace = f"{{http://wso2.org/apimanager/{NAMESPACES.get(response_type, 'security')}}}"

    assert list(said) == MEMBERS
    assert fault.tag == f"{namespace}fault"
    assert {child.tag.removeprefix(namespace): child.text or "" for child in fault} == said


def test_no_cache_keeps_it_and_a_page_may_read_it(response_type: str) -> None:
    headers = RESPONSES[response_type]["responseParameters"]
    exposed = {"WWW-Authenticate", "Retry-After"} & {name.removeprefix("gatewayresponse.header.") for name in headers}

    assert headers["gatewayresponse.header.Cache-Control"] == "'no-store'"
    assert headers["gatewayresponse.header.Access-Control-Allow-Origin"] == "'*'"
    for name in exposed:
        assert name in headers["gatewayresponse.header.Access-Control-Expose-Headers"]


@pytest.mark.parametrize(
    ("response_type", "status", "header"),
    [
        pytest.param("UNAUTHORIZED", "401", "WWW-Authenticate", id="no valid token"),
        pytest.param("ACCESS_DENIED", "403", "WWW-Authenticate", id="denied"),
        pytest.param("INVALID_API_KEY", "403", "Retry-After", id="plan not ready"),
        pytest.param("THROTTLED", "429", "Retry-After", id="too fast"),
        pytest.param("QUOTA_EXCEEDED", "429", "Retry-After", id="too much"),
        pytest.param("AUTHORIZER_FAILURE", "503", "Retry-After", id="authorizer failed"),
        pytest.param("AUTHORIZER_CONFIGURATION_ERROR", "500", None, id="authorizer missing"),
    ],
)
def test_each_status_comes_with_its_header(response_type: str, status: str, header: str | None) -> None:
    response = RESPONSES[response_type]

    assert response["statusCode"] == status
    assert header is None or f"gatewayresponse.header.{header}" in response["responseParameters"]


def test_the_snippet_uses_nothing_that_aws_include_refuses() -> None:
    text = (EXAMPLES / "gateway-responses.yaml").read_text(encoding="utf-8")
    code = [line for line in text.splitlines() if not line.startswith("#")]

    assert not re.search(r"(^|\s)[!&*][A-Za-z]", "\n".join(code))
