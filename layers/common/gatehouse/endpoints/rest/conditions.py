"""What a caller's headers ask of an answer: preconditions (RFC 9110 section 13), and JSON (section 12.5.1)."""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from gatehouse.endpoints.rest.errors import NotAcceptableError, PreconditionError

_JSON = frozenset({"application/json", "application/*", "*/*"})
_REFUSED = re.compile(r"q\s*=\s*0(\.0*)?")


def check_accept(headers: Mapping[str, str]) -> None:
    """Refuse a caller who takes no JSON.

    Raises:
        NotAcceptableError: None of the media types in Accept is.
    """
    ranges = [[part.strip().lower() for part in one.split(";")] for one in headers.get("accept", "*/*").split(",")]
    if not any(kind in _JSON and not any(map(_REFUSED.fullmatch, given)) for kind, *given in ranges):
        raise NotAcceptableError("The answer is application/json.")


def etag(body: Any) -> str:
    """Return the entity tag of a representation (RFC 9110 section 8.8.3)."""
    content = body if isinstance(body, bytes) else json.dumps(body, sort_keys=True).encode()
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def is_known(headers: Mapping[str, str], tag: str) -> bool:
    """Say whether If-None-Match names the representation; weak tags count (RFC 9110 section 13.1.2)."""
    return _names(headers.get("if-none-match"), tag, takes_weak=True)


def check_match(headers: Mapping[str, str], current: Any) -> None:
    """Refuse a change if If-Match names another representation, or If-None-Match this one (RFC 9110 section 13.1).

    Weak tags never match in If-Match.

    Args:
        headers: The request's.
        current: The representation; None if there is none, which even `*` does not match.

    Raises:
        PreconditionError: It changed since, or is there already.
    """
    wanted, unwanted = headers.get("if-match"), headers.get("if-none-match")
    if wanted is not None and (current is None or not _names(wanted, etag(current), takes_weak=False)):
        raise PreconditionError("The resource changed since you read it.")
    if current is not None and _names(unwanted, etag(current), takes_weak=True):
        raise PreconditionError("The resource is there already, as If-None-Match names it.")


def is_conditional(headers: Mapping[str, str]) -> bool:
    """Say whether the caller asks for a change of what they have seen alone."""
    return not headers.keys().isdisjoint(("if-match", "if-none-match"))


def _names(header: str | None, tag: str, *, takes_weak: bool) -> bool:
    given = [one.strip() for one in (header or "").split(",")]
    if given == ["*"]:
        return True
    return tag in ([one.removeprefix("W/") for one in given] if takes_weak else given)
