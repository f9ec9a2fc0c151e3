"""The how-to guides about APIs, command by command in this order, as their reader would run them."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from gatehouse.domain.apis.published_apis import find
from gatehouse.domain.portal.api_deletion import delete_with_subscriptions
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.publishing import DynamoDBPublishedApis
from gatehouse.storage.subscriptions import DynamoDBSubscriptions
from tests import http_events, shells
from tests.clones import clone
from tests.deployed import ROOT, SECONDS_UNTIL_STREAMED, Deployed, bearer, seen_within
from tests.people import Person
from tests.unit.portal import caller

GUIDES = ("publish.md", "attach-rest-api.md", "attach-from-another-account.md")
OTHER_ACCOUNT = "111122223333"


@pytest.fixture
def workplace(tmp_path: Path) -> Path:
    """A clone, as its reader has it after deploying Gatehouse."""
    return clone(tmp_path)


@pytest.fixture
def environment(deployed: Deployed, person: Person) -> dict[str, str]:
    """The shell of the guides, with the application that is to be subscribed."""
    return shells.environment(deployed) | {"APPLICATION": person.client.application_id}


@pytest.fixture
def tidy(deployed: Deployed, tables: Tables) -> Iterator[None]:
    """Take away again what the commands made."""
    yield
    cloudformation, store = deployed.aws("cloudformation"), DynamoDBPublishedApis(tables)
    for name in ("my-orders", "their-orders"):
        cloudformation.delete_stack(StackName=name)
        delete_with_subscriptions(store, DynamoDBSubscriptions(tables), caller(), name)


def commands() -> list[str]:
    pages = "\n".join((ROOT / "docs" / "how-to" / name).read_text(encoding="utf-8") for name in GUIDES)
    return re.findall(r"^```sh\n(.*?)^```", pages, re.MULTILINE | re.DOTALL)


@pytest.mark.more
@pytest.mark.exclusive  # its commands update the stack that all others use
@pytest.mark.usefixtures("tidy")
def test_the_commands_of_the_guides_put_an_api_behind_gatehouse(
    deployed: Deployed, tables: Tables, http: httpx.Client, person: Person, workplace: Path, environment: dict[str, str]
) -> None:
    shells.run("\n".join(commands()), workplace, environment)

    token = person.obtain("read")["access_token"]
    api_id = deployed.outputs("my-orders")["ApiId"]
    url = f"{deployed.stack['aws_endpoint_url']}/restapis/{api_id}/production/_user_request_/orders"
    assert http.get(url).status_code == 401
    assert seen_within(SECONDS_UNTIL_STREAMED, lambda: http.get(url, headers=bearer(token)).status_code, 200)
    assert http.post(url, headers=bearer(token), json={}).status_code == 403
    assert f"execute-api:{deployed.stack['region']}:{OTHER_ACCOUNT}:*/authorizers/*" in policy(deployed)
    people_of_theirs = find(DynamoDBPublishedApis(tables), caller(), "their-orders").deployments
    assert [(one.account, one.stage) for one in people_of_theirs] == [(OTHER_ACCOUNT, "$default")]
    assert ask(deployed, token) == {"isAuthorized": False, "code": "900908"}


def policy(deployed: Deployed) -> str:
    """Return who may call the authorizer's alias."""
    name, _, alias = deployed.stack["authorizer_arn"].rpartition(":")
    return deployed.aws("lambda").get_policy(FunctionName=name, Qualifier=alias)["Policy"]


def ask(deployed: Deployed, token: str) -> dict[str, Any]:
    """Call the authorizer as API Gateway in the other account would."""
    api_id = deployed.outputs("their-orders")["ApiId"]
    stage = f"arn:aws:execute-api:{deployed.stack['region']}:{OTHER_ACCOUNT}:{api_id}/$default"
    event = http_events.http_authorizer(f"Bearer {token}", "GET /orders", stage=stage)
    answer = deployed.aws("lambda").invoke(FunctionName=deployed.stack["authorizer_arn"], Payload=json.dumps(event))
    found = json.loads(answer["Payload"].read())
    return {"isAuthorized": found["isAuthorized"], "code": found["context"]["code"]}
