"""The description at /openapi.json against what the deployed service really answers, by schemathesis."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import hostile
from tests.deployed import Deployed

pytestmark = pytest.mark.long

_CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
    "response_schema_conformance,unsupported_method,allow_header_conformance,ignored_auth"
)
_TIMEOUT_SECONDS = 600 if "HOSTILE_EXAMPLES" not in os.environ else 3600


def test_no_5xx_and_no_undescribed_answer(deployed: Deployed) -> None:
    client_id, client_secret = deployed.credentials()
    command = [
        str(Path(sys.executable).parent / "schemathesis"),
        "run",
        f"{deployed.stack['base_url']}/openapi.json",
        f"--tls-verify={deployed.directory / 'state' / 'tls' / 'authority.pem'}",
        f"--auth={client_id}:{client_secret}",
        f"--checks={_CHECKS}",
        "--phases=examples,coverage,fuzzing",
        *hostile.schemathesis_amount(5),
        "--max-redirects=0",  # a redirect is an answer; where it leads is no business of the description
        "--workers=2",
        "--continue-on-failure",
        "--no-color",
    ]

    run = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_SECONDS, check=False)  # noqa: S603

    assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-2000:]
