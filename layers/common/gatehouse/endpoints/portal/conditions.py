"""Conditional requests of the JSON APIs (RFC 9110 section 13): entity tags, and what a caller's headers say of them."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from gatehouse.domain.portal.errors import PreconditionError


def etag(body: Any) -> str:
    """Return the entity tag of a representation (RFC 9110 section 8.8.3)."""
    content = body if isinstance(body, bytes) else json.dumps(body, sort_keys=True).encode()
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def is_known(headers: Mapping[str, str], tag: str) -> bool:
    """Say whether If-None-Match names the representation; weak tags count (RFC 9110 section 13.1.2)."""
    return _names(headers.get("if-none-match"), tag, takes_weak=True)


def check_match(headers: Mapping[str, str], current: Any) -> None:
    """Refuse if If-Match names another representation; weak tags never match (RFC 9110 section 13.1.1).

    Raises:
        PreconditionError: It changed since.
    """
    wanted = headers.get("if-match")
    if wanted is not None and not _names(wanted, etag(current), takes_weak=False):
        raise PreconditionError("The resource changed since you read it.")


def _names(header: str | None, tag: str, *, takes_weak: bool) -> bool:
    given = [one.strip() for one in (header or "").split(",")]
    if given == ["*"]:
        return True
    return tag in ([one.removeprefix("W/") for one in given] if takes_weak else given)
