"""How large documents of APIs may be."""

import json
import secrets
from typing import Any

import pytest

from gatehouse.domain.kernel import item_sizes
from gatehouse.storage.dynamodb import keys
from tests.unit.endpoints.publisher.conftest import Publisher
from tests.unit.endpoints.publisher.parcels import DOCUMENT


def test_a_document_of_nearly_4_mib_is_stored_compressed_and_given_back(publisher: Publisher) -> None:
    large = {
        **DOCUMENT,
        "x-long": [f"{one % 1000:07d}" for one in range(190_000)],
        "x-more": "é" * 300_000 + "x" * 1_000_000,
    }

    made = publisher.call("POST", "/apis", {"document": large})

    assert made.status == 201
    assert publisher.call("GET", "/apis/orders-1.0.0/openapi").json == large
    stored = publisher.tables.get(publisher.tables.directory, keys.api_document("johnsorg", "orders-1.0.0"))
    assert stored is not None
    assert len(stored["document"]) < 350 * 1024 < len(json.dumps(large))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        pytest.param({"x-long": "x" * 4_200_000}, "at most 4 MiB", id="over 4 MiB"),
        pytest.param({"x-long": "x" * 5_000_000}, "at most 4 MiB", id="5 MB"),
        pytest.param({"x-long": secrets.token_hex(400_000)}, "when it is compressed", id="not compressible"),
        pytest.param({"x-long": '"' * 1_900_000}, "so many quotes", id="quotes"),
        pytest.param({"x-long": '"' * 1_100_000 + "語" * 600_000}, "so many quotes", id="quotes and three bytes each"),
        pytest.param({"x-long": "x" * 7_000_000}, "too large", id="7 MB"),
    ],
)
def test_a_document_that_is_too_large_is_a_400_that_says_so(publisher: Publisher, more: Any, said: str) -> None:
    refused = publisher.call("POST", "/apis", {"document": {**DOCUMENT, **more}})

    assert refused.status == 400
    assert said in refused.json["description"]


def test_routes_and_scopes_that_do_not_fit_into_an_item_are_a_400(publisher: Publisher) -> None:
    """DynamoDB refused the item, and that was a 500."""
    names = [f"{'s' * 200}{number:02}" for number in range(100)]
    paths = {
        f"/a{number}": {"get": {"security": [{"gatehouse": names}], "responses": {"200": {"description": "OK"}}}}
        for number in range(30)
    }

    refused = publisher.call("POST", "/apis", {"document": {**DOCUMENT, "paths": paths}})

    assert refused.status == 400
    assert "at most 370 KiB are stored" in refused.json["description"]


def test_an_api_of_the_largest_size_is_published_and_has_attachments(publisher: Publisher) -> None:
    """All members together stay below what DynamoDB takes, whichever of them are large."""
    names = [f"{'s' * 200}{number:02}" for number in range(100)]
    paths = {
        f"/a{number}/{'b' * 200}": {
            "get": {"security": [{"gatehouse": names}], "responses": {"200": {"description": "OK"}}}
        }
        for number in range(14)
    }
    text = {"description": "\u00e9" * 16_000}
    assert (
        publisher.call(
            "PUT", "/apis/large", {"document": {**DOCUMENT, "info": {**DOCUMENT["info"], **text}, "paths": paths}}
        ).status
        == 200
    )

    for number in range(10):
        added = {"name": f"{number}" + "\u00e9" * 59, "summary": "\u00e9" * 300, "sourceType": "URL"}
        url = {"sourceUrl": "https://" + "a" * 500, "type": "HOWTO"}
        assert publisher.call("PUT", f"/apis/large/documents/d{number}", {**added, **url}).status == 200

    stored = publisher.tables.get(publisher.tables.directory, keys.api("johnsorg", "large"))
    assert stored is not None
    assert 320 * 1024 < item_sizes.of(stored) < item_sizes.ITEM_MAX_BYTES


def test_an_api_takes_over_the_stages_of_at_most_three_others(publisher: Publisher) -> None:
    places = [
        {"account": "000000000000", "region": "us-east-1", "gatewayId": f"abc{number}", "stage": "v1"}
        for number in range(4)
    ]
    for number, place in enumerate(places):
        body = {"document": DOCUMENT, "deployments": [place]}
        publisher.call("PUT", f"/apis/orders{number}", body)
        publisher.call("PUT", f"/apis/orders{number}", {**body, "deployments": []})

    refused = publisher.call("PUT", "/apis/all", {"document": DOCUMENT, "deployments": places})

    assert (refused.status, refused.json["error"][0]["code"]) == (400, "400_deployments")
    assert publisher.call("PUT", "/apis/all", {"document": DOCUMENT, "deployments": places[:3]}).status == 200


def test_other_bodies_stay_small(publisher: Publisher) -> None:
    refused = publisher.call("POST", "/apis/orders/change-lifecycle", {"lifecycle": "x" * 300_000})

    assert (refused.status, refused.json["description"]) == (400, "The request body is too large.")
