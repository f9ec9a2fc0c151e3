"""pyoidc, in an environment of its own."""

import json
import subprocess
from pathlib import Path

import pytest

from local import toolchain
from tests.clients.conftest import NO_PKCE, REDIRECT_URI, MakeVisitor, Run, follow
from tests.deployed import Deployed
from tests.people import SECRET, Person

pytestmark = pytest.mark.more

SCRIPT = Path(__file__).parent / "pyoidc_client.py"


@pytest.fixture
def pyoidc(deployed: Deployed, authority: str) -> Run:
    python = toolchain.ensure("clients") / "python"

    def run(person: Person, **more: object) -> object:
        asked = {
            "issuer": deployed.stack["base_url"],
            "authority": authority,
            "client_id": person.client.client_id,
            "client_secret": SECRET,
            "redirect_uri": REDIRECT_URI,
            **more,
        }
        command = [str(python), str(SCRIPT), json.dumps(asked)]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout.splitlines()[-1])

    return run


@pytest.mark.client("tool:oic", "sign-in with code and ID token, UserInfo", setting=NO_PKCE)
def test_pyoidc_signs_in(pyoidc: Run, visit: MakeVisitor) -> None:
    visitor = visit(requires_pkce=False)

    begun = pyoidc(visitor.person)
    seen = pyoidc(visitor.person, begun=begun, answer=follow(visitor, begun["url"]))

    assert (seen["sub"], seen["userinfo"]) == (visitor.person.user.user_id,) * 2
    assert set(seen["scope"]) == {"openid", "profile", "read"}
