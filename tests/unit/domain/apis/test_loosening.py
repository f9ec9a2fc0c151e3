"""What a publication opens, on values alone."""

from copy import replace
from typing import Any

import pytest

from gatehouse.domain.apis import loosening, patterns, restrictions
from gatehouse.domain.apis.apis import Api, Resource
from gatehouse.domain.apis.loosening import Baseline, Change
from gatehouse.domain.apis.restrictions import UNRESTRICTED, ApiRestriction, Restrictions
from gatehouse.domain.kernel.scopes import Scope
from tests import factories

UNBOUND = Restrictions(organisation="johnsorg")
BOUND = Restrictions(organisation="johnsorg", scopes={"manage": frozenset({"manager"})}, revision=1)


def route(method: str, path: str, *scopes: str, security: Any = "any") -> Resource:
    return Resource(method=method, path=path, scopes=frozenset(scopes), security=security)


def api(*resources: Resource, decided: Restrictions = BOUND, **overrides: Any) -> Api:
    names = {name for one in resources for name in one.scopes}
    scopes = {name: Scope(name=name) for name in names} | overrides.pop("scopes", {})
    return restrictions.apply(factories.api(resources=resources, scopes=scopes, **overrides), decided)


def find(old: Api, new: Api, *, was: ApiRestriction = UNRESTRICTED, now: ApiRestriction = UNRESTRICTED) -> Any:
    return loosening.find(new, now, [Baseline(stages=("abc123/v1",), api=old, restriction=was)])


MANAGE = route("POST", "/orders", "manage")
EVERYTHING = route("ANY", "/{proxy+}", "manage")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(MANAGE, route("POST", "/orders", "manage", "read"), id="a scope joins the list"),
        pytest.param(MANAGE, route("POST", "/orders", "read"), id="another scope"),
        pytest.param(MANAGE, route("POST", "/orders"), id="no scope any more"),
        pytest.param(MANAGE, route("POST", "/orders", security="none"), id="open to everybody"),
        pytest.param(route("POST", "/orders", "manage", security="user"), MANAGE, id="tokens of applications as well"),
        pytest.param(MANAGE, route("ANY", "/orders", "read"), id="the method as one of any"),
        pytest.param(route("ANY", "/orders", "manage"), route("POST", "/orders"), id="a method carved out of any"),
        pytest.param(route("POST", "/orders/{id}", "manage"), route("POST", "/orders/{key}"), id="another variable"),
        pytest.param(MANAGE, route("POST", "/{proxy+}"), id="a wider route instead"),
        pytest.param(MANAGE, route("ANY", "/$default", security="none"), id="the default route instead"),
        pytest.param(route("POST", "/orders/{id}", "manage"), route("POST", "/orders/latest"), id="a narrower one"),
    ],
)
def test_what_opens_a_restricted_route_is_found(before: Resource, after: Resource) -> None:
    found = find(api(before), api(after))

    assert found
    assert all(one.is_restricted and one.stages == ("abc123/v1",) for one in found)


@pytest.mark.parametrize(
    "carved",
    [
        pytest.param(route("GET", "/orders/export", "read"), id="a literal"),
        pytest.param(route("GET", "/{name}", security="none"), id="a variable"),
        pytest.param(route("GET", "/a/{rest+}"), id="a greedy branch"),
    ],
)
def test_a_route_that_is_carved_out_of_another_is_found(carved: Resource) -> None:
    (found,) = find(api(EVERYTHING), api(EVERYTHING, carved))

    assert (found.is_restricted, found.route) == (True, f"GET {carved.path}")
    assert "manage (for manager)" in found.before


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param((MANAGE,), (MANAGE,), id="the same"),
        pytest.param((route("POST", "/orders", "manage", "read"),), (MANAGE,), id="a scope less"),
        pytest.param((route("POST", "/orders"),), (MANAGE,), id="a scope at last"),
        pytest.param((MANAGE,), (route("POST", "/orders", "manage", security="user"),), id="users only"),
        pytest.param((MANAGE,), (MANAGE, route("GET", "/stock", security="none")), id="a route of its own"),
        pytest.param((MANAGE,), (MANAGE, route("ANY", "/{proxy+}", security="none")), id="what is left over"),
        pytest.param((MANAGE,), (), id="nothing"),
    ],
)
def test_what_opens_nothing_is_not_listed(before: tuple[Resource, ...], after: tuple[Resource, ...]) -> None:
    assert find(api(*before), api(*after)) == ()


def test_a_narrower_route_of_before_decides_not_the_wide_one() -> None:
    orders = route("GET", "/orders/{id}", security="none")

    assert find(api(EVERYTHING, orders), api(EVERYTHING, orders, route("GET", "/orders/1", security="none"))) == ()


def test_a_route_that_no_restriction_bears_on_is_listed_only() -> None:
    (found,) = find(api(route("GET", "/orders", "read")), api(route("GET", "/orders", security="none")))

    assert (found.is_restricted, found.before, found.after) == (False, "tokens with read", "everybody")


@pytest.mark.parametrize(("binding", "is_listed"), [(frozenset[str](), True), (frozenset({"employee"}), False)])
def test_roles_of_the_document_tighten(binding: frozenset[str], *, is_listed: bool) -> None:
    old = api(MANAGE, scopes={"manage": Scope(name="manage", roles=frozenset({"employee"}))})
    new = api(MANAGE, scopes={"manage": Scope(name="manage", roles=binding)})

    assert bool(find(old, new)) is is_listed


def test_a_stage_that_leaves_a_blocked_api_is_restricted() -> None:
    blocked = ApiRestriction(blocked_by="administrator")

    (found,) = find(api(MANAGE), api(MANAGE, api_id="other"), was=blocked)

    assert found == Change(
        stages=("abc123/v1",), route=loosening.EVERY_ROUTE, before="blocked", after="not blocked", is_restricted=True
    )


@pytest.mark.parametrize(
    ("before", "after", "limit", "expected"),
    [
        pytest.param("ORGANISATION", "ALL", UNRESTRICTED, [False], id="its publisher's own change"),
        pytest.param("ORGANISATION", "ALL", ApiRestriction(visibility="ORGANISATION"), [True], id="out of a limit"),
        pytest.param("ALL", "CHOSEN", UNRESTRICTED, [], id="narrower"),
    ],
)
def test_who_sees_more_is_listed(before: Any, after: Any, limit: ApiRestriction, expected: list[bool]) -> None:
    old, new = api(MANAGE, visibility=before), api(MANAGE, visibility=after, visible_to=frozenset({"acme"}))

    assert [one.is_restricted for one in find(old, new, was=limit)] == expected


def test_key_types_and_unchecked_jwts_are_listed() -> None:
    old = api(MANAGE, deployments=(factories.deployment(),))
    stage = factories.deployment(key_types=frozenset({"PRODUCTION", "SANDBOX"}))
    new = api(MANAGE, deployments=(stage,), checks_revocation=False)

    assert [one.before for one in find(old, new)] == ["revoked JWTs refused", "keys of PRODUCTION"]


def test_a_restricted_route_that_is_gone_is_kept_in_mind() -> None:
    old = Baseline(stages=(), api=api(MANAGE, route("GET", "/orders", "read")), restriction=UNRESTRICTED)

    assert loosening.keep_restricted(api(), [old], BOUND) == (MANAGE,)
    assert loosening.keep_restricted(api(route("ANY", "/orders", "manage")), [old], BOUND) == ()


def test_a_digest_names_the_changes_and_both_revisions() -> None:
    (change,) = find(api(MANAGE), api(route("POST", "/orders")))

    known = {loosening.digest((change,), *revisions) for revisions in ((1, 1), (1, 2), (2, 1))}
    assert len({*known, loosening.digest((), 1, 1)}) == 4


def _replaced(count: int) -> tuple[Api, Api]:
    """Return as many restricted routes, and others that each take some calls of all of them."""
    old = api(*(route("GET", f"/a{number}/{{x}}", "manage") for number in range(count)))
    return old, api(*(route("GET", f"/{{x}}/b{number}", "read") for number in range(count)))


def test_1000_replaced_routes_are_one_change_that_an_administrator_has_to_confirm(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """They were 999,000 changes, in 17 s."""
    steps = list[int]()
    spend = patterns.Work.spend
    monkeypatch.setattr(patterns.Work, "spend", lambda work, some: steps.append(some) or spend(work, some))

    (found,) = find(*_replaced(1000))

    assert (found.route, found.is_restricted, found.stages) == (loosening.EVERY_ROUTE, True, ("abc123/v1",))
    assert sum(steps) <= 2 * loosening.WORK_MAX


def test_one_change_for_all_routes_names_exactly_these_routes() -> None:
    old, new = _replaced(1000)
    looser = replace(new, resources=(*new.resources[:-1], route("GET", "/{x}/b999", security="none")))
    bound = replace(new, scopes={"read": Scope(name="read", roles=frozenset({"clerk"}))})

    assert len({loosening.digest(find(old, one), 1, 1) for one in (new, looser, bound)}) == 3


def test_too_many_routes_are_restricted_only_where_a_restriction_bears_on_them() -> None:
    names = [f"scope{number}" for number in range(100)]
    old = api(*(route("ANY", f"/a{number}", "read", security="user") for number in range(1000)), decided=UNBOUND)
    new = api(*(route("ANY", f"/a{number}", *names) for number in range(1000)), decided=UNBOUND)

    (found,) = find(old, new)

    assert (found.route, found.is_restricted) == (loosening.EVERY_ROUTE, False)


def test_a_change_is_a_line_of_bounded_length() -> None:
    names = [f"scope-{number:03}" for number in range(100)]

    (found,) = find(api(MANAGE), api(route("POST", "/orders", *names)))

    assert names[-1] in found.after
    assert len(str(found)) < 500
