"""npm clients and resource servers."""

from typing import Any

import httpx
import pytest

from gatehouse.storage.dynamodb.tables import Tables
from tests import people
from tests.clients.conftest import APPLICATION, NO_PKCE, MakeVisitor, Run, follow
from tests.deployed import Deployed
from tests.people import Person

pytestmark = pytest.mark.more


@pytest.fixture
def person(deployed: Deployed, tables: Tables, http: httpx.Client) -> Person:
    return people.person(deployed, tables, http)


@pytest.fixture
def jwt(deployed: Deployed, tables: Tables, http: httpx.Client) -> Person:
    return people.person(deployed, tables, http, token_format="jwt")


@pytest.mark.client("npm:simple-oauth2", "password grant, refresh, revocation")
def test_simple_oauth2_by_password(node: Run, person: Person) -> None:
    assert node("simplePassword", person) == {"scope": "read update", "status": 200, "differs": True}


@pytest.mark.client("npm:simple-oauth2", "client credentials")
def test_simple_oauth2_by_client_credentials(node: Run, person: Person) -> None:
    assert node("simpleClientCredentials", person) == {"scope": "read", "status": 200, "expired": False}


@pytest.mark.client("npm:simple-oauth2", "authorization code", setting=NO_PKCE)
def test_simple_oauth2_by_code(node: Run, visit: MakeVisitor) -> None:
    visitor = visit(requires_pkce=False)

    begun = node("simpleCodeUrl", visitor.person)
    issued = node("simpleCode", visitor.person, answer=follow(visitor, begun["url"]))

    assert issued == {"scope": "read", "status": 200}


@pytest.mark.client("npm:openid-client", "code with PKCE, UserInfo, refresh, introspection, revocation")
def test_openid_client(node: Run, visit: MakeVisitor) -> None:
    visitor = visit()
    user_id = visitor.person.user.user_id

    begun = node("openidUrl", visitor.person)
    seen = node("openid", visitor.person, begun=begun, answer=follow(visitor, begun["url"]))

    assert (seen["sub"], seen["userinfo"], seen["active"]) == (user_id, user_id, [True, False])
    assert seen["scope"] == "offline_access openid profile read"


@pytest.mark.client("npm:@auth/core", "sign-in with code, PKCE and ID token")
def test_auth_js(node: Run, visit: MakeVisitor) -> None:
    visitor = visit()

    begun = node("authUrl", visitor.person)
    seen: Any = node("auth", visitor.person, begun=begun, answer=follow(visitor, begun["url"]))

    assert seen["location"] == APPLICATION
    assert seen["session"]["user"]["email"] == visitor.person.user.email


@pytest.mark.client("npm:passport-openidconnect", "sign-in with code and ID token", setting=NO_PKCE)
def test_passport_openidconnect(node: Run, visit: MakeVisitor) -> None:
    visitor = visit(requires_pkce=False)

    begun = node("passportUrl", visitor.person)
    seen = node("passport", visitor.person, begun=begun, answer=follow(visitor, begun["url"]))

    assert seen["user"]["id"] == visitor.person.user.user_id


@pytest.mark.client("npm:aws-jwt-verify", "resource server that checks JWT access tokens")
def test_aws_jwt_verify(node: Run, jwt: Person) -> None:
    token = jwt.obtain("read")["access_token"]

    assert node("awsJwtVerify", jwt, token=token) == {"sub": jwt.user.user_id, "scope": "read"}


@pytest.mark.client("npm:jose", "resource server that checks JWT access tokens (RFC 9068)")
def test_jose(node: Run, jwt: Person) -> None:
    token = jwt.obtain("read")["access_token"]

    assert node("jose", jwt, token=token) == {"sub": jwt.user.user_id, "scope": "read"}
