"""What differs between two states of an API, in words."""

import copy

import pytest

from gatehouse.domain.apis import differences, stage_urls
from gatehouse.domain.apis.apis import Resource
from gatehouse.domain.apis.differences import Difference
from gatehouse.domain.kernel.scopes import Scope
from tests import factories


def route(method: str, path: str, *scopes: str, security: str = "any") -> Resource:
    return Resource(method=method, path=path, scopes=frozenset(scopes), security=security)  # pyright: ignore[reportArgumentType]


def test_an_api_does_not_differ_from_itself() -> None:
    api = factories.api(deployments=(factories.deployment(url="https://api.example/v1"),))

    assert differences.find(api, copy.replace(api, revision=9, warnings=("x",))) == ()


def test_routes_are_added_removed_and_changed() -> None:
    old = factories.api(resources=(route("GET", "/orders/{id}", "read"), route("DELETE", "/orders")), scopes={})
    new = factories.api(
        resources=(route("GET", "/orders/{number}", "read", "audit"), route("POST", "/orders", security="none")),
        scopes={},
    )

    assert differences.find(old, new) == (
        Difference(kind="route", name="DELETE /orders", before="every subscribed token", after=""),
        Difference(kind="route", name="GET /orders/{}", before="tokens with read", after="tokens with audit or read"),
        Difference(kind="route", name="POST /orders", before="", after="everybody, without a token"),
    )


def test_settings_scopes_and_stages_are_compared() -> None:
    stage = factories.deployment(url="https://api.example/v1")
    old = factories.api(scopes={"read": Scope(name="read")}, deployments=(stage,))
    new = copy.replace(
        old,
        lifecycle="DEPRECATED",
        visibility="CHOSEN",
        visible_to=frozenset({"acme"}),
        scopes={"read": Scope(name="read", restricted_to=frozenset({"clerk"}))},
        deployments=(),
    )

    found = {(one.kind, one.name): (one.before, one.after) for one in differences.find(old, new)}

    assert found[("setting", "lifecycle")] == ("Published", "Deprecated")
    assert found[("setting", "visibility")] == ("its organisation", "its organisation and acme")
    assert found[("scope", "read")] == ("read", "read, for clerk")
    assert found[("stage", f"{stage.label} in {stage.region}")][1] == ""


@pytest.mark.parametrize(
    ("gateway_id", "region", "stage", "url"),
    [
        ("a1b2c3d4e5", "eu-west-1", "v1", "https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/v1"),
        ("a1b2c3d4e5", "us-gov-west-1", "$default", "https://a1b2c3d4e5.execute-api.us-gov-west-1.amazonaws.com"),
        ("a1b2c3d4e5", "cn-north-1", "v1", "https://a1b2c3d4e5.execute-api.cn-north-1.amazonaws.com.cn/v1"),
        ("my-own", "eu-west-1", "v1", ""),
        ("a1b2c3d4e5", "local", "v1", ""),
        ("a1b2c3d4e5", "eu-west-1.evil.example/", "v1", ""),
    ],
)
def test_the_address_of_a_stage_is_derived_where_it_can_be(gateway_id: str, region: str, stage: str, url: str) -> None:
    deployment = factories.deployment(gateway_id=gateway_id, region=region, stage=stage)

    assert stage_urls.derive(deployment) == url
    assert stage_urls.fill_in((deployment,))[0].url == url


def test_an_address_that_was_given_is_kept() -> None:
    given = factories.deployment(gateway_id="a1b2c3d4e5", region="eu-west-1", url="https://api.example")

    assert stage_urls.fill_in((given,)) == (given,)
