"""The one policy of a TOKEN authorizer against a plain evaluation of the rules, route by route."""

import itertools
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gatehouse.domain.apis import api_checks, iam_policies, patterns
from gatehouse.domain.apis.apis import Resource
from gatehouse.domain.apis.iam_policies import Conflict, IamPolicy
from tests import examples, factories
from tests.unit import iam, trees

STAGE = "arn:aws:execute-api:eu-west-1:123456789012:abc/v1"


def _answer(policy: IamPolicy) -> dict[str, Any]:
    statements = [("Allow", policy.allowed), ("Deny", policy.denied)]
    return {
        "policyDocument": {
            "Statement": [
                {"Action": "execute-api:Invoke", "Effect": effect, "Resource": [f"{STAGE}/{one}" for one in patterns]}
                for effect, patterns in statements
            ]
        }
    }


ORDERS = (
    Resource(method="GET", path="/a/{x}", scopes=frozenset({"s1"})),
    Resource(method="GET", path="/a/{x}/b", scopes=frozenset({"s2"})),
    Resource(method="GET", path="/a/c", scopes=frozenset({"s3"})),
    Resource(method="ANY", path="/{proxy+}", scopes=frozenset({"s2"})),
)


MORE_CONFLICTS_THAN_ARE_NAMED = tuple(
    Resource(method=method, path=path, scopes=frozenset(scopes))
    for method, path, scopes in (
        ("GET", "/", ()),
        ("POST", "/", ()),
        ("ANY", "/{x}", ("s3",)),
        ("ANY", "/{proxy+}", ("s1",)),
        ("ANY", "/a", ()),
        ("ANY", "/a/{proxy+}", ()),
        ("ANY", "/a/a", ()),
    )
)


@settings(max_examples=examples.of(100), deadline=None)
@example(MORE_CONFLICTS_THAN_ARE_NAMED, frozenset({"s3"}))
@example(ORDERS, frozenset({"s1"}))
@example(ORDERS, frozenset({"s2"}))
@given(trees.resources(), st.frozensets(st.sampled_from(trees.SCOPES)))
def test_f_02_one_policy_answers_every_route_as_the_rules_do(
    resources: tuple[Resource, ...], scopes: frozenset[str]
) -> None:
    answer = _answer(iam_policies.build(resources, trees.opens(scopes)))
    conflicts = iam_policies.find_conflicts(resources) or ()
    flagged = {conflict.opened for conflict in conflicts}
    is_all = len(conflicts) < iam_policies.CONFLICTS_MAX

    for method, path in trees.requests(resources):
        expected = trees.evaluate(resources, scopes, method, path)
        actual = iam.is_allowed(answer, f"{STAGE}/{method}{path}")
        if expected is None or actual == expected:
            continue
        assert expected, f"{method} {path} is open and must not be"
        found = trees.find(resources, method, path)
        assert found is not None
        said = f"{method} {path} is closed, and publishing did not say so"
        assert f"{method} {found.path}" in flagged or not is_all, said


@settings(max_examples=examples.of(40), deadline=None)
@given(trees.resources(), st.frozensets(st.sampled_from(trees.SCOPES)))
def test_a_slash_at_the_end_opens_nothing(resources: tuple[Resource, ...], scopes: frozenset[str]) -> None:
    answer = _answer(iam_policies.build(resources, trees.opens(scopes)))

    for method, path in trees.requests(resources):
        if path != "/" and trees.evaluate(resources, scopes, method, path) is False:
            assert not iam.is_allowed(answer, f"{STAGE}/{method}{path}/")


def test_a_variable_does_not_open_what_lies_below_it() -> None:
    policy = iam_policies.build(ORDERS[:3], trees.opens(frozenset({"s1"})))

    assert policy == IamPolicy(("GET/a/*",), ("GET/a/*/b", "GET/a/*/b/", "GET/a/c", "GET/a/c/"))


def test_a_token_that_opens_everything_opens_no_more_than_what_is_published() -> None:
    policy = iam_policies.build(ORDERS[:3], trees.opens(frozenset(trees.SCOPES)))

    assert policy == IamPolicy(("GET/a/*", "GET/a/*/b", "GET/a/c"))
    assert not iam.is_allowed(_answer(policy), f"{STAGE}/GET/administration")
    assert not iam.is_allowed(_answer(policy), f"{STAGE}/DELETE/a/c")


def test_a_token_that_opens_more_than_fits_gets_one_pattern() -> None:
    scopes = frozenset(f"scope-{number:02}" for number in range(50))
    overhead = len('"arn:aws:execute-api:*:*:abcdefghij/production/",')

    assert iam_policies.build(_large(), trees.opens(scopes), overhead) == IamPolicy(("*",))


def test_an_api_without_resources_opens_nothing() -> None:
    assert iam_policies.build((), trees.opens(frozenset(trees.SCOPES))) == IamPolicy(())


def test_a_tree_that_no_policy_can_express_is_flagged() -> None:
    tree = (
        Resource(method="GET", path="/{x}", scopes=frozenset({"s1"})),
        Resource(method="GET", path="/a/{x}", scopes=frozenset({"s2"})),
        Resource(method="GET", path="/a/{x}/b", scopes=frozenset({"s3"})),
    )

    assert iam_policies.find_conflicts(tree) == [Conflict("GET /a/{x}/b", "GET /a/{x}")]
    assert iam_policies.find_conflicts(ORDERS[:3]) == []


def test_a_tree_of_nothing_but_tangles_is_flagged_in_bounded_work() -> None:
    segments = ("a", "b", "{x}")
    tree = tuple(
        Resource(method="GET", path="/" + "/".join(one), scopes=frozenset({f"s{number}"}))
        for number, one in enumerate(itertools.islice(itertools.product(segments, repeat=7), 0, 2187, 61))
    )

    assert len(iam_policies.find_conflicts(tree) or ()) == iam_policies.CONFLICTS_MAX
    answer = _answer(iam_policies.build(tree, trees.opens(frozenset({"s0", "s40"}))))
    assert not any(
        iam.is_allowed(answer, f"{STAGE}/GET{one.path.replace('{x}', 'zz')}")
        for one in tree
        if not one.scopes & {"s0", "s40"}
    )


def test_routes_of_users_and_of_applications_can_be_in_conflict_too() -> None:
    tree = (
        Resource(method="GET", path="/{x}"),
        Resource(method="GET", path="/a/{x}", security="user"),
        Resource(method="GET", path="/a/{x}/b"),
    )

    assert iam_policies.find_conflicts(tree) == [Conflict("GET /a/{x}/b", "GET /a/{x}")]


def _large() -> tuple[Resource, ...]:
    """300 resources and 50 scopes: six routes for each scope, as an API of fifty collections has them."""
    routes = [
        ("GET", ""),
        ("POST", ""),
        ("GET", "/{id}"),
        ("PUT", "/{id}"),
        ("DELETE", "/{id}"),
        ("GET", "/{id}/items"),
    ]
    return tuple(
        Resource(method=method, path=f"/collection-{number:02}{tail}", scopes=frozenset({f"scope-{number:02}"}))
        for number in range(50)
        for method, tail in routes
    )


@pytest.mark.parametrize("count", [0, 1, 10, 25, 26, 49, 50])
def test_f_04_300_resources_and_50_scopes_fit_into_one_policy(count: int) -> None:
    scopes = frozenset(f"scope-{number:02}" for number in range(count))
    overhead = len('"arn:aws:execute-api:*:*:abcdefghij/production/",')

    policy = iam_policies.build(_large(), trees.opens(scopes), overhead)

    answer = _answer(policy)
    assert all(
        iam.is_allowed(answer, f"{STAGE}/{one.method}{one.path.replace('{id}', '7')}") == bool(one.scopes & scopes)
        for one in _large()
    )
    patterns = policy.allowed + policy.denied
    assert len(patterns) <= 102
    assert sum(len(pattern) + overhead for pattern in patterns) <= 6931 < iam_policies.PATTERNS_MAX_BYTES
    assert iam_policies.find_conflicts(_large()) == []


def test_what_does_not_fit_stays_closed() -> None:
    opened = frozenset({f"scope-{number:02}" for number in range(25)})

    policy = iam_policies.build(_large(), trees.opens(opened), 500)

    assert 0 < len(policy.allowed) < 20
    answer = _answer(policy)
    assert not any(
        iam.is_allowed(answer, f"{STAGE}/{one.method}{one.path}") for one in _large() if not one.scopes & opened
    )


def _entangled() -> tuple[Resource, ...]:
    """Return 310 routes below chains of up to 30 variables, and two without variables."""
    chains = ("/".join(f"{{a{depth}}}" for depth in range(number % 30 + 1)) for number in range(310))
    tree = [
        Resource(method="GET", path=f"/{chain}/b{number}", scopes=frozenset({f"s{number}"}))
        for number, chain in enumerate(chains)
    ]
    plain = [
        Resource(method="ANY", path="/plain", scopes=frozenset({"s1"})),
        Resource(method="GET", path="/plain", scopes=frozenset({"s2"})),
        Resource(method="ANY", path="/$default", scopes=frozenset({"s1"})),
    ]
    return tuple(tree + plain)


def test_entangled_routes_cost_a_bounded_number_of_steps_for_all_tokens_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """They took 17 s."""
    steps = list[int]()
    spend = patterns.Work.spend
    monkeypatch.setattr(patterns.Work, "spend", lambda work, some: steps.append(some) or spend(work, some))
    tree = _entangled()

    warnings = api_checks.find_warnings(factories.api(resources=tree))
    for number in range(20):
        iam_policies.build(tree, trees.opens(frozenset({f"s{number}"})))

    assert "too entangled" in warnings[0]
    assert sum(steps) <= 3 * iam_policies.WORK_MAX


def test_of_entangled_routes_only_those_without_variables_open() -> None:
    tree = _entangled()

    policy = iam_policies.build(tree, trees.opens(frozenset({"s1"})))

    others = [f"{method}/plain" for method in ("DELETE", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")]
    assert policy == IamPolicy(tuple(others))
    assert not iam_policies.opens_every_path(policy, tree, tree[1], "GET")


@pytest.mark.parametrize(
    "tree",
    [
        pytest.param([("GET", f"/v1/a{number}/{{x}}") for number in range(1000)], id="1,000 routes with variables"),
        pytest.param([("ANY", f"/a{number}/{{x}}") for number in range(1000)], id="the same for seven methods"),
        pytest.param(
            [
                (method, f"/v1/a{number}{tail}")
                for number in range(100)
                for method in ("GET", "POST", "PUT", "PATCH", "DELETE")
                for tail in ("/{id}", "/{id}/items/{item}")
            ],
            id="collections of collections",
        ),
    ],
)
def test_1000_ordinary_routes_are_compared(tree: list[tuple[str, str]]) -> None:
    resources = tuple(
        Resource(method=method, path=path, scopes=frozenset({f"s{at}"})) for at, (method, path) in enumerate(tree)
    )

    assert iam_policies.find_conflicts(resources) == []


@given(st.lists(st.sampled_from(["a", "", "*"]), min_size=1, max_size=5), st.data())
def test_an_automaton_takes_what_the_pattern_takes(pattern: list[str], data: st.DataObject) -> None:
    """Each segment of the template stands for all segments that it takes: `z` is one that no pattern spells."""
    template = tuple(data.draw(st.lists(st.sampled_from(["a", "", "{}"]), min_size=1, max_size=5)))
    greedy = data.draw(st.booleans())
    paths = itertools.product(*[("a", "z") if one == "{}" else (one,) for one in template])
    tails = [tail for size in (1, 2, 3, 4) for tail in itertools.product(("a", "z"), repeat=size)] if greedy else [()]

    found = patterns.meets(tuple(pattern), (*template, "{+}") if greedy else template, patterns.Work(1000))

    assert found == any(
        patterns.fits("/" + "/".join(pattern), "/" + "/".join((*path, *tail))) for path in paths for tail in tails
    )
