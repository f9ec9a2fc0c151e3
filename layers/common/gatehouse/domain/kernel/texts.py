"""Text from outside, before it goes anywhere: what UTF-8 can spell, DynamoDB can keep, and a reader can bear.

JSON's escapes can name half a character (a lone surrogate, RFC 8259 section 8.2), which no answer and no table can
spell; NUL ends the text of other programs. Both are refused wherever JSON, base64 or percent-encoding becomes text.
"""

from typing import Any

ANSWER_MAX_BYTES = 5_500_000
"""What a function's answer may carry as text, as `carried_bytes` counts it: Lambda takes 6 MB, with all around it."""


def is_text(value: str) -> bool:
    """Say whether it is text that UTF-8 can spell, and without NUL."""
    return "\0" not in value and is_speakable(value)


def is_speakable(value: str) -> bool:
    """Say whether UTF-8 can spell it: it names no half of a character."""
    if value.isascii():
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def are_texts(value: Any) -> bool:
    """Say whether every text in a JSON value is one, the names of its members included."""
    left: list[Any] = [value]
    while left:
        one = left.pop()
        if isinstance(one, str):
            if not is_text(one):
                return False
        elif isinstance(one, dict):
            left += [*one, *one.values()]  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType]
        elif isinstance(one, list):
            left += one  # pyright: ignore[reportUnknownArgumentType]
    return True


def carried_bytes(text: str) -> int:
    """Return how long text is in the JSON of a function's answer: in UTF-8, its quotes and backslashes escaped."""
    return len(text.encode()) + text.count('"') + text.count("\\")
