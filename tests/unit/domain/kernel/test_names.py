"""Names that people give: what can be seen, in one spelling."""

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatehouse.domain.accounts import usernames
from gatehouse.domain.apis import openapi
from gatehouse.domain.apis.openapi import OpenApiError
from gatehouse.domain.kernel import names
from gatehouse.domain.kernel.refusals import InvalidInputError
from gatehouse.domain.portal import applications
from gatehouse.domain.portal.applications import ApplicationInput
from tests.unit import portal

UNSEEN = [
    pytest.param("pay\u202epal", id="turned around"),
    pytest.param("pay\u2066pal", id="isolated"),
    pytest.param("pay\u200bpal", id="zero width space"),
    pytest.param("pay\u200dpal", id="zero width joiner"),
    pytest.param("pay\u00adpal", id="soft hyphen"),
    pytest.param("pay\u00a0pal", id="no-break space"),
    pytest.param("pay\u3164pal", id="Hangul filler"),
    pytest.param("pay\u2800pal", id="empty Braille"),
    pytest.param("pay\u034fpal", id="grapheme joiner"),
    pytest.param("pay\ufe0fpal", id="variation selector"),
    pytest.param("pay\U000e0061pal", id="tag"),
    pytest.param("pay\npal", id="two lines"),
    pytest.param("pay\ud800pal", id="half a character"),
]


@pytest.mark.parametrize("name", UNSEEN)
def test_what_nobody_sees_is_in_no_name(name: str) -> None:
    assert names.parse(name, 100) is None
    assert usernames.normalise(name) is None


@pytest.mark.parametrize("name", UNSEEN)
def test_no_application_or_api_has_such_a_name(name: str) -> None:
    store: Any = None  # the name is refused before anything is stored

    with pytest.raises(InvalidInputError, match="invalid characters"):
        applications.create(store, portal.caller(), ApplicationInput(name=name))
    with pytest.raises(OpenApiError, match="title"):
        openapi.parse(
            {"openapi": "3.0.3", "info": {"title": name, "version": "1"}, "paths": {}}, organisation="o", api_id="a"
        )


@pytest.mark.parametrize("name", ["Zoë's Café", "Ωmega", "株式会社", "שלום", "Straße 7 & Co.", "👋 Hello"])
def test_names_of_the_world_stay_as_they_are(name: str) -> None:
    assert names.parse(f"  {unicodedata.normalize('NFD', name)} ", 100) == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize("name", ["", "   ", "a" * 101])
def test_a_name_has_a_length(name: str) -> None:
    assert names.parse(name, 100) is None


@given(st.text())
def test_a_name_has_one_spelling(text: str) -> None:
    name = names.parse(text, 100)

    assert name is None or names.parse(name, 100) == name
    assert name == names.parse(unicodedata.normalize("NFD", text), 100)
