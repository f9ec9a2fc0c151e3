"""Redirect URIs: what a client may register, and which one a request may name (RFC 6749 section 3.1.2, RFC 8252).

Compared character by character; only the port of a loopback address may vary (RFC 9700 section 2.1).
"""

import re
from collections.abc import Iterable
from urllib.parse import parse_qsl, urlsplit

_CHARACTERS = re.compile(r"[A-Za-z0-9:/?\[\]@!$&'()*+,;=._~%-]{1,2000}")  # RFC 3986 without "#"
_LOOPBACK = re.compile(r"http://(127\.0\.0\.1|\[::1\]|localhost)(?::[0-9]{1,5})?((?:[/?].*)?)")
_OURS = frozenset({"code", "error", "error_description", "error_uri", "iss", "response", "state"})


def is_acceptable(uri: str) -> bool:
    """Say whether a client may have this redirect URI.

    It is `https`, a loopback address, or a scheme of the client's own with a dot in it (RFC 8252 section 7);
    it has no fragment, no user, and no parameter that our answer carries.
    """
    if not _CHARACTERS.fullmatch(uri):
        return False
    try:
        url = urlsplit(uri)
        names = {name for name, _ in parse_qsl(url.query, keep_blank_values=True, max_num_fields=20)}
        is_addressed = url.hostname is not None and url.username is None and (url.port or 1) > 0
    except ValueError:
        return False
    if names & _OURS:
        return False
    if url.scheme == "https":
        return is_addressed
    return _LOOPBACK.fullmatch(uri) is not None or ("." in url.scheme and not url.netloc)


def is_registered(presented: str, registered: Iterable[str]) -> bool:
    """Say whether a request may name this redirect URI."""
    return is_acceptable(presented) and any(_is_same(presented, one) for one in registered)


def _is_same(presented: str, registered: str) -> bool:
    if presented == registered:
        return True
    here, there = _LOOPBACK.fullmatch(presented), _LOOPBACK.fullmatch(registered)
    return here is not None and there is not None and here.groups() == there.groups()
