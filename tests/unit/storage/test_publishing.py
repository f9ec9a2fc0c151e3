"""Publishing on moto: atomic, by revision, and never over another API's stage."""

from contextlib import nullcontext
from typing import Any

import pytest

from gatehouse.domain.apis import api_lifecycle, published_apis, publishing, throttling_policies
from gatehouse.domain.apis.apis import Deployment, Lifecycle
from gatehouse.domain.apis.published_apis import ApiDraft, Publication
from gatehouse.domain.kernel.caller import Caller
from gatehouse.domain.kernel.refusals import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from gatehouse.storage.directory import DynamoDBDirectory
from gatehouse.storage.directory_writer import DirectoryWriter
from gatehouse.storage.dynamodb.tables import Tables
from gatehouse.storage.dynamodb.ttl_cache import TtlCache
from gatehouse.storage.publishing import DynamoDBPublishedApis
from tests import factories
from tests.factories import NOW

DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Orders", "version": "1.0.0", "description": "Of the shop"},
    "paths": {"/orders": {"get": {"security": [{"gatehouse": ["read"]}]}}},
}


PUBLISHED_STATES = tuple(one for one in api_lifecycle.LIFECYCLES if one != "BLOCKED")


@pytest.fixture
def store(tables: Tables) -> DynamoDBPublishedApis:
    DirectoryWriter(tables).save_organisation(factories.organisation())
    DirectoryWriter(tables).save_organisation(factories.organisation(key="acme"))
    return DynamoDBPublishedApis(tables)


@pytest.fixture
def directory(tables: Tables) -> DynamoDBDirectory:
    return DynamoDBDirectory(tables, TtlCache(0))


def caller(organisation: str = "johnsorg") -> Caller:
    return Caller(
        organisation=organisation,
        user_id="user-john",
        username="john@gmail.com",
        roles=frozenset({"publisher"}),
        scopes=frozenset({"apim:api_publish"}),
        at_ms=NOW * 1000,
    )


def deployment(**overrides: Any) -> Deployment:
    return factories.deployment(organisation="", api_id="", **overrides)


def test_a_published_api_is_what_the_gate_reads(store: DynamoDBPublishedApis, directory: DynamoDBDirectory) -> None:
    made = publishing.publish(store, caller(), ApiDraft(document=DOCUMENT, deployments=(deployment(),)))

    found = directory.find_deployment("000000000000", "us-east-1", "abc123", "v1")
    assert found == made.deployments[0]
    assert found is not None
    assert directory.find_api(found.organisation, found.api_id) == made
    assert (made.api_id, made.name, made.revision, made.description) == ("orders-1.0.0", "Orders", 1, "Of the shop")


def test_publishing_again_replaces_resources_and_stages_at_once(
    store: DynamoDBPublishedApis, directory: DynamoDBDirectory
) -> None:
    publishing.publish(store, caller(), ApiDraft(document=DOCUMENT, deployments=(deployment(), deployment(stage="v2"))))
    changed = {**DOCUMENT, "paths": {"/orders": {"get": {"security": [{"gatehouse": ["write"]}]}}}}

    again = publishing.publish(store, caller(), ApiDraft(document=changed, deployments=(deployment(stage="v2"),)))

    assert again.revision == 2
    assert directory.find_deployment("000000000000", "us-east-1", "abc123", "v1") is None
    assert directory.find_deployment("000000000000", "us-east-1", "abc123", "v2") == again.deployments[0]
    assert again.resources[0].scopes == {"write"}


def test_an_organisation_that_may_not_claim_stages_keeps_those_it_has(
    store: DynamoDBPublishedApis, tables: Tables
) -> None:
    publishing.publish(store, caller(), ApiDraft(document=DOCUMENT, deployments=(deployment(),)))
    DirectoryWriter(tables).save_organisation(factories.organisation(may_register_stages=False))

    again = publishing.publish(store, caller(), ApiDraft(document=DOCUMENT, deployments=(deployment(),)))
    with pytest.raises(NotAllowedError):
        publishing.publish(store, caller(), ApiDraft(document=DOCUMENT, deployments=(deployment(stage="v2"),)))

    assert again.revision == 2
    assert publishing.publish(store, caller(), ApiDraft(document=DOCUMENT, api_id="undeployed")).deployments == ()


def test_where_the_catalogue_is_full_no_other_api_is_published(store: DynamoDBPublishedApis, tables: Tables) -> None:
    DirectoryWriter(tables).save_organisation(factories.organisation(quotas={"apis": 2}))
    for api_id in ("a", "b"):
        publishing.publish(store, caller(), ApiDraft(document=DOCUMENT, api_id=api_id))

    with pytest.raises(ConflictError, match="as many APIs as it may"):
        publishing.publish(store, caller(), ApiDraft(document=DOCUMENT, api_id="c"))
    assert publishing.publish(store, caller(), ApiDraft(document=DOCUMENT, api_id="b")).revision == 2
    assert publishing.publish(store, caller("acme"), ApiDraft(document=DOCUMENT, api_id="c")).revision == 1
    publishing.delete(store, caller(), "a")
    assert publishing.publish(store, caller(), ApiDraft(document=DOCUMENT, api_id="c")).revision == 1


@pytest.mark.parametrize(
    ("quota", "message"),
    [
        pytest.param("apis", "as many APIs as it may", id="publish"),
        pytest.param("shared-apis", "shares as many APIs", id="share"),
    ],
)
def test_an_organisation_that_may_have_none_is_refused_the_first_one(
    store: DynamoDBPublishedApis, tables: Tables, quota: str, message: str
) -> None:
    DirectoryWriter(tables).save_organisation(factories.organisation(quotas={quota: 0}))

    with pytest.raises(ConflictError, match=message):
        publishing.publish(store, caller(), ApiDraft(document=DOCUMENT, visibility="ALL"))


def test_where_what_all_share_is_full_an_api_is_shared_with_chosen_ones_only(
    store: DynamoDBPublishedApis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gatehouse.storage.publishing.LISTED_MAX", 1)
    publishing.publish(store, caller("acme"), ApiDraft(document=DOCUMENT, visibility="ALL"))

    with pytest.raises(ConflictError, match="as many APIs as it may"):
        publishing.publish(store, caller(), ApiDraft(document=DOCUMENT, visibility="ALL"))
    chosen = ApiDraft(document=DOCUMENT, visibility="CHOSEN", visible_to=frozenset({"acme"}))
    assert publishing.publish(store, caller(), chosen).revision == 1
    assert publishing.publish(store, caller(), chosen).revision == 2


def test_the_organisations_that_an_api_is_shared_with_are_named_in_any_spelling(store: DynamoDBPublishedApis) -> None:
    draft = ApiDraft(document=DOCUMENT, visibility="CHOSEN", visible_to=frozenset({"ACME", "Globex"}))

    assert publishing.publish(store, caller(), draft).visible_to == {"acme", "globex"}


def test_an_api_runs_on_at_most_twenty_stages(store: DynamoDBPublishedApis) -> None:
    stages = tuple(deployment(stage=f"v{number}") for number in range(21))

    with pytest.raises(InvalidInputError, match="at most 20 stages"):
        publishing.publish(store, caller(), ApiDraft(document=DOCUMENT, deployments=stages))
    assert (
        len(publishing.publish(store, caller(), ApiDraft(document=DOCUMENT, deployments=stages[:20])).deployments) == 20
    )


def test_as_many_stages_and_organisations_change_at_once_as_one_transaction_takes(store: DynamoDBPublishedApis) -> None:
    def draft(name: str, *, stages: str) -> ApiDraft:
        return ApiDraft(
            document=DOCUMENT,
            visibility="CHOSEN",
            visible_to=frozenset(f"{name}{number}" for number in range(20)),
            deployments=tuple(deployment(stage=f"{stages}{number}") for number in range(20)),
        )

    publishing.publish(store, caller(), draft("a", stages="v"))

    with pytest.raises(InvalidInputError, match="Too many stages and organisations change at once"):
        publishing.publish(store, caller(), draft("b", stages="w"))
    publishing.publish(store, caller(), draft("a", stages="w"))
    changed = publishing.publish(store, caller(), draft("b", stages="w"))
    assert (changed.visible_to, changed.revision) == (draft("b", stages="w").visible_to, 3)


@pytest.mark.parametrize(
    ("old", "new", "is_allowed"),
    [
        pytest.param(None, {"visibility": "ALL"}, False, id="a new one with all"),
        pytest.param(None, {"visibility": "CHOSEN", "visible_to": frozenset({"acme"})}, False, id="a new one with one"),
        pytest.param(None, {}, True, id="a new one with nobody"),
        pytest.param(
            {"visibility": "CHOSEN", "visible_to": frozenset({"acme"})}, {"visibility": "ALL"}, False, id="more"
        ),
        pytest.param({"visibility": "ALL"}, {}, True, id="with the same ones"),
        pytest.param({"visibility": "ALL"}, {"visibility": "ORGANISATION"}, True, id="with fewer"),
    ],
)
def test_an_organisation_that_may_not_share_shares_no_more_than_before(
    store: DynamoDBPublishedApis, tables: Tables, old: Any, new: Any, *, is_allowed: bool
) -> None:
    if old is not None:
        publishing.publish(store, caller(), ApiDraft(document=DOCUMENT, **old))
    DirectoryWriter(tables).save_organisation(factories.organisation(shares_apis=False))

    with nullcontext() if is_allowed else pytest.raises(NotAllowedError, match="An operator must let"):
        publishing.publish(store, caller(), ApiDraft(document=DOCUMENT, **new))


def test_one_organisation_does_not_fill_the_catalogues_of_others(store: DynamoDBPublishedApis, tables: Tables) -> None:
    DirectoryWriter(tables).save_organisation(factories.organisation(quotas={"shared-apis": 2}))
    for api_id in ("a", "b"):
        publishing.publish(store, caller(), ApiDraft(document=DOCUMENT, api_id=api_id, visibility="ALL"))

    with pytest.raises(ConflictError, match="shares as many APIs"):
        publishing.publish(store, caller(), ApiDraft(document=DOCUMENT, api_id="c", visibility="ALL"))
    assert publishing.publish(store, caller(), ApiDraft(document=DOCUMENT, api_id="b")).visibility == "ALL"
    assert publishing.publish(store, caller("acme"), ApiDraft(document=DOCUMENT, visibility="ALL")).revision == 1


def test_a_stage_of_another_organisation_is_not_taken_over(
    store: DynamoDBPublishedApis, directory: DynamoDBDirectory
) -> None:
    publishing.publish(store, caller(), ApiDraft(document=DOCUMENT, deployments=(deployment(),)))

    with pytest.raises(ConflictError):
        publishing.publish(store, caller("acme"), ApiDraft(document=DOCUMENT, deployments=(deployment(),)))

    found = directory.find_deployment("000000000000", "us-east-1", "abc123", "v1")
    assert found is not None
    assert found.organisation == "johnsorg"
    assert directory.find_api("acme", "orders-1.0.0") is None


def test_two_publishers_at_once_end_in_one_api(store: DynamoDBPublishedApis) -> None:
    publishing.publish(store, caller(), ApiDraft(document=DOCUMENT))
    past = published_apis.find_past(store, caller(), "orders-1.0.0")
    publishing.publish(store, caller(), ApiDraft(document=DOCUMENT))

    entry = caller().entry("api.publish", "orders-1.0.0")
    assert store.publish_api("johnsorg", past, Publication(api=past.api, former=()), entry) is False


def test_the_lifecycle_moves_without_a_document(store: DynamoDBPublishedApis) -> None:
    publishing.publish(store, caller(), ApiDraft(document=DOCUMENT))

    moved = api_lifecycle.change_lifecycle(store, caller(), "orders-1.0.0", "DEPRECATED")

    assert store.find_api_now("johnsorg", "orders-1.0.0") == moved
    assert moved.resources
    with pytest.raises(InvalidInputError):
        api_lifecycle.change_lifecycle(store, caller(), "orders-1.0.0", "ASLEEP")


@pytest.mark.parametrize("old", api_lifecycle.LIFECYCLES)
@pytest.mark.parametrize("new", api_lifecycle.LIFECYCLES)
def test_an_api_goes_only_where_it_may(store: DynamoDBPublishedApis, old: Lifecycle, new: Lifecycle) -> None:
    publishing.publish(store, caller(), ApiDraft(document=DOCUMENT, lifecycle=None if old == "BLOCKED" else old))
    if old == "BLOCKED":
        api_lifecycle.change_lifecycle(store, caller(), "orders-1.0.0", old)
    is_lawful = new == old or new in api_lifecycle.MOVES[old]

    with nullcontext() if is_lawful else pytest.raises(ConflictError, match="can go to"):
        api_lifecycle.change_lifecycle(store, caller(), "orders-1.0.0", new)

    assert published_apis.find(store, caller(), "orders-1.0.0").lifecycle == (new if is_lawful else old)


@pytest.mark.parametrize("old", PUBLISHED_STATES)
@pytest.mark.parametrize("new", PUBLISHED_STATES)
def test_publishing_again_obeys_the_same_table(store: DynamoDBPublishedApis, old: Lifecycle, new: Lifecycle) -> None:
    publishing.publish(store, caller(), ApiDraft(document=DOCUMENT, lifecycle=old))
    is_lawful = new == old or new in api_lifecycle.MOVES[old]

    with nullcontext() if is_lawful else pytest.raises(ConflictError, match="can go to"):
        publishing.publish(store, caller(), ApiDraft(document=DOCUMENT, lifecycle=new))

    assert published_apis.find(store, caller(), "orders-1.0.0").lifecycle == (new if is_lawful else old)


def test_publishing_blocks_nothing(store: DynamoDBPublishedApis) -> None:
    with pytest.raises(InvalidInputError, match="block"):
        publishing.publish(store, caller(), ApiDraft(document=DOCUMENT, lifecycle="BLOCKED"))


def test_a_deleted_api_leaves_nothing_at_the_gate(store: DynamoDBPublishedApis, directory: DynamoDBDirectory) -> None:
    publishing.publish(store, caller(), ApiDraft(document=DOCUMENT, deployments=(deployment(),)))

    publishing.delete(store, caller(), "orders-1.0.0")

    assert directory.find_deployment("000000000000", "us-east-1", "abc123", "v1") is None
    with pytest.raises(NotFoundError):
        publishing.delete(store, caller(), "orders-1.0.0")


def test_at_most_one_tier_is_for_registered_clients(
    store: DynamoDBPublishedApis, monkeypatch: pytest.MonkeyPatch
) -> None:
    (slow,) = throttling_policies.parse_tiers("SlowSubscriptionless:10/minute")
    monkeypatch.setitem(throttling_policies.SUBSCRIPTION, slow.name, slow)
    both = frozenset({slow.name, "DefaultSubscriptionless"})

    with pytest.raises(InvalidInputError, match="At most one tier"):
        publishing.publish(store, caller(), ApiDraft(document=DOCUMENT, tiers=both))

    assert publishing.publish(store, caller(), ApiDraft(document=DOCUMENT, tiers=both - {slow.name})).open_tier


def test_another_organisation_sees_nothing_of_it(store: DynamoDBPublishedApis) -> None:
    publishing.publish(store, caller(), ApiDraft(document=DOCUMENT))

    with pytest.raises(NotFoundError):
        published_apis.find(store, caller("acme"), "orders-1.0.0")
    assert store.find_apis_of("acme") == ()


def test_routes_that_no_policy_can_tell_apart_are_flagged(store: DynamoDBPublishedApis) -> None:
    paths = {path: {"get": {"x-scope": scope}} for path, scope in [("/{x}", "a"), ("/b/{x}", "b"), ("/b/{x}/c", "c")]}

    made = publishing.publish(store, caller(), ApiDraft(document={**DOCUMENT, "paths": paths}))

    assert len(made.warnings) == 1
    assert "GET /b/{x}/c" in made.warnings[0]


@pytest.mark.parametrize(
    "overrides",
    [
        pytest.param({"document": {"swagger": "2.0"}}, id="no OpenAPI 3"),
        pytest.param({"api_id": "No Good"}, id="an id that is none"),
        pytest.param({"api_id": "gatehouse"}, id="our own id"),
        pytest.param({"tiers": frozenset({"Diamond"})}, id="an unknown tier"),
        pytest.param({"visible_to": frozenset({"no key"})}, id="an organisation that cannot be"),
        pytest.param({"deployments": (deployment(), deployment())}, id="a stage twice"),
        pytest.param({"deployments": (deployment(key_types=frozenset({"STAGING"})),)}, id="an unknown key type"),
        pytest.param({"deployments": (deployment(url="http://insecure"),)}, id="no TLS"),
        pytest.param({"deployments": (deployment(stage="a/b"),)}, id="a stage with a slash"),
        pytest.param({"document": {**DOCUMENT, "x-large": "x" * 5_000_000}}, id="too large"),
    ],
)
def test_what_cannot_be_published_is_refused(store: DynamoDBPublishedApis, overrides: Any) -> None:
    fields: dict[str, Any] = {"document": DOCUMENT, **overrides}

    with pytest.raises(InvalidInputError):
        publishing.publish(store, caller(), ApiDraft(**fields))
