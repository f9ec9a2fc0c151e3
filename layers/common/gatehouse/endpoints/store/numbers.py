"""Numbers as people type them into the pages' forms."""

from collections.abc import Mapping

from gatehouse.domain.kernel.refusals import InvalidInputError

_DIGITS_MAX = 9
UNITS: Mapping[str, int] = {"1": 1, "60": 60, "3600": 3600, "86400": 86400}
"""The units of lifetimes in seconds, as forms send them."""


def is_whole(typed: str) -> bool:
    """Say whether a text is a whole number that a form may hold."""
    return typed.isascii() and typed.isdigit() and len(typed) <= _DIGITS_MAX


def parse(form: Mapping[str, str], name: str, field: str = "", *, minimum: int = 0) -> int | None:
    """Return the whole number in a field; None if it is empty.

    Args:
        form: What was typed.
        name: The field.
        field: What the domain calls it, and the page its place for errors; empty if it is the same.
        minimum: The least that is one.

    Raises:
        InvalidInputError: It is no such number.
    """
    typed = form.get(name, "").strip()
    if not typed:
        return None
    if not is_whole(typed) or int(typed) < minimum:
        raise InvalidInputError(f"A whole number from {minimum}, or nothing.", field=field or name)
    return int(typed)


def seconds(form: Mapping[str, str], name: str, field: str = "", *, minimum: int = 0) -> int | None:
    """Return the seconds of a field with a unit beside it; without one, the field is in seconds. None if it is empty.

    Raises:
        InvalidInputError: It is no such number.
    """
    count = parse(form, name, field, minimum=minimum)
    unit = form.get(f"{name}.unit", "1")
    return None if count is None else count * UNITS.get(unit, 1)
