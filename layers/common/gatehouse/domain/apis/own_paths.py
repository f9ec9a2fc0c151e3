"""Paths of this service's own host at which published APIs answer, as operators say.

A base path mapping of API Gateway may put an API beside Gatehouse on one domain. Clients then derive the address of its
metadata from its URL (RFC 9728 section 3.1), and ask this service. Publishers only claim URLs. Operators own the host.
"""

import re
from typing import Protocol

import msgspec

from gatehouse.domain.kernel.audit import Entry
from gatehouse.domain.kernel.refusals import InvalidInputError

SEGMENTS_MAX = 6
"""How much of a path is looked up, each part by a key of one batched read."""

_PATH = re.compile(r"(?:/[A-Za-z0-9._~-]{1,64}){1,6}")
_TAKEN = frozenset(
    {".well-known", "account", "api", "authorize", "device", "device_authorization", "discover", "federated"}
    | {"introspect", "logout", "oauth2", "oidc", "openapi.json", "recover", "register", "revoke", "scim", "signin"}
    | {"signup", "static", "store", "t", "token", "userinfo"}
)
"""First parts of the paths that this service answers itself."""


class OwnPath(msgspec.Struct, frozen=True, kw_only=True):
    """A path below which an API answers."""

    path: str
    organisation: str
    api_id: str


class OwnPathStore(Protocol):
    """Where the paths are kept; every change and its audit entry are one transaction."""

    def find_own_path(self, path: str) -> OwnPath | None:
        """Return the longest stored path that a path is, or begins with; one batched read."""
        ...

    def find_own_paths(self) -> tuple[OwnPath, ...]:
        """Return all of them, by path."""
        ...

    def map_path(self, mapped: OwnPath, entry: Entry) -> bool:
        """Store a path; False if it leads to another API already."""
        ...

    def unmap_path(self, mapped: OwnPath, entry: Entry) -> bool:
        """Forget a path; False if it changed meanwhile."""
        ...


def parse(text: str) -> str:
    """Return a path that may be mapped.

    Raises:
        InvalidInputError: It is malformed, or this service answers there itself.
    """
    path = text.rstrip("/")
    if not _PATH.fullmatch(path):
        raise InvalidInputError("A path is /part, or up to 6 such parts, of letters, digits and . _ ~ -", field="path")
    if path.split("/")[1] in _TAKEN:
        raise InvalidInputError("Gatehouse answers at that path itself.", field="path")
    return path


def beginnings(path: str) -> tuple[str, ...]:
    """Return a path and all that it begins with, the longest first."""
    parts = path.strip("/").split("/")[:SEGMENTS_MAX]
    return tuple("/" + "/".join(parts[:length]) for length in range(len(parts), 0, -1))
