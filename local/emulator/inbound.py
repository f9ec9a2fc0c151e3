"""The request that the front has handed over, for what MiniStack does not pass down to its event builders."""

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """Who called, when (epoch milliseconds), by which name, with which cookies."""

    client_address: str
    arrived_at_ms: int
    domain_name: str
    cookies: list[str]


CURRENT: ContextVar[Inbound | None] = ContextVar("inbound", default=None)
