"""docs/attach.md, command by command, as its reader would run them; what is put in their place stands on the page."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from gatehouse.domain.publishing import delete, find
from gatehouse.storage.publishing import Publishing
from gatehouse.storage.tables import Tables
from local.toolchain import TOOLS
from tests.deployed import ROOT, SECONDS_UNTIL_STREAMED, Deployed, bearer, seen_within
from tests.people import Person
from tests.unit.portal import caller

GUIDE = ROOT / "docs" / "attach.md"
AWS = '''#!{python}
"""`aws SERVICE OPERATION --name value ...`, with the SDK: the same words, and the same --query."""
import sys
import boto3, jmespath
service, operation, *words = sys.argv[1:]
options = dict(zip(words[::2], words[1::2], strict=True))
query, _ = options.pop("--query"), options.pop("--output")
named = {{"".join(part.title() for part in name.strip("-").split("-")): value for name, value in options.items()}}
found = jmespath.search(query, getattr(boto3.client(service), operation.replace("-", "_"))(**named))
print(*found if isinstance(found, list) else [found])
'''
OTHER_ACCOUNT = "111122223333"


@pytest.fixture
def workplace(deployed: Deployed, tmp_path: Path) -> Path:
    """A clone with Gatehouse built in it, and an `aws`."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples", ignore=shutil.ignore_patterns(".aws-sam"))
    shutil.copy(ROOT / "samconfig.toml", tmp_path)
    (tmp_path / ".aws-sam").mkdir()
    (tmp_path / ".aws-sam" / "build").symlink_to(deployed.directory / "state" / "build" / "gatehouse" / "artifacts")
    program = tmp_path / "bin" / "aws"
    program.parent.mkdir()
    program.write_text(AWS.format(python=sys.executable), encoding="utf-8")
    program.chmod(0o755)
    return tmp_path


@pytest.fixture
def environment(deployed: Deployed, workplace: Path, person: Person) -> dict[str, str]:
    """What the reader's shell has."""
    tools = [workplace / "bin", TOOLS / "sam" / "bin", ROOT / ".tools" / "uv" / "bin"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHON"))}
    return kept | {
        "PATH": ":".join([*map(str, tools), os.environ["PATH"]]),
        "AWS_ENDPOINT_URL": deployed.stack["aws_endpoint_url"],
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_REGION": deployed.stack["region"],
        "AWS_DEFAULT_REGION": deployed.stack["region"],
        "SAM_CLI_TELEMETRY": "0",
        "UV_PROJECT": str(ROOT),
        "UV_FROZEN": "1",
        "APPLICATION": person.client.application_id,
    }


@pytest.fixture
def tidy(deployed: Deployed, tables: Tables) -> Iterator[None]:
    """Take away again what the commands made."""
    yield
    cloudformation, store = deployed.aws("cloudformation"), Publishing(tables)
    for name in ("my-orders", "their-orders"):
        cloudformation.delete_stack(StackName=name)
        delete(store, caller(), name)


def commands() -> list[str]:
    return re.findall(r"^```sh\n(.*?)^```", GUIDE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


@pytest.mark.long
@pytest.mark.usefixtures("tidy")
def test_the_guides_commands_put_an_api_behind_gatehouse(
    deployed: Deployed, tables: Tables, http: httpx.Client, person: Person, workplace: Path, environment: dict[str, str]
) -> None:
    script = "\n".join(["set -euxo pipefail", *commands()])

    done = subprocess.run(  # noqa: S603 - the guide's own words
        ["/bin/bash", "-c", script], cwd=workplace, env=environment, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    token = person.obtain("read")["access_token"]
    api_id = deployed.outputs("my-orders")["ApiId"]
    url = f"{deployed.stack['aws_endpoint_url']}/restapis/{api_id}/production/_user_request_/orders"
    assert http.get(url).status_code == 401
    assert seen_within(SECONDS_UNTIL_STREAMED, lambda: http.get(url, headers=bearer(token)).status_code, 200)
    assert http.post(url, headers=bearer(token), json={}).status_code == 403
    assert f"execute-api:{deployed.stack['region']}:{OTHER_ACCOUNT}:*/authorizers/*" in policy(deployed)
    people_of_theirs = find(Publishing(tables), caller(), "their-orders").deployments
    assert [(one.account, one.stage) for one in people_of_theirs] == [(OTHER_ACCOUNT, "$default")]
    assert ask(deployed, token) == {"isAuthorized": False, "code": "900908"}


def policy(deployed: Deployed) -> str:
    """Return who may call the authorizer's alias."""
    name, _, alias = deployed.stack["authorizer_arn"].rpartition(":")
    return deployed.aws("lambda").get_policy(FunctionName=name, Qualifier=alias)["Policy"]


def ask(deployed: Deployed, token: str) -> dict[str, Any]:
    """Call the authorizer as API Gateway in the other account would."""
    api_id = deployed.outputs("their-orders")["ApiId"]
    event = {
        "version": "2.0",
        "type": "REQUEST",
        "routeArn": f"arn:aws:execute-api:{deployed.stack['region']}:{OTHER_ACCOUNT}:{api_id}/$default/GET/orders",
        "routeKey": "GET /orders",
        "headers": {"authorization": f"Bearer {token}"},
        "requestContext": {"apiId": api_id, "stage": "$default"},
    }
    answer = deployed.aws("lambda").invoke(FunctionName=deployed.stack["authorizer_arn"], Payload=json.dumps(event))
    found = json.loads(answer["Payload"].read())
    return {"isAuthorized": found["isAuthorized"], "code": found["context"]["code"]}
