"""JSON bodies as values, refused in WSO2's words."""

from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import parse_qsl

import msgspec

from gatehouse.domain.kernel import texts
from gatehouse.domain.kernel.paging import LIMIT_DEFAULT, LIMIT_MAX, Window
from gatehouse.domain.kernel.refusals import InvalidInputError

DISALLOWED = "One or more request body parameters contain disallowed values."
_OFFSET_MAX = 1_000_000
_PARAMETERS_MAX = 32


class Fields(msgspec.Struct, frozen=True):
    """A JSON object, read field by field; each reader raises InvalidInputError for a value of another type."""

    values: Mapping[str, Any]

    def text(self, name: str, default: str = "") -> str:
        """Return a text; null counts as absent."""
        value = self.values.get(name)
        if value is None:
            return default
        if not _is_text(value):
            raise InvalidInputError(DISALLOWED, field=name)
        return cast("str", value)

    def choice[T: str](self, name: str, choices: tuple[T, ...], default: str = "") -> T:
        """Return one of the choices; a missing one without a default is refused."""
        value = self.text(name, default)
        for one in choices:
            if one == value:
                return one
        raise InvalidInputError(DISALLOWED, field=name)

    def texts(self, name: str, *, is_required: bool = False) -> tuple[str, ...]:
        """Return a list of texts; a missing one is empty, or refused if it is required."""
        value = self.values.get(name)
        if value is None and not is_required:
            return ()
        if not isinstance(value, list) or not all(map(_is_text, cast("list[Any]", value))):
            raise InvalidInputError(DISALLOWED, field=name)
        return tuple(cast("list[str]", value))

    def number(self, name: str, default: int | None = None) -> int | None:
        """Return a whole number, also one that is spelled as text, as WSO2's clients do."""
        value = self.values.get(name)
        if value is None or value == "":
            return default
        if isinstance(value, str) and value.removeprefix("-").isascii() and value.removeprefix("-").isdigit():
            value = int(value[:20])
        if not isinstance(value, int) or isinstance(value, bool):
            raise InvalidInputError(DISALLOWED, field=name)
        return value

    def fields(self, name: str) -> "Fields":
        """Return an object; empty if there is none."""
        return parse(self.values.get(name, {}), is_empty_allowed=True)

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return a truth value, also one that is spelled as text."""
        value = self.values.get(name)
        if value is None:
            return default
        if value in ("true", "false"):
            return value == "true"
        if not isinstance(value, bool):
            raise InvalidInputError(DISALLOWED, field=name)
        return value


def parse(body: Any, *, is_empty_allowed: bool = False) -> Fields:
    """Return the fields of a JSON object.

    Raises:
        InvalidInputError: There is none.
    """
    if body is None and not is_empty_allowed:
        raise InvalidInputError("Request payload cannot be empty.")
    if body is None:
        return Fields({})
    if not isinstance(body, dict):
        raise InvalidInputError("Malformed request body.")
    return Fields(cast("dict[str, Any]", body))


def window(query: Mapping[str, str], *, is_descending: bool = False) -> Window:
    """Return which page a query string asks for.

    Raises:
        InvalidInputError: `limit` or `offset` are no numbers.
    """
    fields = Fields(query)
    limit, offset = fields.number("limit", LIMIT_DEFAULT), fields.number("offset", 0)
    return Window(
        limit=max(1, min(limit or LIMIT_DEFAULT, LIMIT_MAX)),
        offset=max(0, min(offset or 0, _OFFSET_MAX)),
        cursor=query.get("cursor", ""),
        is_descending=is_descending,
    )


def query(text: str) -> dict[str, str]:
    """Return the parameters of a query string; of repeated ones the last.

    Raises:
        InvalidInputError: There are more than 32.
    """
    try:
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=_PARAMETERS_MAX))
    except ValueError as error:
        raise InvalidInputError("The query has too many parameters.") from error


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and texts.is_text(value)
