"""Ids, as people type them."""

from gatehouse.domain.kernel import digests


def test_no_id_begins_with_a_dash_and_would_read_as_an_option() -> None:
    assert not [one for one in (digests.generate_id() for _ in range(2_000)) if one.startswith("-")]
