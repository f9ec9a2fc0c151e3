"""The gate's decision, on values: which token opens which resource, and in which words a call is refused."""

import copy
from typing import Any

import pytest

from gatehouse.domain.apis.apis import Resource, Subscription
from gatehouse.domain.kernel.scopes import Scope
from gatehouse.domain.oauth import gate, tokens
from gatehouse.domain.oauth.gate import Denial, TokenSubject
from gatehouse.domain.oauth.tokens import Access
from tests import factories
from tests.factories import NOW

API = factories.api()
STAGE = factories.deployment()
READ, DELETE = API.resources[0], API.resources[3]
MANAGER = frozenset({"manager"})
ORDERS = "johnsorg orders  https://orders.example"
OPEN = factories.api(tiers=frozenset({"DefaultSubscriptionless"}))


def subject(*scopes: str, resources: tuple[str, ...] = (), **changes: Any) -> TokenSubject:
    """A user's token of these scopes."""
    access = Access(frozenset(scopes or {"read"}), NOW + 60, resources)
    given: dict[str, Any] = {
        "grant": factories.grant(),
        "client": factories.client(),
        "application": factories.application(),
    }
    return TokenSubject(**(given | changes), access=access)


def of_application(*scopes: str, **changes: Any) -> TokenSubject:
    """A token of an application itself."""
    return subject(*scopes, grant=factories.grant(user_id=None, username=None), **changes)


def registered(*scopes: str, **changes: Any) -> TokenSubject:
    """A token of a client that registered itself, for the orders API."""
    client = changes.pop("client", factories.registered_client())
    given: dict[str, Any] = {"client": client, "application": None, "resources": (ORDERS,)}
    return subject(*scopes, **(given | changes))


def subscribed(**changes: Any) -> Any:
    subscription = Subscription(**({"api_organisation": "johnsorg", "api_id": "orders"} | changes))
    return factories.application(subscriptions=(subscription,))


def code(denial: Denial | None) -> str | None:
    return None if denial is None else denial.fault.code


SECRET = "A" * 43


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
@pytest.mark.parametrize("space", [" ", "   "])
def test_a_token_is_read_from_one_bearer_header(scheme: str, space: str) -> None:
    token = f"gha_{'g' * 22}.{SECRET}"

    assert gate.parse_bearer([f"{scheme}{space}{token} "]) == tokens.AccessToken("g" * 22, None, SECRET)


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param([], id="none"),
        pytest.param([f"Bearer gha_{'g' * 22}.{SECRET}"] * 2, id="two"),
        pytest.param([f"Basic gha_{'g' * 22}.{SECRET}"], id="another scheme"),
        pytest.param([f"gha_{'g' * 22}.{SECRET}"], id="no scheme"),
        pytest.param(["Bearer"], id="no token"),
        pytest.param([f"Bearer x gha_{'g' * 22}.{SECRET}"], id="a word before it"),
    ],
)
def test_anything_else_is_no_token(headers: list[str]) -> None:
    assert gate.parse_bearer(headers) is None


def test_a_token_with_a_scope_of_the_resource_opens_it() -> None:
    assert gate.decide(subject("read"), API, STAGE, READ) is None
    assert gate.decide(of_application("read"), API, STAGE, READ) is None


def test_a_token_without_one_is_told_which_scopes_would_do() -> None:
    denial = gate.decide(subject("update"), API, STAGE, READ)

    assert denial == Denial(gate.SCOPE_MISSING, frozenset({"read"}))
    assert denial
    assert (denial.is_insufficient_scope, denial.error) == (True, "insufficient_scope")


def test_a_resource_without_scopes_is_open_to_every_subscribed_token() -> None:
    assert gate.decide(subject("default"), API, STAGE, Resource(method="GET", path="/")) is None


def test_what_nobody_published_is_not_found() -> None:
    denial = gate.decide(subject("read"), API, STAGE, None)

    assert denial == Denial(gate.NO_RESOURCE)
    assert denial
    assert (denial.is_insufficient_scope, denial.error, denial.needed) == (False, "invalid_token", frozenset())


@pytest.mark.parametrize(
    ("lifecycle", "fault", "is_closed"),
    [
        ("PUBLISHED", None, False),
        ("DEPRECATED", None, False),
        ("BLOCKED", gate.API_BLOCKED, True),
        ("CREATED", gate.NO_RESOURCE, True),
        ("RETIRED", gate.NO_RESOURCE, True),
    ],
)
def test_an_api_is_called_in_some_states_of_its_life_only(lifecycle: Any, fault: Any, *, is_closed: bool) -> None:
    closed, public = factories.api(lifecycle=lifecycle), Resource(method="GET", path="/health", security="none")
    expected = None if fault is None else Denial(fault)

    assert gate.decide(subject("read"), closed, STAGE, READ) == expected
    assert gate.decide(subject("read"), closed, STAGE, public) == expected
    assert gate.decide_api(subject("read"), closed, STAGE) == expected
    assert gate.is_closed(closed) is is_closed
    unknown = gate.API_BLOCKED if lifecycle == "BLOCKED" else gate.NO_RESOURCE
    assert gate.decide(subject("read"), closed, STAGE, None) == Denial(unknown)


def test_what_is_open_to_everybody_asks_for_no_subscription_and_no_scope() -> None:
    public = Resource(method="GET", path="/health", security="none", scopes=frozenset({"read"}))
    stranger = subject("update", application=None)

    assert gate.decide(stranger, API, STAGE, public) is None
    assert gate.decide_resource("user", frozenset(), public) is None


@pytest.mark.parametrize(
    ("security", "of_user", "of_itself"),
    [("any", None, None), ("user", None, "900905"), ("application", "900905", None)],
)
def test_a_resource_says_whose_tokens_it_takes(security: Any, of_user: str | None, of_itself: str | None) -> None:
    resource = Resource(method="GET", path="/orders", security=security)

    assert code(gate.decide(subject(), API, STAGE, resource)) == of_user
    assert code(gate.decide(of_application(), API, STAGE, resource)) == of_itself
    for kind, expected in (("user", of_user), ("application", of_itself)):
        denial = Denial(gate.WRONG_TOKEN_TYPE) if expected else None
        assert gate.decide_resource(kind, frozenset(), resource) == denial


@pytest.mark.parametrize(
    ("given", "api", "opened"),
    [
        pytest.param(subject("read"), API, {"read", "public"}, id="a scope of one"),
        pytest.param(subject("update"), API, {"public"}, id="a scope of none"),
        pytest.param(subject("read", application=None), API, {"public"}, id="without a subscription"),
        pytest.param(subject("read"), factories.api(lifecycle="BLOCKED"), set[str](), id="of a closed API"),
    ],
)
def test_the_reach_of_a_token_tells_what_it_opens(given: TokenSubject, api: Any, opened: set[str]) -> None:
    public = Resource(method="GET", path="/health", security="none")

    reach = gate.find_reach(given, api, STAGE)

    assert {
        name for name, one in (("read", READ), ("delete", DELETE), ("public", public)) if reach.opens(one)
    } == opened


def test_tokens_that_open_the_same_have_one_reach() -> None:
    other = subject("read", grant=factories.grant(grant_id="h" * 22, username="bob"))

    reach = gate.find_reach(subject("read"), API, STAGE)

    assert gate.find_reach(other, API, STAGE) == reach
    assert hash(gate.find_reach(other, API, STAGE)) == hash(reach)
    assert gate.find_reach(of_application("read"), API, STAGE) != reach
    assert gate.find_reach(subject("delete"), API, STAGE) != reach


def test_a_stage_takes_keys_of_its_types_only() -> None:
    sandbox = factories.deployment(key_types=frozenset({"SANDBOX"}))

    assert gate.decide(subject(), API, sandbox, READ) == Denial(gate.WRONG_KEY_TYPE)
    assert gate.decide(subject(client=factories.client(key_type="SANDBOX")), API, sandbox, READ) is None


@pytest.mark.parametrize(
    ("application", "fault"),
    [
        pytest.param(None, gate.NOT_SUBSCRIBED, id="no application"),
        pytest.param(factories.application(subscriptions=()), gate.NOT_SUBSCRIBED, id="no subscription"),
        pytest.param(subscribed(life_id="earlier"), gate.NOT_SUBSCRIBED, id="of an earlier life"),
        pytest.param(subscribed(state="BLOCKED"), gate.SUBSCRIPTION_BLOCKED, id="blocked"),
        pytest.param(subscribed(state="ON_HOLD"), gate.SUBSCRIPTION_INACTIVE, id="on hold"),
        pytest.param(subscribed(state="REJECTED"), gate.SUBSCRIPTION_INACTIVE, id="rejected"),
        pytest.param(subscribed(state="TIER_UPDATE_PENDING"), None, id="tier update pending"),
        pytest.param(subscribed(state="UNBLOCKED"), None, id="unblocked"),
    ],
)
def test_the_subscription_decides_before_the_scopes(application: Any, fault: Any) -> None:
    expected = None if fault is None else Denial(fault)

    assert gate.decide(subject("read", application=application), API, STAGE, READ) == expected
    assert gate.decide_api(subject("update", application=application), API, STAGE) == expected


@pytest.mark.parametrize(("key_type", "fault"), [("PRODUCTION", gate.SUBSCRIPTION_BLOCKED), ("SANDBOX", None)])
def test_a_subscription_may_be_blocked_for_production_only(key_type: Any, fault: Any) -> None:
    both = factories.deployment(key_types=frozenset({"PRODUCTION", "SANDBOX"}))
    given = subject(application=subscribed(state="PROD_ONLY_BLOCKED"), client=factories.client(key_type=key_type))

    assert gate.decide_api(given, API, both) == (Denial(fault) if fault else None)


def test_an_api_that_is_no_longer_shared_is_closed_to_the_others() -> None:
    shared = factories.api(organisation="acme", visibility="ALL")
    application = subscribed(api_organisation="acme")

    assert gate.decide(subject(application=application), shared, STAGE, READ) is None
    hidden = copy.replace(shared, visibility="ORGANISATION")
    assert gate.decide(subject(application=application), hidden, STAGE, READ) == Denial(gate.NOT_SUBSCRIBED)


def test_a_grant_of_another_organisation_than_its_client_needs_the_api_to_be_shared_with_it_too() -> None:
    shared = factories.api(organisation="acme", visibility="CHOSEN", visible_to=frozenset({"johnsorg"}))
    application, grant = subscribed(api_organisation="acme"), factories.grant(organisation="elsewhere")

    assert gate.decide(subject(application=application), shared, STAGE, READ) is None
    of_others = subject(application=application, client=factories.client(organisation="elsewhere"))
    assert gate.decide(of_others, shared, STAGE, READ) == Denial(gate.NOT_SUBSCRIBED)
    foreign = subject(application=application, grant=grant)
    assert gate.decide(foreign, shared, STAGE, READ) == Denial(gate.NOT_SUBSCRIBED)


def test_the_default_scope_opens_nothing_by_itself() -> None:
    named = factories.api(scopes={}, resources=())

    assert gate.scopes_at(subject("default", "read"), named) == {"read"}
    assert gate.scopes_at(of_application("default", "read"), named) == {"read"}


@pytest.mark.parametrize(
    ("then", "now", "carried"),
    [
        pytest.param(MANAGER, MANAGER, {"delete", "read"}, id="then and now"),
        pytest.param(MANAGER, frozenset(), {"read"}, id="no longer"),
        pytest.param(frozenset(), MANAGER, {"read"}, id="not yet when it was issued"),
    ],
)
def test_a_bound_scope_counts_if_the_user_had_a_role_then_and_has_one_now(
    then: frozenset[str], now: frozenset[str], carried: set[str]
) -> None:
    held = subject("delete", "read", grant=factories.grant(user_roles=then), roles=now)

    assert gate.scopes_at(held, API) == carried
    assert code(gate.decide(held, API, STAGE, DELETE)) == (None if "delete" in carried else "900910")


def test_a_bound_scope_of_an_application_counts_if_an_administrator_granted_it() -> None:
    granted = factories.application(client_scopes=frozenset({"delete"}))

    assert gate.scopes_at(of_application("delete"), API) == set()
    assert gate.scopes_at(of_application("delete", application=granted), API) == {"delete"}


@pytest.mark.parametrize(
    ("given", "is_bound"),
    [
        pytest.param(subject("delete", "read"), True, id="a bound scope"),
        pytest.param(subject("read"), False, id="a free scope"),
        pytest.param(subject("unknown", "read"), False, id="a scope of no API"),
        pytest.param(of_application("delete"), False, id="no user"),
    ],
)
def test_roles_decide_only_where_a_user_carries_a_bound_scope(given: TokenSubject, *, is_bound: bool) -> None:
    assert gate.is_bound_to_roles(given, API) is is_bound


def test_a_token_that_names_no_api_is_for_all_and_one_that_names_some_for_those() -> None:
    assert gate.is_for(subject(), API)
    assert gate.is_for(subject(resources=(ORDERS,)), API)
    assert not gate.is_for(subject(resources=("johnsorg stock  https://stock.example",)), API)


def test_a_token_of_a_registered_client_that_names_no_api_is_for_none() -> None:
    assert not gate.is_for(registered(resources=()), API)
    assert gate.is_for(registered(), API)


@pytest.mark.parametrize(
    ("given", "api"),
    [
        pytest.param(registered(resources=()), OPEN, id="it names no API"),
        pytest.param(registered(), API, id="the API needs a subscription"),
        pytest.param(
            registered(), copy.replace(OPEN, organisation="acme", visibility="ALL"), id="another organisation"
        ),
        pytest.param(registered(), copy.replace(OPEN, visible_roles=MANAGER), id="hidden from the user"),
        pytest.param(
            registered(client=factories.registered_client(organisation="acme")), OPEN, id="another one's client"
        ),
    ],
)
def test_a_registered_client_is_refused_where_it_has_no_open_api(given: TokenSubject, api: Any) -> None:
    assert gate.decide_api(given, api, STAGE) == Denial(gate.NOT_SUBSCRIBED)


def test_a_registered_client_calls_the_open_apis_of_its_organisation() -> None:
    assert gate.decide(registered("read"), OPEN, STAGE, READ) is None
    for_managers = copy.replace(OPEN, visible_roles=MANAGER)
    assert gate.decide(registered("read", roles=MANAGER), for_managers, STAGE, READ) is None


def test_a_registered_client_is_asked_for_scopes_that_its_user_can_give() -> None:
    """It asks its user for what a challenge names; the roles decide about `delete`."""
    for_both = Resource(method="GET", path="/orders", scopes=frozenset({"delete", "update"}))
    applied = {"application": factories.application()}

    assert gate.decide(registered("read", **applied), OPEN, STAGE, for_both) == Denial(
        gate.SCOPE_MISSING, frozenset({"update"})
    )
    assert gate.decide(registered("read", **applied), OPEN, STAGE, DELETE) == Denial(gate.SCOPE_OUT_OF_REACH)
    manager = registered("read", roles=MANAGER, **applied)
    assert gate.decide(manager, OPEN, STAGE, for_both) == Denial(gate.SCOPE_MISSING, frozenset({"delete", "update"}))


def test_scopes_out_of_reach_are_no_reason_to_ask_for_another_token() -> None:
    denial = Denial(gate.SCOPE_OUT_OF_REACH)

    assert (denial.error, denial.is_insufficient_scope) == ("invalid_token", False)
    assert denial.fault.code == gate.SCOPE_MISSING.code


def test_a_client_of_the_store_is_told_every_scope() -> None:
    assert gate.decide(subject("read"), API, STAGE, DELETE) == Denial(gate.SCOPE_MISSING, frozenset({"delete"}))


def test_a_claim_of_a_jwt_has_no_roles_so_that_bound_scopes_count_for_nothing() -> None:
    bound = factories.api(scopes={"read": Scope(name="read", roles=MANAGER)})

    assert gate.scopes_at(subject("read", roles=MANAGER), bound) == set()


@pytest.mark.parametrize(
    ("fault", "number"),
    [
        (gate.NO_RESOURCE, "900906"),
        (gate.WRONG_KEY_TYPE, "900901"),
        (gate.WRONG_TOKEN_TYPE, "900905"),
        (gate.SUBSCRIPTION_BLOCKED, "900907"),
        (gate.NOT_SUBSCRIBED, "900908"),
        (gate.SUBSCRIPTION_INACTIVE, "900909"),
        (gate.SCOPE_MISSING, "900910"),
        (gate.API_BLOCKED, "700700"),
    ],
)
def test_faults_have_wso2s_numbers(fault: gate.Fault, number: str) -> None:
    assert fault.code == number
