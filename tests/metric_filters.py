"""CloudWatch's filter patterns for JSON, as far as the template uses them, so that tests can see what they count.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html
"""

import fnmatch
import json
import re
from typing import Any, cast

PATTERN_MAX_CHARACTERS = 1024
_TOKENS = re.compile(r'\s*(\(|\)|&&|\|\||!=|=|\$\.[\w.]+|"[^"]*")')


def matches(pattern: str, line: str) -> bool:
    """Tell whether a pattern counts a log line; one that is not JSON is never counted."""
    assert len(pattern) <= PATTERN_MAX_CHARACTERS
    assert pattern.startswith("{")
    assert pattern.endswith("}")
    try:
        event = json.loads(line)
    except ValueError:
        return False
    tokens = _tokenize(pattern[1:-1])
    found = _any(tokens, event)
    assert not tokens, f"unread: {tokens}"
    return found


def _tokenize(text: str) -> list[str]:
    tokens: list[str] = []
    position, text = 0, text.rstrip()
    while position < len(text):
        found = _TOKENS.match(text, position)
        assert found, f"no token at {text[position:]!r}"
        tokens.append(found[1])
        position = found.end()
    return tokens


def _any(tokens: list[str], event: Any) -> bool:
    found = _all(tokens, event)
    while tokens and tokens[0] == "||":
        tokens.pop(0)
        found = _all(tokens, event) or found
    return found


def _all(tokens: list[str], event: Any) -> bool:
    found = _term(tokens, event)
    while tokens and tokens[0] == "&&":
        tokens.pop(0)
        found = _term(tokens, event) and found
    return found


def _term(tokens: list[str], event: Any) -> bool:
    if tokens[0] == "(":
        tokens.pop(0)
        found = _any(tokens, event)
        assert tokens.pop(0) == ")"
        return found
    selector, operator, wanted = tokens.pop(0), tokens.pop(0), tokens.pop(0).strip('"')
    value: Any = event
    for name in selector.removeprefix("$.").split("."):
        value = cast("dict[str, Any]", value).get(name) if isinstance(value, dict) else None
    if value is None:  # a property that is not there matches nothing, not even !=
        return False
    return fnmatch.fnmatchcase(str(value), wanted) == (operator == "=")
