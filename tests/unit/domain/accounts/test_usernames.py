"""Usernames as people type them, and organisation keys (design section 4)."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatehouse.domain.accounts import organisations, usernames
from gatehouse.domain.accounts.usernames import Login
from gatehouse.domain.kernel.errors import InvalidRequestError


@pytest.mark.parametrize(
    ("typed", "login"),
    [
        pytest.param("peter", ("johnsorg", "peter"), id="plain"),
        pytest.param("peter@acme", ("acme", "peter"), id="with an organisation"),
        pytest.param("peter@ACME", ("acme", "peter"), id="organisation in another case"),
        pytest.param("Peter@acme", ("acme", "peter"), id="username in another case"),
        pytest.param("john@gmail.com", ("johnsorg", "john@gmail.com"), id="e-mail"),
        pytest.param("john@gmail.com@acme", ("acme", "john@gmail.com"), id="e-mail with an organisation"),
        pytest.param("john@intranet@acme", ("acme", "john@intranet"), id="e-mail of a host without a dot"),
        pytest.param("john@intranet", ("intranet", "john"), id="the same alone is an organisation"),
        pytest.param("a.b", ("johnsorg", "a.b"), id="a dot alone"),
        pytest.param("a#b|c", ("johnsorg", "a#b|c"), id="separators of other systems"),
        pytest.param("a%40b", ("johnsorg", "a%40b"), id="an encoded at sign is none"),
        pytest.param("john smith", ("johnsorg", "john smith"), id="a space inside"),
        pytest.param("😀", ("johnsorg", "😀"), id="emoji"),
        pytest.param("CAFE\u0301", ("johnsorg", "caf\u00e9"), id="decomposed"),
        pytest.param("STRASSE", ("johnsorg", "strasse"), id="upper case of sharp s"),
        pytest.param("straße", ("johnsorg", "strasse"), id="sharp s"),
        pytest.param("ΣΊΣΥΦΟΣ", ("johnsorg", "σίσυφοσ"), id="final sigma"),
        pytest.param("x" * 512, ("johnsorg", "x" * 512), id="512 bytes"),
        pytest.param(" peter", ("johnsorg", "peter"), id="a space before"),
        pytest.param("peter ", ("johnsorg", "peter"), id="a space behind, as keyboards of phones add it"),
        pytest.param("  john@gmail.com@acme  ", ("acme", "john@gmail.com"), id="spaces around both"),
    ],
)
def test_a_typed_name_is_one_account(typed: str, login: tuple[str, str]) -> None:
    assert usernames.parse(typed, "johnsorg") == Login(*login)


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param("", id="nothing"),
        pytest.param(" ", id="a space"),
        pytest.param("@", id="only an at sign"),
        pytest.param("@@", id="two at signs"),
        pytest.param("a@@b", id="two in a row"),
        pytest.param("a@", id="at the end"),
        pytest.param("@johnsorg", id="at the start"),
        pytest.param("a@b.c@d@e", id="four segments"),
        pytest.param("a@b@c.d", id="an organisation with a dot"),
        pytest.param("peter@9lives", id="an organisation that starts with a digit"),
        pytest.param("peter@x", id="an organisation of one character"),
        pytest.param("peter@" + "x" * 64, id="an organisation of 64 characters"),
        pytest.param("peter@jöhn", id="an organisation with an umlaut"),
        pytest.param("peter@john\n", id="an organisation with a line feed"),
        pytest.param(" @johnsorg", id="a space before the organisation"),
        pytest.param("pe\0ter", id="NUL"),
        pytest.param("pe\nter", id="line feed"),
        pytest.param("pe\u200bter", id="zero-width space"),
        pytest.param("pe\u202eter", id="bidirectional override"),
        pytest.param("pe\u00a0ter", id="no-break space"),
        pytest.param("x" * 513, id="513 bytes"),
        pytest.param("x" * 1000, id="1,000 characters"),
        pytest.param("😀" * 129, id="516 bytes of emoji"),
        pytest.param("ß" * 257, id="514 bytes after case folding"),
    ],
)
def test_what_no_account_can_be_called_is_nobody(typed: str) -> None:
    assert usernames.parse(typed, "johnsorg") is None


@pytest.mark.parametrize("username", ["john", "john@gmail.com", "john@intranet", "a.b", "john smith"])
def test_a_username_that_somebody_can_type(username: str) -> None:
    assert usernames.can_be_typed(username, "johnsorg")


@pytest.mark.parametrize("username", ["a@b@c", "a@b.c@d", "a@", "@a", "a@b@c.d", "a@b@c@d", " a", ""])
def test_a_username_that_always_means_another_account(username: str) -> None:
    assert not usernames.can_be_typed(username, "johnsorg")


@given(st.text(max_size=40))
def test_a_spelling_is_its_own_spelling(text: str) -> None:
    spelling = usernames.normalise(text)

    assert spelling is None or usernames.normalise(spelling) == spelling


@given(st.text(max_size=40))
def test_decomposed_and_composed_names_are_the_same(text: str) -> None:
    assert usernames.normalise(unicodedata.normalize("NFD", text)) == usernames.normalise(
        unicodedata.normalize("NFC", text)
    )


@given(st.text(max_size=60))
def test_every_typed_text_is_somebody_or_nobody(typed: str) -> None:
    login = usernames.parse(typed, "johnsorg")

    assert login is None or organisations.is_key(login.organisation)


@given(st.text(max_size=60), st.text(max_size=60))
def test_nobody_is_no_account_and_one_for_each_text(one: str, other: str) -> None:
    nobody = usernames.nobody(one, "johnsorg")

    assert usernames.normalise(nobody.username) is None
    assert (nobody == usernames.nobody(other, "johnsorg")) == (one == other)


@pytest.mark.parametrize("text", ["johnsorg", "JohnsOrg", "ab", "a1", "a-", "x" * 63])
def test_an_organisation_key_has_one_spelling(text: str) -> None:
    assert organisations.parse_key(text) == text.lower()


@pytest.mark.parametrize(
    "text",
    ["", "a", "1a", "-a", "x" * 64, "a_b", "a.b", "a b", "a#b", "jöhn", "ab\n", "İx", "\u212aeys", "a\0b", "../ab"],
)
def test_what_is_no_organisation_key_is_refused(text: str) -> None:
    assert not organisations.is_key(text)
    with pytest.raises(InvalidRequestError):
        organisations.parse_key(text)
