"""What somebody who has the tables does not have: a token. Statement REF-11."""

import base64
import hmac
from collections.abc import Callable
from typing import Any

from gatehouse.domain.kernel.digests import HmacKey
from gatehouse.domain.oauth import tokens
from tests import factories
from tests.unit.endpoints.conftest import TokenService


def test_ref_11_no_secret_of_a_token_is_stored(service: TokenService, dump: Callable[[], list[Any]]) -> None:
    first = service.password(scope="read").json
    second = service.refresh(first["refresh_token"]).json

    stored = repr(dump())
    for token in (first, second):
        for name in ("access_token", "refresh_token"):
            grant_id, status_id, *secrets = token[name][4:].split(".")
            assert grant_id in stored
            assert status_id == factories.user().status_id  # no secret: it only says which item to read
            for secret in secrets:
                assert secret not in stored
                raw = base64.urlsafe_b64decode(secret + "==")
                assert repr(raw)[2:-1] not in stored
                assert base64.b64encode(raw).decode() not in stored
    assert factories.PASSWORD not in stored
    assert factories.SECRET not in stored


def test_ref_11_a_dump_together_with_the_token_spent_last_derives_nothing(
    service: TokenService, dump: Callable[[], list[Any]]
) -> None:
    spent = service.password().json["refresh_token"]
    present = service.refresh(spent).json

    stored = [value["B"] for item in dump() for value in item.values() if "B" in value]
    keys = stored + [hmac.digest(outer, inner, "sha256") for outer in stored for inner in stored]
    secret = spent.rpartition(".")[2]
    derived = {tokens.derive(HmacKey(key), purpose, secret) for key in keys for purpose in ("access", "refresh")}

    assert len(stored) >= 5
    assert derived.isdisjoint({present["access_token"].rpartition(".")[2], present["refresh_token"].rpartition(".")[2]})
