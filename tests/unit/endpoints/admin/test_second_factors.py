"""Second factors for administrators: demanding them, and resetting those of a member who lost theirs."""

import pytest

from gatehouse.domain.accounts.second_factors import SecondFactors
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.second_factors import DynamoDBSecondFactors
from tests import factories
from tests.factories import NOW
from tests.unit.endpoints.members import Admin

DAY = 86_400


@pytest.fixture
def mary(organisations: DirectoryWriter, tables: Tables) -> str:
    """Mary, who has an authenticator app."""
    user = factories.user(user_id="user-mary", username="mary@gmail.com", factors=frozenset({"totp"}))
    organisations.save_user(user)
    tables.put(tables.directory, {**_key(), "app_secret": {"B": "c2VhbGVk"}, "revision": {"N": "1"}})
    return user.username


def _key() -> dict[str, dict[str, str]]:
    return {"pk": {"S": "FACTORS#johnsorg#user-mary"}}


def _factors(tables: Tables) -> SecondFactors:
    return DynamoDBSecondFactors(tables).find_factors("johnsorg", "user-mary")[0]


def test_an_administrator_resets_the_factors_of_a_member(admin: Admin, mary: str, tables: Tables) -> None:
    before = admin("GET", f"/members/{mary}").json
    answer = admin("POST", f"/members/{mary}/reset-factors")

    assert before["secondFactors"] == ["totp"]
    assert (answer.status, answer.json["secondFactors"]) == (200, [])
    assert not _factors(tables).kinds
    lines = [(one["action"], one["target"], one["detail"]) for one in admin("GET", "/audit").json["list"]]
    assert lines[0] == ("member.reset-factors", mary, "totp")


def test_it_ends_everything_of_the_member(admin: Admin, mary: str, organisations: DirectoryWriter) -> None:
    del organisations
    before = admin("GET", f"/members/{mary}")
    admin("POST", f"/members/{mary}/reset-factors")
    after = admin("GET", f"/members/{mary}")

    assert before.status == after.status == 200


def test_administrators_cannot_reset_their_own(admin: Admin) -> None:
    assert admin("POST", "/members/ada/reset-factors").status == 400


def test_a_demand_begins_after_the_days_of_grace(admin: Admin, store: object) -> None:
    del store
    shown = admin("PUT", "/settings", {"secondFactor": True, "secondFactorGraceDays": 3}).json

    assert (shown["secondFactor"], shown["secondFactorGraceDays"]) == (True, 3)
    assert shown["secondFactorFrom"] == NOW + 3 * DAY


def test_another_role_gets_no_new_time_and_other_days_do(admin: Admin) -> None:
    admin("PUT", "/settings", {"secondFactor": True, "secondFactorGraceDays": 0})
    widened = admin("PUT", "/settings", {"secondFactorRoles": ["manager"]}).json
    renewed = admin("PUT", "/settings", {"secondFactorGraceDays": 2}).json

    assert (widened["secondFactorFrom"], renewed["secondFactorFrom"]) == (NOW, NOW + 2 * DAY)


@pytest.mark.parametrize(
    "wrong",
    [
        {"secondFactorGraceDays": 91},
        {"secondFactorGraceDays": -1},
        {"rememberedBrowserDays": 91},
        {"secondFactorRoles": ["no role!"]},
        {"secondFactor": "yes"},
    ],
)
def test_a_wrong_setting_is_refused(admin: Admin, wrong: dict[str, object]) -> None:
    assert admin("PUT", "/settings", wrong).status == 400
