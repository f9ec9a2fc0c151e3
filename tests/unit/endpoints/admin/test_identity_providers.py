"""Identity providers: in the JSON API, on the page and by the command line alike; their test says what is wrong."""

import re
from pathlib import Path
from typing import Any

import pytest
from gatehouse_cli import connections, stack
from gatehouse_cli import identity_providers as commands
from gatehouse_cli.app import app
from typer.testing import CliRunner

from gatehouse.bootstrap.store import Store
from gatehouse.endpoints.store.pages import StorePages
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.identity_providers import DynamoDBIdentityProviders
from tests import factories
from tests.identity_provider import CLIENT_ID, ISSUER, SECRET, FakeProvider
from tests.template import ROOT
from tests.unit.endpoints.admin.providers import BODY
from tests.unit.endpoints.admin.providers import provider as provider
from tests.unit.endpoints.admin.providers import store as store
from tests.unit.endpoints.members import Admin, Member, admin_api, token
from tests.unit.endpoints.store.browser import StoreBrowser

PATH = "/identity-providers"
SHOWN = {name: value for name, value in BODY.items() if name != "clientSecret"}


def test_a_provider_is_registered_shown_changed_and_deleted(admin: Admin) -> None:
    made = admin("POST", PATH, BODY)

    assert made.status == 201
    assert {name: made.json[name] for name in SHOWN} == SHOWN
    assert made.json["hasClientSecret"] is True
    assert made.json["redirectUri"] == "https://auth.example/t/johnsorg/federated/example/callback"
    assert SECRET not in made.body
    assert admin("GET", PATH).json["list"] == [made.json]
    changed = admin("PUT", f"{PATH}/example", {**SHOWN, "name": "Other", "enabled": False})
    assert (changed.json["name"], changed.json["enabled"], changed.json["hasClientSecret"]) == ("Other", False, True)
    without = admin("PUT", f"{PATH}/example", {**SHOWN, "clientSecret": ""})
    assert without.json["hasClientSecret"] is False
    assert admin("DELETE", f"{PATH}/example").status == 200
    assert admin("GET", f"{PATH}/example").status == 404
    assert admin("GET", PATH).json == {"count": 0, "list": []}


def test_what_is_not_named_has_its_default(admin: Admin) -> None:
    body = {name: BODY[name] for name in ("id", "name", "issuer", "clientId", "algorithm")}

    made = admin("POST", PATH, body).json

    assert (made["scopes"], made["enabled"], made["createsMembers"]) == (["email", "profile"], True, False)
    assert (made["hasClientSecret"], made["domains"], made["roleMappings"]) == (False, [], {})


def test_an_id_is_used_once_and_an_organisation_has_ten(admin: Admin) -> None:
    assert {admin("POST", PATH, {**BODY, "id": f"p{number}"}).status for number in range(10)} == {201}

    assert admin("POST", PATH, BODY).status == 409
    assert admin("POST", PATH, {**BODY, "id": "p1"}).status == 409


def test_an_older_version_does_not_replace_a_newer_one(admin: Admin) -> None:
    admin("POST", PATH, BODY)
    tag = admin("GET", f"{PATH}/example").headers["ETag"]
    admin("PUT", f"{PATH}/example", {**SHOWN, "name": "Newer"})

    assert admin("PUT", f"{PATH}/example", SHOWN, {"if-match": tag}).status == 412
    assert admin("DELETE", f"{PATH}/example", headers={"if-match": tag}).status == 412


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        pytest.param({"id": "Upper"}, "id", id="id"),
        pytest.param({"id": "a/b"}, "id", id="id with a slash"),
        pytest.param({"name": ""}, "name", id="no name"),
        pytest.param({"name": "x" * 41}, "name", id="long name"),
        pytest.param({"issuer": "http://login.example.com"}, "issuer", id="http"),
        pytest.param({"issuer": "https://10.0.0.1"}, "issuer", id="address"),
        pytest.param({"issuer": "https://login.example.com?x"}, "issuer", id="query"),
        pytest.param({"issuer": "https://another.example.com"}, "issuer", id="no metadata"),
        pytest.param({"clientId": ""}, "clientId", id="no client id"),
        pytest.param({"clientId": "a b"}, "clientId", id="blank"),
        pytest.param({"clientSecret": "x" * 513}, "clientSecret", id="long secret"),
        pytest.param({"algorithm": "HS256"}, "algorithm", id="shared secrets"),
        pytest.param({"algorithm": "none"}, "algorithm", id="none"),
        pytest.param({"scopes": ["a b"]}, "scopes", id="two scopes"),
        pytest.param({"domains": ["EXAMPLE.com"]}, "domains", id="upper case"),
        pytest.param({"domains": ["com"]}, "domains", id="no domain"),
        pytest.param({"requiredClaims": {"": "x"}}, "requiredClaims", id="no claim"),
        pytest.param({"requiredClaims": {"a=b": "c"}}, "requiredClaims", id="a claim that no page shows"),
        pytest.param({"requiredClaims": {"a": "b\nc"}}, "requiredClaims", id="a value of two lines"),
        pytest.param({"requiredClaims": {"a": " b"}}, "requiredClaims", id="a value that begins with a space"),
        pytest.param({"requiredClaims": 7}, "requiredClaims", id="a number"),
        pytest.param({"groupsClaim": ""}, "groupsClaim", id="groups without a claim"),
        pytest.param({"roleMappings": {"staff": []}}, "roleMappings", id="no role"),
        pytest.param({"roleMappings": {"staff": ["everyone"]}}, "roleMappings", id="everyone"),
        pytest.param({"roleMappings": {"staff": ["key user"]}}, "roleMappings", id="a role that no member can have"),
        pytest.param({"roleMappings": {"staff": ["r" * 65]}}, "roleMappings", id="a long role"),
        pytest.param({"roleMappings": {"staff\u2028 = admin": ["r"]}}, "roleMappings", id="a group of two lines"),
        pytest.param({"roleMappings": {"staff ": ["r"]}}, "roleMappings", id="a group that ends with a space"),
        pytest.param({"roleMappings": {f"g{one}": [f"r{one}"] for one in range(51)}}, "roleMappings", id="51 roles"),
        pytest.param({"roleMappings": {f"g{one}": ["r"] for one in range(101)}}, "roleMappings", id="101 groups"),
    ],
)
def test_what_no_provider_can_have_is_refused_at_its_field(admin: Admin, wrong: dict[str, Any], field: str) -> None:
    refused = admin("POST", PATH, {**BODY, **wrong})

    assert refused.status == 400
    assert field in str(refused.json)
    assert admin("GET", PATH).json["count"] == 0


@pytest.mark.parametrize("metadata", ["issuer", "token_endpoint", "response_types_supported"])
def test_metadata_that_cannot_be_used_are_refused(
    admin: Admin, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch, metadata: str
) -> None:
    wrong: dict[str, Any] = {
        "issuer": "https://login.example.com/{tenantid}",
        "token_endpoint": "http://localhost/token",
        "response_types_supported": ["id_token"],
    }
    found = {**provider.metadata, metadata: wrong[metadata]}
    monkeypatch.setattr(FakeProvider, "metadata", found)

    refused = admin("POST", PATH, BODY)

    assert refused.status == 400
    assert "The provider" in str(refused.json)


def test_a_member_and_another_organisation_have_no_say(store: Store, john: Member, admin: Admin) -> None:
    admin("POST", PATH, BODY)
    root = factories.user(organisation="acme", user_id="user-root", username="root")
    other = admin_api(store, Member(store, token(store, root, "apim:admin")))

    assert admin_api(store, john)("GET", PATH).status in {401, 403}
    assert other("GET", f"{PATH}/example").status == 404
    assert other("DELETE", f"{PATH}/example").status == 404


def steps(answer: Any) -> list[tuple[str, bool]]:
    return [(one["step"], one["right"]) for one in answer.json["list"]]


def test_the_test_says_that_all_is_right(admin: Admin) -> None:
    admin("POST", PATH, BODY)

    assert steps(admin("POST", f"{PATH}/example/test")) == [("metadata", True), ("keys", True), ("credentials", True)]


def test_the_test_says_that_the_secret_is_wrong(admin: Admin) -> None:
    admin("POST", PATH, {**BODY, "clientSecret": "wrong"})

    tried = admin("POST", f"{PATH}/example/test")

    assert steps(tried)[-1] == ("credentials", False)
    assert "refuses the client id or the client secret" in tried.body


def test_the_test_says_what_cannot_be_reached(admin: Admin, provider: FakeProvider) -> None:
    admin("POST", PATH, BODY)
    provider.fault = "certificate"

    tried = admin("POST", f"{PATH}/example/test")

    assert steps(tried) == [("metadata", False)]
    assert "certificate is not valid" in tried.body


def test_the_test_says_that_the_metadata_changed(admin: Admin, provider: FakeProvider) -> None:
    admin("POST", PATH, BODY)
    provider.sends_iss = True

    assert steps(admin("POST", f"{PATH}/example/test"))[0] == ("metadata", False)


def test_changes_are_in_the_audit_log_without_the_secret(admin: Admin) -> None:
    admin("POST", PATH, BODY)
    admin("PUT", f"{PATH}/example", {**BODY, "roleMappings": {"staff": ["manager"]}})
    admin("DELETE", f"{PATH}/example")

    told = admin("GET", "/audit").json["list"]

    assert {"provider.create", "provider.update", "provider.delete"} <= {one["action"] for one in told}
    assert "staff:manager" in str(told)
    assert SECRET not in str(told)


def test_the_page_does_the_same(browser: StoreBrowser, admin: Admin) -> None:
    form = {
        **{name: BODY[name] for name in ("id", "name", "issuer", "clientId", "clientSecret", "algorithm")},
        "groupsClaim": "groups",
        **dict.fromkeys(("createsMembers", "trustsEmail", "trustsFactors", "enabled"), "on"),
        "scopes": "email",
        "domains": "example.com",
        "requiredClaims": "hd = example.com",
        "roleMappings": "staff=all = seller, employee",
    }
    made = browser.post("/store/admin/identity-providers", form)
    page = browser.follow(made)

    assert {name: admin("GET", f"{PATH}/example").json[name] for name in SHOWN} == SHOWN
    assert "/t/johnsorg/federated/example/callback" in page.body
    assert SECRET not in page.body
    tried = browser.post("/store/admin/identity-providers/example", {"action": "test"})
    assert "The client id and secret are accepted." in tried.body
    saved = browser.post("/store/admin/identity-providers/example", {**form, "clientSecret": "", "name": "Other"})
    assert "Saved." in browser.follow(saved).body
    assert admin("GET", f"{PATH}/example").json["hasClientSecret"] is True
    refused = browser.post("/store/admin/identity-providers/example", {**form, "requiredClaims": "nonsense"})
    assert (refused.status, "Write each line as" in refused.body) == (400, True)
    kept = browser.post("/store/admin/identity-providers/example", {**form, "requiredClaims": "ou = a=b"})
    assert admin("GET", f"{PATH}/example").json["requiredClaims"] == {"ou": "a=b"}
    assert ">ou = a=b</textarea>" in browser.follow(kept).body
    twice = browser.post("/store/admin/identity-providers/example", {**form, "roleMappings": "it = a\nit = b"})
    assert (twice.status, "Write one line for it;" in twice.body) == (400, True)
    browser.post("/store/admin/identity-providers/example", {"action": "delete"})
    assert admin("GET", PATH).json["count"] == 0


def test_a_stored_secret_is_sent_to_no_other_issuer(admin: Admin, browser: StoreBrowser) -> None:
    admin("POST", PATH, BODY)
    elsewhere = {**SHOWN, "issuer": "https://collector.example.com"}

    changed = admin("PUT", f"{PATH}/example", elsewhere)
    typed = {name: BODY[name] for name in ("name", "clientId", "algorithm")} | {"issuer": elsewhere["issuer"]}
    page = browser.post("/store/admin/identity-providers/example", typed)

    assert (changed.status, "Type the client secret again" in changed.body) == (400, True)
    assert 'id="clientSecret-error"' in page.body
    assert admin("GET", f"{PATH}/example").json["issuer"] == ISSUER


def test_a_refused_deletion_shows_the_provider_as_it_is(
    browser: StoreBrowser, admin: Admin, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin("POST", PATH, BODY)
    monkeypatch.setattr(DynamoDBIdentityProviders, "replace_provider", lambda *_: False)  # it changed meanwhile

    refused = browser.post("/store/admin/identity-providers/example", {"action": "delete"})

    assert refused.status == 409
    assert f'name="issuer" type="text" value="{BODY["issuer"]}"' in refused.body


def test_the_command_line_does_the_same(
    admin: Admin, store: Store, tables: Tables, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, provider: FakeProvider
) -> None:
    client = store.identity_providers.client
    found = stack.Stack(
        tables, "https://auth.example", "1", "eu-west-1", outside=provider, sealing_key=client.sealing_key
    )
    monkeypatch.setattr(connections, "connect", lambda _name: found)
    (tmp_path / "secret").write_text(SECRET)

    def run(*arguments: str) -> Any:
        return CliRunner().invoke(app, ["identity-providers", *arguments])

    made = run(
        *("configure", "johnsorg", "example", "--name", "Example", "--issuer", ISSUER, "--client-id", CLIENT_ID),
        *("--client-secret", str(tmp_path / "secret"), "--algorithm", "ES256", "--scope", "email", "--create-members"),
        *("--trust-email", "--trust-factors", "--domain", "example.com", "--required-claim", "hd=example.com"),
        *("--groups-claim", "groups", "--role-mapping", "staff=all=employee,seller", "--enabled"),
    )
    assert made.exit_code == 0, made.output
    assert {name: admin("GET", f"{PATH}/example").json[name] for name in SHOWN} == SHOWN
    assert "callback" in run("list", "johnsorg", "--json").stdout
    assert run("test", "johnsorg", "example").exit_code == 0
    run("configure", "johnsorg", "example", "--no-create-members")
    assert admin("GET", f"{PATH}/example").json["createsMembers"] is False
    twice = run("configure", "johnsorg", "example", "--role-mapping", "it=seller", "--role-mapping", "it=employee")
    assert twice.exit_code != 0
    assert admin("GET", f"{PATH}/example").json["roleMappings"] == SHOWN["roleMappings"]
    (tmp_path / "secret").write_text("wrong")
    run("configure", "johnsorg", "example", "--client-secret", str(tmp_path / "secret"))
    assert run("test", "johnsorg", "example").exit_code == 1
    assert run("delete", "johnsorg", "example").exit_code == 0
    assert admin("GET", PATH).json["count"] == 0


def test_document_page_api_and_command_line_have_the_same_settings(pages: StorePages) -> None:
    del pages
    document = (ROOT / "docs/identity-providers.md").read_text().partition("## Settings")[2].partition("\n## ")[0]
    rows = [row.split("|") for row in re.findall(r"^\| .* \|$", document, re.MULTILINE) if "`" in row]
    documented = {name for row in rows for name in re.findall(r"`([A-Za-z]+)`", row[2])}
    options = {name for row in rows for name in re.findall(r"`--([a-z-]+)`", row[3])}
    form = (ROOT / "functions/store/templates/admin_identity_provider_form.html").read_text()
    page = (ROOT / "functions/store/templates/admin_identity_providers.html").read_text()
    annotations = {name.replace("_", "-") for name in commands.configure.__annotations__}

    assert documented == BODY.keys()
    assert all(f'"{name}"' in form + page for name in documented)
    assert options <= annotations
    assert annotations - options <= {"organisation", "provider-id", "stack-name", "is-json"}
    assert len(options) == len(documented) - 1  # the id is an argument
