"""The status id in a token says which status is read: only the grant's own counts, whosever another is (S4).

Mary is as alive as John, and her generation is the same text: nothing but the id tells their statuses apart.
"""

import copy
import json

import pytest

from gatehouse.storage.directory_writer import DirectoryWriter
from tests import factories
from tests.answers import Answer
from tests.unit.endpoints.conftest import INVALID_GRANT, Call, TokenService, opens

MARY = factories.user(user_id="user-mary", username="mary@gmail.com")
TAGS = [
    pytest.param(f".{MARY.status_id}.", id="another user's"),
    pytest.param(f".{'x' * 22}.", id="nobody's"),
    pytest.param(".", id="none"),
]


@pytest.fixture
def issued(service: TokenService, johnsorg: DirectoryWriter) -> Answer:
    johnsorg.add_user(MARY)
    return service.password(scope="read")


def tagged(token: str, tag: str) -> str:
    """Return the token with another tag."""
    own = f".{factories.user().status_id}."
    assert own in token
    return token.replace(own, tag)


def with_access(issued: Answer, access_token: str) -> Answer:
    return copy.replace(issued, body=json.dumps(issued.json | {"access_token": access_token}))


@pytest.mark.parametrize("tag", TAGS)
def test_the_gate_and_introspection_refuse_an_access_token_with_another_tag(
    service: TokenService, call: Call, issued: Answer, tag: str
) -> None:
    forged = tagged(issued.json["access_token"], tag)

    assert opens(call, issued)
    assert not opens(call, with_access(issued, forged))
    assert service.post({"token": forged}, path="/introspect").json == {"active": False}


@pytest.mark.parametrize("tag", TAGS)
def test_a_refresh_token_with_another_tag_is_refused_and_revokes_nothing(
    service: TokenService, issued: Answer, tag: str
) -> None:
    forged = tagged(issued.json["refresh_token"], tag)

    assert service.refresh(forged).refusal == INVALID_GRANT
    assert service.refresh(issued.json["refresh_token"]).status == 200


@pytest.mark.parametrize("tag", TAGS)
@pytest.mark.parametrize("name", ["access_token", "refresh_token"])
def test_revoking_by_a_token_with_another_tag_revokes_nothing(
    service: TokenService, call: Call, issued: Answer, name: str, tag: str
) -> None:
    assert service.post({"token": tagged(issued.json[name], tag)}, path="/revoke").status == 200

    assert opens(call, issued)
    assert service.refresh(issued.json["refresh_token"]).status == 200
