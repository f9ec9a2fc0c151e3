"""What an attacker with a copy of the tables, or with the logs, has: nothing that works."""

import base64
import json
import time
from pathlib import Path
from typing import Any

import httpx

from gatehouse.domain.kernel.digests import HmacKey
from gatehouse.domain.oauth import tokens
from tests.deployed import Deployed
from tests.people import PASSWORD, SECRET, Person


def secret_parts(*presented: str) -> set[str]:
    """Take tokens apart; a grant id is in the tables and in the logs by design, and opens nothing."""
    return {part for token in presented for part in token.split(".")[1:]} | set(presented)


def dump(deployed: Deployed) -> str:
    """Copy both tables as text, binary values in every spelling that a search could miss."""
    client, items = deployed.aws("dynamodb"), list[object]()
    for name in ("directory_table", "grants_table"):
        for page in client.get_paginator("scan").paginate(TableName=deployed.stack[name]):
            items += page["Items"]

    def spell(value: object) -> str:
        raw = bytes(value) if isinstance(value, bytes | bytearray) else str(value).encode()
        return " ".join([raw.hex(), base64.b64encode(raw).decode(), raw.decode("latin-1")])

    return json.dumps(items, default=spell)


def test_ref_11_bcp_16_a_dump_of_both_tables_holds_no_usable_secret(deployed: Deployed, person: Person) -> None:
    first = person.obtain()
    second = person.refresh(first["refresh_token"]).json()
    application = person.post("/token", {"grant_type": "client_credentials"}).json()

    copy = dump(deployed)

    issued = [first["access_token"], first["refresh_token"], second["access_token"], second["refresh_token"]]
    wanted = secret_parts(*issued, application["access_token"]) | {PASSWORD, SECRET, *known_secrets(deployed)}
    assert person.user.username in copy
    # The status id only says which item to read: it is stored, and never logged.
    assert {part for part in wanted if part in copy} == {person.user.status_id}


def test_ref_11_what_is_stored_derives_nothing_from_the_token_that_was_spent_last(
    deployed: Deployed, person: Person
) -> None:
    spent = person.obtain()["refresh_token"]
    present = person.refresh(spent).json()
    grant_id, status_id, family, secret = spent.removeprefix("ghr_").split(".")

    stored = [bytes(value["B"]) for value in find_grant(deployed, grant_id).values() if "B" in value]
    successors = {tokens.derive(HmacKey(key), "refresh", secret) for key in stored}

    assert present["refresh_token"].rpartition(".")[2] not in successors
    for one in successors:
        answer = person.refresh(f"ghr_{grant_id}.{status_id}.{'A' * 22}.{one}")
        assert answer.json()["error"] == "invalid_grant"
    assert (
        person.refresh(f"ghr_{grant_id}.{status_id}.{family}.{present['refresh_token'].rpartition('.')[2]}").status_code
        == 200
    )


def test_ref_11_what_is_stored_instead_of_a_token_opens_nothing(deployed: Deployed, person: Person) -> None:
    issued = person.obtain()
    grant_id, status_id, _ = issued["access_token"].removeprefix("gha_").split(".")
    stored = [bytes(value["B"]) for value in find_grant(deployed, grant_id).values() if "B" in value]

    spelled = [base64.urlsafe_b64encode(one).rstrip(b"=").decode() for one in stored]

    assert len(spelled) == 3
    for one in spelled:
        assert person.call(f"gha_{grant_id}.{status_id}.{one}").status_code == 401
        for family in spelled:
            refused = person.refresh(f"ghr_{grant_id}.{status_id}.{family[:22]}.{one}")
            assert refused.json()["error"] == "invalid_grant"
    assert person.call(issued["access_token"]).status_code == 200


def test_bcp_16_f_19_the_functions_log_no_secret_token_or_password(
    deployed: Deployed, http: httpx.Client, person: Person
) -> None:
    mistyped, wrong_secret = "a-password-typed-wrong-19", "a-secret-that-is-wrong-19"
    issued = person.obtain()
    again = person.refresh(issued["refresh_token"]).json()
    person.sign_in(password=mistyped)
    person.refresh(issued["refresh_token"] + "x")
    person.post("/token", {"grant_type": "client_credentials"}, auth=(person.client.client_id, wrong_secret))
    person.post("/revoke", {"token": again["refresh_token"]})
    person.post("/introspect", {"token": again["access_token"]})
    person.refresh(again["refresh_token"])
    person.call(again["access_token"])
    http.post(f"{deployed.stack['token_url']}?client_secret={wrong_secret}", data={"password": mistyped})

    log = read_log(deployed, "is revoked")

    used = secret_parts(*(one[name] for one in (issued, again) for name in ("access_token", "refresh_token")))
    assert "user authentication failed" in log
    assert [
        one for one in used | {mistyped, wrong_secret, PASSWORD, SECRET, *known_secrets(deployed)} if one in log
    ] == []


def find_grant(deployed: Deployed, grant_id: str) -> dict[str, dict[str, Any]]:
    """Read a grant's item as DynamoDB spells it."""
    key = {"pk": {"S": f"GRANT#{grant_id}"}}
    return deployed.aws("dynamodb").get_item(TableName=deployed.stack["grants_table"], Key=key)["Item"]


def known_secrets(deployed: Deployed) -> list[str]:
    """Every password and consumer secret of the demo, which all the other tests used."""
    organisations = deployed.demo["organisations"]
    keys = [client for one in organisations for made in one["applications"] for client in made["clients"]]
    return [user["password"] for one in organisations for user in one["users"]] + [
        key["consumer_secret"] for key in keys
    ]


def read_log(deployed: Deployed, awaited: str) -> str:
    """Read what the functions printed, once the awaited line has arrived."""
    file, give_up_at = Path(deployed.stack["log_file"]), time.monotonic() + 20
    while awaited not in (text := file.read_text(encoding="utf-8")) and time.monotonic() < give_up_at:
        time.sleep(0.2)
    assert awaited in text
    return text
