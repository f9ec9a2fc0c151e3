"""Settings of a key set: in the JSON API, on the page and in the command line alike."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from gatehouse_cli import keys as commands

from gatehouse.domain.kernel import jose
from gatehouse.domain.oauth import client_keys
from gatehouse.domain.portal import client_settings
from gatehouse.domain.portal.client_settings import ClientSettings
from tests.unit.endpoints.members import Member

ROOT = Path(__file__).parents[4]
JWKS = {"keys": [jose.public(jose.generate("ES256", "one"))]}
CODE = {"callbackUrl": "https://app.example/callback"}
CHANGED = {
    "pkceMandatory": False,
    "post_logout_redirect_uris": ["https://app.example/bye"],
    "allowed_origins": ["https://app.example", "http://localhost:8080"],
    "replay_window_seconds": 30,
    "jwks": JWKS,
    "token_endpoint_auth_method": "private_key_jwt",
}


def path(application: Any, keys: Any) -> str:
    return f"/applications/{application['applicationId']}/oauth-keys/{keys['keyMappingId']}"


def put(john: Member, properties: dict[str, Any], **generated: Any) -> Any:
    application = john.application()
    keys = john.keys(application, "authorization_code", "refresh_token", **CODE, **generated)
    return john.put(path(application, keys), {**keys, "additionalProperties": properties})


def test_defaults_are_told(john: Member) -> None:
    properties = john.keys(john.application())["additionalProperties"]

    assert properties["pkceMandatory"] is True
    assert properties["token_endpoint_auth_method"] == "client_secret_basic"
    assert (properties["post_logout_redirect_uris"], properties["allowed_origins"]) == ([], [])
    assert (properties["skip_consent"], properties["replay_window_seconds"], properties["jwks"]) == (False, 10, None)


def test_a_public_client_has_the_shorter_window_and_pkce(john: Member) -> None:
    keys = john.keys(
        john.application(), "authorization_code", **CODE, additionalProperties={"bypassClientCredentials": True}
    )

    properties = keys["additionalProperties"]
    assert (properties["replay_window_seconds"], properties["pkceMandatory"]) == (2, True)
    assert properties["token_endpoint_auth_method"] == "none"


def test_every_setting_can_be_set_and_read(john: Member) -> None:
    application = john.application()
    keys = john.keys(application, "authorization_code", **CODE)

    john.put(path(application, keys), {**keys, "additionalProperties": CHANGED})

    told = john.get(path(application, keys)).json["additionalProperties"]
    assert {name: told[name] for name in CHANGED} == CHANGED


def test_settings_may_be_given_with_the_keys_and_then_there_is_no_secret(john: Member) -> None:
    keys = john.keys(john.application(), "authorization_code", **CODE, additionalProperties=CHANGED)

    assert {name: keys["additionalProperties"][name] for name in CHANGED} == CHANGED
    assert (keys["consumerSecret"], keys["consumerSecrets"]) == (None, [])


def test_what_a_change_does_not_name_stays(john: Member) -> None:
    application = john.application()
    keys = john.keys(application, "authorization_code", **CODE, additionalProperties=CHANGED)

    told = john.put(path(application, keys), {**keys, "additionalProperties": {}}).json["additionalProperties"]

    assert {name: told[name] for name in CHANGED} == CHANGED


def test_naming_one_kind_of_keys_takes_the_other_away_also_where_that_is_null_as_in_the_answer(john: Member) -> None:
    application = john.application()
    keys = john.keys(application, "authorization_code", **CODE, additionalProperties={"jwks": JWKS})
    url = "https://app.example/keys.json"

    named = {**keys["additionalProperties"], "jwks": None, "jwks_uri": url}
    by_url = john.put(path(application, keys), {**keys, "additionalProperties": named}).json["additionalProperties"]
    named = {**by_url, "jwks": JWKS, "jwks_uri": None}
    by_set = john.put(path(application, keys), {**keys, "additionalProperties": named}).json["additionalProperties"]

    assert (by_url["jwks"], by_url["jwks_uri"]) == (None, url)
    assert (by_set["jwks"], by_set["jwks_uri"]) == (JWKS, None)


LIFETIMES = {"application_access_token_expiry_time": 600, "refresh_token_expiry_time": 3600}


def test_lifetimes_that_a_change_does_not_name_stay(john: Member) -> None:
    told = put(john, {}, additionalProperties=LIFETIMES).json["additionalProperties"]

    assert {name: told[name] for name in LIFETIMES} == LIFETIMES


@pytest.mark.parametrize("nothing", ["N/A", ""])
def test_lifetimes_become_the_deployments_own_again(john: Member, nothing: str) -> None:
    changed = put(john, dict.fromkeys(LIFETIMES, nothing), additionalProperties=LIFETIMES)

    assert {name: changed.json["additionalProperties"][name] for name in LIFETIMES} == dict.fromkeys(LIFETIMES, "N/A")


def test_texts_as_wso2s_forms_send_them_are_taken(john: Member) -> None:
    told = put(
        john,
        {
            "pkceMandatory": "false",
            "allowed_origins": "https://a.example, https://b.example",
            "replay_window_seconds": "5",
            "jwks": json.dumps(JWKS),
        },
    ).json["additionalProperties"]

    assert (told["pkceMandatory"], told["replay_window_seconds"]) == (False, 5)
    assert (told["allowed_origins"], told["jwks"]) == (["https://a.example", "https://b.example"], JWKS)


@pytest.mark.parametrize(
    ("properties", "field"),
    [
        pytest.param({"replay_window_seconds": 61}, "replay_window_seconds", id="window too long"),
        pytest.param({"replay_window_seconds": -1}, "replay_window_seconds", id="window negative"),
        pytest.param({"post_logout_redirect_uris": ["http://app.example"]}, "post_logout_redirect_uris", id="http"),
        pytest.param({"post_logout_redirect_uris": ["https://a.example/x"] * 11}, "post_logout_redirect_uris", id="11"),
        pytest.param({"allowed_origins": ["null"]}, "allowed_origins", id="null"),
        pytest.param({"allowed_origins": ["*"]}, "allowed_origins", id="any"),
        pytest.param({"allowed_origins": 7}, "allowed_origins", id="a number"),
        pytest.param({"jwks": {"keys": []}}, "jwks", id="no key"),
        pytest.param({"jwks": "not JSON"}, "jwks", id="not JSON"),
        pytest.param({"jwks": {"keys": [jose.generate("ES256", "one")]}}, "jwks", id="private key"),
        pytest.param({"jwks": {"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}}, "jwks", id="shared secret"),
        pytest.param({"jwks": {"keys": [{"kty": "EC", "crv": "P-256", "x": "!", "y": "!"}]}}, "jwks", id="broken key"),
        pytest.param({"jwks": {"keys": ["text"]}}, "jwks", id="no object"),
        pytest.param({"jwks": {"keys": [{**JWKS["keys"][0], "alg": []}]}}, "jwks", id="an algorithm that is a list"),
        pytest.param({"jwks": {"keys": JWKS["keys"] * 11}}, "jwks", id="eleven keys"),
        pytest.param({"jwks": "x" * 9000}, "jwks", id="too long"),
        pytest.param({"jwks_uri": "http://app.example/jwks"}, "jwks_uri", id="keys by http"),
        pytest.param({"jwks_uri": "https://app.example/jwks#x"}, "jwks_uri", id="keys with a fragment"),
        pytest.param({"jwks_uri": "https://10.0.0.1/jwks"}, "jwks_uri", id="keys at an address"),
        pytest.param({"jwks_uri": "https://localhost/jwks"}, "jwks_uri", id="keys at home"),
        pytest.param({"jwks_uri": "https://app.example/jwks", "jwks": JWKS}, "jwks_uri", id="keys and their URL"),
        pytest.param({"jwks_uri": 7}, "jwks_uri", id="a number for a URL"),
        pytest.param(
            {"token_endpoint_auth_method": "private_key_jwt"}, "token_endpoint_auth_method", id="method without keys"
        ),
    ],
)
def test_what_is_out_of_range_is_refused_at_its_field(john: Member, properties: dict[str, Any], field: str) -> None:
    refused = put(john, properties)

    assert refused.status == 400
    assert refused.json["error"][0]["code"] == f"400_{field}" or field in str(refused.json)


@pytest.mark.parametrize(
    "properties",
    [{"pkceMandatory": False}, {"skip_consent": True}, {"jwks": JWKS}, {"jwks_uri": "https://app.example/jwks"}],
    ids=["PKCE", "consent", "keys", "URL of keys"],
)
def test_a_public_client_always_uses_pkce_asks_and_has_no_keys(john: Member, properties: dict[str, Any]) -> None:
    assert put(john, properties, additionalProperties={"bypassClientCredentials": True}).status in {400, 403}


def test_only_an_administrator_lets_a_client_skip_consent(john: Member, ada: Member) -> None:
    assert put(john, {"skip_consent": True}).status == 403
    assert put(ada, {"skip_consent": True}).json["additionalProperties"]["skip_consent"] is True


def test_the_keys_may_be_published_and_naming_one_takes_the_other_away(john: Member) -> None:
    application = john.application()
    url = "https://app.example/jwks.json"
    keys = john.keys(application, "authorization_code", **CODE, additionalProperties={"jwks_uri": url})

    def change(properties: dict[str, Any]) -> tuple[Any, ...]:
        told = john.put(path(application, keys), {**keys, "additionalProperties": properties}).json
        told = told["additionalProperties"]
        return told["jwks"], told["jwks_uri"], told["token_endpoint_auth_method"]

    assert keys["consumerSecret"] is None
    assert change({}) == (None, url, "private_key_jwt")
    assert change({"jwks": JWKS}) == (JWKS, None, "private_key_jwt")
    assert change({"jwks_uri": url}) == (None, url, "private_key_jwt")
    assert change({"jwks_uri": ""}) == (None, None, "client_secret_basic")


@pytest.mark.parametrize(
    "properties", [{"jwks": JWKS}, {"jwks_uri": "https://app.example/jwks.json"}], ids=["set", "URL"]
)
def test_keys_that_authenticate_by_jwt_get_no_secret(john: Member, properties: dict[str, Any]) -> None:
    application = john.application()
    keys = john.keys(application, "authorization_code", **CODE, additionalProperties=properties)

    assert john.post(f"{path(application, keys)}/generate-secret", {}).status == 400
    assert john.post(f"{path(application, keys)}/regenerate-secret").status == 400


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("https://app.example.com", True),
        ("https://app.example.com:8443", True),
        ("https://xn--bcher-kva.example", True),
        ("http://localhost:3000", True),
        ("http://127.0.0.1", True),
        ("http://[::1]:8080", True),
        ("null", False),
        ("https://app.example.com/", False),
        ("https://app.example.com:443", False),
        ("https://APP.example.com", False),
        ("https://bücher.example", False),
        ("https://\u0430pple.example", False),
        ("https://user@app.example.com", False),
        ("https://app.example.com?x", False),
        ("http://app.example.com", False),
        ("https://app.example.com\n", False),
        ("https://-app.example", False),
        ("", False),
    ],
)
def test_origins_are_spelled_as_browsers_spell_them(text: str, is_one: bool) -> None:  # noqa: FBT001
    assert client_settings.is_origin(text) is is_one


def test_weak_rsa_keys_are_refused() -> None:
    weak = {"kty": "RSA", "n": "sXchDaQebHnPiGvyDOAT4saGEUetSyo9MKLOoWFsueri23bOdgWp4Dy1Wl", "e": "AQAB"}

    assert client_keys.find_fault(json.dumps({"keys": [weak]}))


def test_page_document_api_and_command_line_have_the_same_settings() -> None:
    page = (ROOT / "functions/store/templates/key_fields.html").read_text(encoding="utf-8")
    document = (ROOT / "docs/store.md").read_text(encoding="utf-8").partition("## Settings of a key set")[2]
    rows = [row for row in re.findall(r"^\| .* \|$", document.partition("\n## ")[0], re.MULTILINE) if "`" in row]
    documented = {name for row in rows for name in re.findall(r"`([A-Za-z_]+)`", row.split("|")[3])}
    options = {name for row in rows for name in re.findall(r"`--([a-z-]+)`", row.split("|")[4])}
    annotations = {name.replace("_", "-") for name in commands.configure.__annotations__}

    assert len(ClientSettings.__struct_fields__) + 6 == len(rows)
    assert options - {"no-pkce"} <= annotations
    assert annotations - options <= {"organisation", "application-id", "key-type", "stack-name", "is-json"}
    for name in documented & {
        "post_logout_redirect_uris",
        "allowed_origins",
        "jwks",
        "jwks_uri",
        "replay_window_seconds",
    }:
        assert f'"{name}"' in page
    assert 'name="pkce"' in page
    assert 'name="skip_consent"' in page


def test_every_documented_property_is_in_the_answer(john: Member) -> None:
    keys = john.keys(john.application())
    document = (ROOT / "docs/store.md").read_text(encoding="utf-8").partition("## Settings of a key set")[2]
    rows = [row for row in re.findall(r"^\| .* \|$", document.partition("\n## ")[0], re.MULTILINE) if "`" in row]
    documented = {name for row in rows for name in re.findall(r"`([A-Za-z_]+)`", row.split("|")[3])}

    assert documented <= keys.keys() | keys["additionalProperties"].keys()
    assert keys["additionalProperties"].keys() - documented <= {
        "user_access_token_expiry_time",
        "id_token_expiry_time",
        "pkceSupportPlain",
    }
