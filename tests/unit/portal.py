"""Callers and stores for the tests of the store."""

from typing import Any

from gatehouse.domain.kernel.caller import Caller
from tests.factories import NOW


def caller(**overrides: Any) -> Caller:
    """John, who is a member and nothing else."""
    fields: dict[str, Any] = {
        "organisation": "johnsorg",
        "user_id": "user-john",
        "username": "john@gmail.com",
        "roles": frozenset({"employee"}),
        "scopes": frozenset({"apim:subscribe"}),
        "at_ms": NOW * 1000,
    }
    return Caller(**(fields | overrides))
