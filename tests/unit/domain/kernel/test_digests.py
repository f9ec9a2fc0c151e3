"""Ids as people type them, and digests beside those of the standard library."""

import base64
import hashlib
import hmac
import secrets

import pytest

from gatehouse.domain.kernel import digests
from gatehouse.domain.kernel.digests import HmacKey


def test_no_id_begins_with_a_dash_and_would_read_as_an_option() -> None:
    assert not [one for one in (digests.generate_id() for _ in range(2_000)) if one.startswith("-")]


@pytest.mark.parametrize("octets", [0, 1, 12, 16, 31, 32, 33, 255])
def test_bytes_are_spelt_as_the_standard_library_does(octets: int) -> None:
    secret = secrets.token_bytes(octets)

    assert digests.base64url(secret) == base64.urlsafe_b64encode(secret).rstrip(b"=").decode()
    assert len(digests.random_text(octets)) == len(digests.base64url(secret))


@pytest.mark.parametrize("text", [b"", b"x", b"a consumer secret", b"y" * 1_000])
def test_digests_are_those_of_the_standard_library(text: bytes) -> None:
    assert digests.sha256(text) == hashlib.sha256(text).digest()
    assert digests.sha256(text) == hashlib.sha256(text).digest()


@pytest.mark.parametrize("size", [0, 1, 32, 63, 64])
def test_a_key_signs_as_the_standard_library_does_however_often(size: int) -> None:
    key = secrets.token_bytes(size)
    signing = HmacKey(key)

    for text in (b"", b"text", b"z" * 1_000):
        assert signing.sign(text) == hmac.digest(key, text, "sha256")


def test_a_key_that_hmac_would_digest_first_is_refused() -> None:
    with pytest.raises(ValueError, match="longer"):
        HmacKey(b"x" * 65)
