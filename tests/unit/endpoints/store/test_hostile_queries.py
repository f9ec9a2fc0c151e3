"""Queries that are no text, at pages of the store: the way to the sign-in page carries them."""

from typing import Any

import pytest

from gatehouse.endpoints import requests
from gatehouse.endpoints.store.site import Site
from tests import http_events
from tests.refusals import answered


@pytest.mark.parametrize("query", ["\ud800=1", "cursor=\udfff", "a=%41\ud800"])
@pytest.mark.parametrize("path", ["/store/admin/audit", "/store/apis", "/store/callback"])
def test_half_a_character_in_the_query_of_a_stranger_is_no_failure(site: Site, path: str, query: str) -> None:
    sent = http_events.http("GET", f"{path}?{query}")

    answer: Any = answered(site.answer, requests.parse(sent))

    assert answer["statusCode"] < 500
