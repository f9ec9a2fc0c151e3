"""Generations and their fingerprints, as stored values know them."""

import re

from gatehouse.domain.kernel import generations


def test_a_generation_is_96_random_bits_in_the_url_safe_alphabet() -> None:
    made = {generations.fresh() for _ in range(1000)}

    assert len(made) == 1000
    assert all(re.fullmatch(r"[\w-]{16}", one, re.ASCII) for one in made)


def test_the_fingerprint_of_stored_generations_never_changes() -> None:
    """JWTs carry it: another way to make it would end all that are alive."""
    assert generations.fingerprint("of the client", "of its credentials") == "C7d2zHb8qNo5faN2Hwmch-"


def test_a_fingerprint_differs_with_each_generation_and_with_their_borders() -> None:
    made = [("a", "b"), ("a", "c"), ("b", "a"), ("ab", ""), ("", "ab"), ("a", "b", "")]

    assert len({generations.fingerprint(*one) for one in made}) == len(made)
