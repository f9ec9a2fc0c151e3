"""Numbers as people type them into the pages' forms."""

from collections.abc import Mapping

from gatehouse.domain.kernel.refusals import InvalidInputError

_DIGITS_MAX = 9


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
    if not (typed.isascii() and typed.isdigit() and len(typed) <= _DIGITS_MAX) or int(typed) < minimum:
        raise InvalidInputError(f"A whole number from {minimum}, or nothing.", field=field or name)
    return int(typed)
