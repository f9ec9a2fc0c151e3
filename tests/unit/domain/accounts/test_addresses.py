"""E-mail addresses: what SES takes, and nothing that it would refuse each time."""

import pytest

from gatehouse.domain.accounts import addresses


@pytest.mark.parametrize(
    "email", ["anna@example.com", "anna.b+c@mail.example.com", "a@b-c.example", "o'neil@example.com"]
)
def test_these_are_addresses(email: str) -> None:
    assert addresses.is_address(email)


@pytest.mark.parametrize(
    "email",
    [
        pytest.param(".anna@example.com", id="a dot at the beginning"),
        pytest.param("anna.@example.com", id="a dot at the end"),
        pytest.param("an..na@example.com", id="two dots in a row"),
        pytest.param("...@example.com", id="dots alone"),
        pytest.param("anna@.example.com", id="a domain that begins with a dot"),
        pytest.param("anna@example..com", id="two dots in the domain"),
        pytest.param("anna@example.com.", id="a domain that ends with a dot"),
        pytest.param("anna@@example.com", id="two @"),
        pytest.param(f"{'a' * 65}@example.com", id="a long local part"),
    ],
)
def test_these_are_not(email: str) -> None:
    assert not addresses.is_address(email)
