"""What a sign-in still needs, and what its methods are called outside."""

from typing import Any

import pytest

from gatehouse.domain.accounts import factors
from gatehouse.domain.accounts.factors import Demand
from tests.factories import NOW, client, organisation, user

PASSWORD = frozenset({"pwd"})
REMEMBERED = frozenset({"pwd", "remembered"})
CODE = frozenset({"pwd", "otp", "mfa"})
PASSKEY = frozenset({"swk", "user", "mfa"})
TOTP, BOTH = frozenset({"totp"}), frozenset({"totp", "passkey"})
MULTI_FACTOR = Demand(acr_values=(factors.MULTI_FACTOR_ACR,))
PHISHING_RESISTANT = Demand(acr_values=(factors.PHISHING_RESISTANT_ACR,))
OFFICE, GRACE = organisation(second_factor=True), organisation(second_factor=True, second_factor_from=NOW + 1)
MANAGERS = organisation(second_factor_roles=("manager",))
STRICT = client(second_factor=True)


@pytest.mark.parametrize(
    ("methods", "of_user", "org", "of_client", "demand", "expected"),
    [
        pytest.param(PASSWORD, {}, {}, None, {}, "nothing", id="nobody demands anything"),
        pytest.param(PASSWORD, {"factors": TOTP}, {}, None, {}, "second factor", id="who has one proves it"),
        pytest.param(CODE, {"factors": TOTP}, {}, None, {}, "nothing", id="it was proved"),
        pytest.param(REMEMBERED, {"factors": TOTP}, {}, None, {}, "nothing", id="remembered browser"),
        pytest.param(REMEMBERED, {"factors": TOTP}, {}, STRICT, {}, "second factor", id="not for this application"),
        pytest.param(REMEMBERED, {"factors": TOTP}, {}, None, MULTI_FACTOR, "second factor", id="not for a class"),
        pytest.param(
            REMEMBERED,
            {"factors": TOTP},
            {},
            None,
            Demand(is_fresh=True),
            "second factor",
            id="not if it must be fresh",
        ),
        pytest.param(CODE, {"factors": TOTP}, {}, None, PHISHING_RESISTANT, "nothing", id="a class out of reach"),
        pytest.param(CODE, {"factors": BOTH}, {}, None, PHISHING_RESISTANT, "second factor", id="a stronger class"),
        pytest.param(PASSKEY, {"factors": TOTP}, {}, None, PHISHING_RESISTANT, "nothing", id="a passkey reaches it"),
        pytest.param(PASSKEY, {"factors": TOTP}, {}, None, MULTI_FACTOR, "nothing", id="a passkey is two factors"),
        pytest.param(PASSWORD, {}, OFFICE, None, {}, "enrolment", id="the organisation demands one"),
        pytest.param(PASSWORD, {}, GRACE, None, {}, "nothing", id="there is time to enrol"),
        pytest.param(PASSWORD, {}, MANAGERS, None, {}, "nothing", id="another role"),
        pytest.param(PASSWORD, {"roles": frozenset({"manager"})}, MANAGERS, None, {}, "enrolment", id="the role"),
        pytest.param(PASSWORD, {}, {}, STRICT, {}, "enrolment", id="the application"),
        pytest.param(PASSWORD, {}, {}, None, MULTI_FACTOR, "nothing", id="a class that the user cannot reach"),
    ],
)
def test_one_rule_says_what_a_sign_in_still_needs(
    methods: frozenset[str], of_user: dict[str, Any], org: Any, of_client: Any, demand: Any, expected: str
) -> None:
    of_organisation = org or organisation()

    found = factors.missing(methods, user(**of_user), of_organisation, of_client, NOW, demand or factors.NO_DEMAND)

    assert found == expected


@pytest.mark.parametrize(
    ("methods", "amr", "acr"),
    [
        pytest.param(PASSWORD, ["pwd"], None, id="password"),
        pytest.param(REMEMBERED, ["pwd"], None, id="a remembered browser claims no second factor"),
        pytest.param(CODE, ["mfa", "otp", "pwd"], factors.MULTI_FACTOR_ACR, id="code"),
        pytest.param(PASSKEY, ["mfa", "swk", "user"], "phr", id="passkey"),
    ],
)
def test_methods_have_the_names_of_rfc_8176(methods: frozenset[str], amr: list[str], acr: str | None) -> None:
    assert (factors.amr(methods), factors.acr(methods)) == (amr, acr)
