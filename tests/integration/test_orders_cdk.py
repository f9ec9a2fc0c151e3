"""The CDK example, synthesised by the library itself, attaches the authorizer as the SAM template does."""

import json
import os
import shutil
import subprocess
from typing import Any

import pytest

from tests.deployed import ROOT

FOLDER = ROOT / "examples" / "orders-cdk"

pytestmark = pytest.mark.more  # npm installs the library


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the application synthesises."""
    folder = tmp_path_factory.mktemp("cdk")
    for name in ("app.js", "package.json", "package-lock.json"):
        shutil.copy(FOLDER / name, folder)
    install = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent")
    subprocess.run(install, cwd=folder, check=True)  # noqa: S603
    done = subprocess.run(
        ["node", "app.js"],  # noqa: S607
        cwd=folder,
        env={"PATH": os.environ["PATH"], "CDK_OUTDIR": "out"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads((folder / "out" / "orders-cdk.template.json").read_text(encoding="utf-8"))


def of_type(template: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [one["Properties"] for one in template["Resources"].values() if one["Type"] == kind]


def test_the_authorizer_is_that_of_gatehouse(template: dict[str, Any]) -> None:
    (authorizer,) = of_type(template, "AWS::ApiGateway::Authorizer")

    assert authorizer["Type"] == "REQUEST"
    assert authorizer["IdentitySource"] == "method.request.header.Authorization,context.httpMethod,context.resourcePath"
    assert authorizer["AuthorizerResultTtlInSeconds"] == 3
    assert {"Fn::ImportValue": "gatehouse-AuthorizerArn"} in authorizer["AuthorizerUri"]["Fn::Join"][1]


def test_every_method_asks_it(template: dict[str, Any]) -> None:
    methods = of_type(template, "AWS::ApiGateway::Method")

    assert {one["HttpMethod"] for one in methods} == {"GET", "POST"}
    assert all(one["AuthorizationType"] == "CUSTOM" and "Ref" in one["AuthorizerId"] for one in methods)


def test_a_refusal_has_the_challenge_of_the_gate(template: dict[str, Any]) -> None:
    (answer,) = of_type(template, "AWS::ApiGateway::GatewayResponse")

    assert answer["ResponseParameters"] == {
        "gatewayresponse.header.WWW-Authenticate": "context.authorizer.www_authenticate"
    }
