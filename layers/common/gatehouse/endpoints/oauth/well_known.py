"""The well-known paths (RFC 8615) of what clients can discover."""

from gatehouse.domain.accounts import organisations

WELL_KNOWN = ("/.well-known/oauth-authorization-server", "/.well-known/openid-configuration")
PROTECTED_RESOURCE = "/.well-known/oauth-protected-resource"


def locate(path: str) -> tuple[str, str | None]:
    """Undo RFC 8414's insertion: `/.well-known/x/t/johnsorg` becomes `/.well-known/x` of johnsorg.

    What follows RFC 9728's well-known path is the endpoint's own to read.

    Raises:
        InvalidRequestError: The path names no possible organisation.
    """
    if not path.startswith("/.well-known/"):
        return path, None
    for well_known in WELL_KNOWN:
        if path.startswith(f"{well_known}/t/"):
            return well_known, organisations.parse_key(path.removeprefix(f"{well_known}/t/"))
    if path.startswith(f"{PROTECTED_RESOURCE}/"):
        return PROTECTED_RESOURCE, None
    return path, None
