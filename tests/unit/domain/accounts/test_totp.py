"""One-time passwords, by the vectors of RFC 6238 appendix B; codes are cut to six digits."""

import pytest

from gatehouse.domain.accounts import recovery_codes, totp
from gatehouse.domain.kernel import sealing

SECRET = b"12345678901234567890"


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (59, "94287082"),
        (1_111_111_109, "07081804"),
        (1_111_111_111, "14050471"),
        (1_234_567_890, "89005924"),
        (2_000_000_000, "69279037"),
        (20_000_000_000, "65353130"),
    ],
)
def test_codes_are_those_of_the_rfc(seconds: int, expected: str) -> None:
    assert totp.code(SECRET, seconds // 30) == expected[-6:]


@pytest.mark.parametrize(("drift", "is_right"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_a_clock_may_be_one_step_off(drift: int, *, is_right: bool) -> None:
    now = 1_800_000_000

    found = totp.match(SECRET, totp.code(SECRET, (now + drift) // 30), now, 0)

    assert (found == (now + drift) // 30) is is_right


def test_a_step_that_was_used_and_those_before_it_are_refused() -> None:
    now, step = 1_800_000_000, 60_000_000

    assert totp.match(SECRET, totp.code(SECRET, step), now, step) is None
    assert totp.match(SECRET, totp.code(SECRET, step - 1), now, step) is None
    assert totp.match(SECRET, totp.code(SECRET, step + 1), now, step) == step + 1


def test_the_qr_code_names_organisation_and_account() -> None:
    uri = totp.uri(SECRET, issuer="Johns Org", account="john@gmail.com@johnsorg")

    assert uri == (
        "otpauth://totp/Johns%20Org:john@gmail.com@johnsorg?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Johns%20Org"
    )


def test_recovery_codes_are_ten_of_80_bits_and_are_typed_as_people_type() -> None:
    codes = recovery_codes.generate()

    assert len(set(codes)) == 10
    assert all(len(one.replace("-", "")) == 16 for one in codes)
    assert recovery_codes.digest(codes[0]) == recovery_codes.digest(codes[0].lower().replace("-", " "))


def test_what_is_sealed_opens_under_its_key_and_in_its_context_only() -> None:
    key = sealing.derive_key("text of a secret")
    sealed = sealing.seal(key, SECRET, "app johnsorg user-john")

    assert sealing.open_sealed(key, sealed, "app johnsorg user-john") == SECRET
    assert sealing.open_sealed(key, sealed, "app johnsorg user-mary") is None
    assert sealing.open_sealed(sealing.derive_key("other"), sealed, "app johnsorg user-john") is None
    assert sealing.open_sealed(key, b"short", "app johnsorg user-john") is None
