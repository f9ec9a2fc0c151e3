"""The generated descriptions of the JSON APIs against what the deployed store really answers, by schemathesis."""

import os
import secrets
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from gatehouse.domain.accounts import organisations, users
from gatehouse.domain.apis import apis
from gatehouse.domain.oauth import clients
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from tests import hostile, people
from tests.deployed import ROOT, Deployed
from tests.e2e.routed_paths import CALLER

pytestmark = pytest.mark.long(2)

_CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,"
    "unsupported_method,allow_header_conformance"
)
_SCOPES = (
    "apim:subscribe apim:app_manage apim:sub_manage apim:store_settings apim:admin apim:api_view apim:api_publish "
    "apim:subscription_block"
)
_ENDS_THE_TOKEN = ("deleteMeSessions", "deleteMeSessionsBySessionId")
_TIMEOUT_SECONDS = 600 if "HOSTILE_EXAMPLES" not in os.environ else 3600


@pytest.fixture
def token(deployed: Deployed, tables: Tables, http: httpx.Client) -> str:
    """An administrator's, of an organisation that no other test knows: what is generated changes settings too."""
    writer, key = DirectoryWriter(tables), f"described-{secrets.token_hex(8)}"
    writer.save_organisation(organisations.Organisation(key=key, name="Described"))
    user = users.User(
        organisation=key,
        user_id=secrets.token_hex(16),
        username=CALLER,
        password_hash=people.password_hash(),
        roles=frozenset({"admin", "publisher"}),
    )
    writer.add_user(user)
    application = apis.Application(
        organisation=key, application_id=secrets.token_hex(16), name="described", owner_id=user.user_id
    )
    writer.save_application(application)
    client = clients.Client(
        organisation=key,
        client_id=f"client-{key}",
        application_id=application.application_id,
        key_type="PRODUCTION",
        grant_types=people.GRANT_TYPES,
        authentication_methods=people.METHODS,
        secrets=(clients.Secret(digest=clients.secret_digest(people.SECRET)),),
    )
    writer.save_client(client)
    form = {"grant_type": "password", "username": "root", "password": people.PASSWORD, "scope": _SCOPES}
    answer = http.post(deployed.stack["token_url"], data=form, auth=(client.client_id, people.SECRET))
    assert answer.status_code == 200, answer.text
    return answer.json()["access_token"]


@pytest.mark.parametrize("base", ["devportal/v3", "publisher/v1", "admin/v4"])
def test_no_5xx_and_no_undescribed_answer(deployed: Deployed, token: str, base: str) -> None:
    run = describe(deployed, token, base, *(f"--exclude-operation-id={one}" for one in _ENDS_THE_TOKEN))

    assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-2000:]


def test_signing_out_everywhere_answers_as_described(deployed: Deployed, token: str) -> None:
    run = describe(deployed, token, "devportal/v3", *(f"--include-operation-id={one}" for one in _ENDS_THE_TOKEN))

    assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-2000:]


def describe(deployed: Deployed, token: str, base: str, *operations: str) -> subprocess.CompletedProcess[str]:
    """Call what the description of an API holds, and compare the answers with it."""
    command = [
        str(Path(sys.executable).parent / "schemathesis"),
        "run",
        f"{deployed.stack['base_url']}/api/am/{base}/openapi.json",
        f"--tls-verify={deployed.directory / 'state' / 'tls' / 'authority.pem'}",
        f"--header=Authorization: Bearer {token}",
        f"--checks={_CHECKS}",
        "--phases=examples,fuzzing",
        *hostile.schemathesis_amount(4),
        *operations,
        "--max-redirects=0",
        "--workers=2",
        "--continue-on-failure",
        "--suppress-health-check=too_slow",  # how fast bodies are made is the machine's business
        "--no-color",
    ]
    environment = os.environ | {"SCHEMATHESIS_HOOKS": "tests.e2e.routed_paths", "PYTHONPATH": str(ROOT)}
    return subprocess.run(  # noqa: S603
        command, env=environment, capture_output=True, text=True, timeout=_TIMEOUT_SECONDS, check=False
    )
