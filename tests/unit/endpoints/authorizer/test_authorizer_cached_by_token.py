"""A REQUEST authorizer that API Gateway caches by the token alone, though the docs say to name the route as well.

Random trees of routes: the answer to one call is held against every other call of the stage.
"""

from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gatehouse.domain.apis import iam_policies
from gatehouse.domain.apis.apis import Api, Resource
from gatehouse.domain.oauth import gate
from gatehouse.domain.oauth.gate import TokenSubject
from gatehouse.domain.oauth.tokens import Access
from gatehouse.endpoints.authorizer.answers import Writer
from gatehouse.endpoints.authorizer.events import GateRequest
from tests import examples, factories
from tests.unit import iam, trees

STAGE = "arn:aws:execute-api:eu-west-1:123456789012:abc123/v1"


def answer(api: Api, scopes: frozenset[str], method: str, path: str, *, is_http_api: bool = False) -> Any:
    """Answer the call of a path, as API Gateway routes it."""
    found = trees.find(api.resources, method, path)
    assert found is not None
    grant = factories.grant(access_scopes=scopes)
    subject = TokenSubject(grant, Access(scopes, grant.access_expires_at), factories.client(), factories.application())
    deployment = factories.deployment(has_simple_answers=False)
    route = (found.method if is_http_api else method, found.path)
    call = GateRequest(
        partition="aws",
        region="eu-west-1",
        account="123456789012",
        gateway_id="abc123",
        stage="v1",
        called=method + path,
        route=route,
        authorization=[],
        is_http_api=is_http_api,
        takes_simple_answers=is_http_api,
    )
    reach = gate.find_reach(subject, api, deployment)
    denial = gate.decide_within(subject, api, reach, found)
    return Writer(call, subject, deployment, "").route(api, found, reach, denial)


@settings(max_examples=examples.of(100), deadline=None)
@given(trees.resources(), st.frozensets(st.sampled_from(trees.SCOPES)), st.data(), st.booleans())
def test_f_02_an_answer_fits_each_path_of_its_route_whatever_the_tree(
    resources: tuple[Resource, ...], scopes: frozenset[str], data: st.DataObject, is_http_api: Any
) -> None:
    api = factories.api(resources=resources, scopes={})
    routed = [one for one in trees.requests(resources) if trees.find(resources, *one)]
    assume(routed)
    called = data.draw(st.sampled_from(routed))

    policy = answer(api, scopes, *called, is_http_api=is_http_api)

    route = trees.find(resources, *called)
    for method, path in routed:
        if trees.find(resources, method, path) == route and (is_http_api or method == called[0]):
            expected = trees.evaluate(resources, scopes, method, path)
            assert iam.is_allowed(policy, f"{STAGE}/{method}{path}") == expected, f"{called} decides {method} {path}"


@settings(max_examples=examples.of(100), deadline=None)
@given(trees.resources(), st.frozensets(st.sampled_from(trees.SCOPES)), st.data())
def test_f_02_an_answer_that_is_cached_by_the_token_alone_opens_no_other_route_wrongly(
    resources: tuple[Resource, ...], scopes: frozenset[str], data: st.DataObject
) -> None:
    api = factories.api(resources=resources, scopes={})
    routed = [one for one in trees.requests(resources) if trees.find(resources, *one)]
    assume(routed)
    called = data.draw(st.sampled_from(routed))

    policy = answer(api, scopes, *called)

    if iam_policies.find_conflicts(resources):
        return  # publishing says which routes no policy can tell apart
    for method, path in routed:
        expected = trees.evaluate(resources, scopes, method, path)
        assert iam.is_allowed(policy, f"{STAGE}/{method}{path}") == expected, f"{called} decides {method} {path}"


ORDER, NOTES, ADMIN, DEFAULT = (
    Resource(method="GET", path="/orders/{id}", scopes=frozenset({"read"})),
    Resource(method="GET", path="/orders/{id}/notes", scopes=frozenset({"audit"})),
    Resource(method="ANY", path="/admin/{proxy+}", scopes=frozenset({"admin"})),
    Resource(method="ANY", path="/$default", scopes=frozenset({"read"})),
)


@pytest.mark.parametrize("is_http_api", [pytest.param(False, id="REST"), pytest.param(True, id="HTTP, policies")])
def test_a_variable_does_not_open_what_lies_below_it(*, is_http_api: bool) -> None:
    api = factories.api(resources=(ORDER, NOTES, ADMIN), scopes={})

    policy = answer(api, frozenset({"read"}), "GET", "/orders/7", is_http_api=is_http_api)

    assert iam.is_allowed(policy, f"{STAGE}/GET/orders/8")
    assert not iam.is_allowed(policy, f"{STAGE}/GET/orders/8/notes")


@pytest.mark.parametrize("called", ["/anything", "/", "/orders/7"])
def test_the_default_route_does_not_open_the_others(called: str) -> None:
    api = factories.api(resources=(ADMIN, DEFAULT), scopes={})

    policy = answer(api, frozenset({"read"}), "GET", called, is_http_api=True)

    calls = [("GET", called), ("DELETE", "/other"), ("GET", "/admin/users"), ("POST", "/admin/users")]
    assert [iam.is_allowed(policy, f"{STAGE}/{method}{path}") for method, path in calls] == [True, True, False, False]


@pytest.mark.parametrize(
    ("count", "expected"), [pytest.param(10, True, id="few"), pytest.param(200, False, id="more than a small policy")]
)
def test_an_answer_about_many_routes_stays_small(count: int, *, expected: bool) -> None:
    scope = frozenset({"read"})
    many = tuple(Resource(method="GET", path=f"/collection-{one}", scopes=scope) for one in range(count))

    policy = answer(factories.api(resources=many, scopes={}), scope, "GET", "/collection-0")

    assert iam.is_allowed(policy, f"{STAGE}/GET/collection-0")
    assert iam.is_allowed(policy, f"{STAGE}/GET/collection-1") is expected
    assert len(str(policy["policyDocument"])) < 6000
