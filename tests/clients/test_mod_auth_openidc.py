"""mod_auth_openidc: the relying party and the resource server of many installations of Apache."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from gatehouse.storage.dynamodb.tables import Tables
from local import ports
from tests import people
from tests.clients import apache
from tests.clients.conftest import MakeVisitor, follow
from tests.deployed import Deployed, bearer
from tests.people import SECRET

pytestmark = pytest.mark.more

SOURCE = "debian:libapache2-mod-auth-openidc"


@pytest.fixture
def folder(authority: str) -> Iterator[Path]:
    """A folder that Apache's own user may read, with the stack's certificate authority."""
    with tempfile.TemporaryDirectory() as made:
        Path(made).chmod(0o755)
        shutil.copy(authority, f"{made}/authority.pem")
        Path(made, "authority.pem").chmod(0o644)
        yield Path(made)


@pytest.mark.client(
    SOURCE, "relying party: sign-in with code and ID token", setting="`OIDCPKCEMethod S256`, or `pkceMandatory` off"
)
def test_a_relying_party_signs_in(deployed: Deployed, folder: Path, visit: MakeVisitor) -> None:
    port = ports.choose()
    visitor = visit(redirect_uris=(f"http://localhost:{port}/protected/callback",))
    settings = f"""
OIDCProviderMetadataURL {deployed.stack["base_url"]}/.well-known/openid-configuration
OIDCClientID {visitor.person.client.client_id}
OIDCClientSecret {SECRET}
OIDCRedirectURI http://localhost:{port}/protected/callback
OIDCCryptoPassphrase a-passphrase-of-the-test
OIDCCABundlePath {folder}/authority.pem
OIDCPKCEMethod S256
OIDCScope "openid profile email"
<Location "/protected">
  AuthType openid-connect
  Require valid-user
</Location>
<Location "/">
  Header always set X-Subject "expr=%{{reqenv:OIDC_CLAIM_sub}}"
</Location>
"""

    with apache.serve(folder, port, settings) as address, httpx.Client(trust_env=False, timeout=60) as browser:
        (folder / "pages" / "protected").mkdir()
        (folder / "pages" / "protected" / "index.html").write_text("opened", encoding="utf-8")
        sent = browser.get(f"{address}/protected/index.html")
        back = browser.get(follow(visitor, sent.headers["location"]))
        opened = browser.get(back.headers["location"])

    assert (opened.status_code, opened.text) == (200, "opened")
    assert opened.headers["x-subject"] == visitor.person.user.user_id


@pytest.mark.client(SOURCE, "resource server: introspection of opaque tokens")
def test_a_resource_server_asks_for_introspection(
    deployed: Deployed, folder: Path, tables: Tables, http: httpx.Client
) -> None:
    port, person = ports.choose(), people.person(deployed, tables, http)
    settings = f"""
OIDCOAuthIntrospectionEndpoint {deployed.stack["base_url"]}/introspect
OIDCOAuthClientID {person.client.client_id}
OIDCOAuthClientSecret {SECRET}
OIDCOAuthRemoteUserClaim sub
OIDCCABundlePath {folder}/authority.pem
<Location "/">
  AuthType oauth20
  Require claim scope:read
</Location>
"""
    token, other = person.obtain("read")["access_token"], person.obtain("update")["access_token"]

    with apache.serve(folder, port, settings) as address, httpx.Client(trust_env=False, timeout=60) as client:
        statuses = [client.get(address, headers=bearer(one)).status_code for one in (token, other, "gha_nothing")]
        missing = client.get(address)

    assert statuses == [200, 401, 401]
    assert missing.status_code == 401


@pytest.mark.client(SOURCE, "resource server: JWT access tokens by the JWKS")
def test_a_resource_server_checks_jwts(deployed: Deployed, folder: Path, tables: Tables, http: httpx.Client) -> None:
    port, person = ports.choose(), people.person(deployed, tables, http, token_format="jwt")
    settings = f"""
OIDCOAuthVerifyJwksUri {deployed.stack["base_url"]}/.well-known/jwks.json
OIDCOAuthRemoteUserClaim sub
OIDCCABundlePath {folder}/authority.pem
<Location "/">
  AuthType oauth20
  Require valid-user
</Location>
"""
    token = person.obtain("read")["access_token"]

    with apache.serve(folder, port, settings) as address, httpx.Client(trust_env=False, timeout=60) as client:
        statuses = [client.get(address, headers=bearer(one)).status_code for one in (token, token[:-8] + "AAAAAAAA")]

    assert statuses == [200, 401]
