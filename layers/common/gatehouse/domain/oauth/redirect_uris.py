"""Redirect URIs: what a client may register, and which one a request may name (RFC 6749 section 3.1.2, RFC 8252).

Compared character by character; only the port of a loopback address may vary (RFC 9700 section 2.1).
"""

import re
from collections.abc import Iterable, Sequence
from urllib.parse import SplitResult, parse_qsl, urlsplit

_CHARACTERS = re.compile(r"[A-Za-z0-9:/?\[\]@!$&'()*+,;=._~%-]{1,2000}")  # RFC 3986 without "#"
_LOOPBACK = re.compile(r"http://(127\.0\.0\.1|\[::1\]|localhost)(?::[0-9]{1,5})?((?:[/?].*)?)")
_OURS = frozenset({"code", "error", "error_description", "error_uri", "iss", "response", "state"})


def find_fault(uri: str) -> str:
    """Return what a client has to change before it may have this redirect URI, as a sentence; empty if nothing.

    It is `https`, a loopback address, or a scheme of the client's own with a dot in it (RFC 8252 section 7);
    it has no fragment, no user, and no parameter that our answer carries.
    """
    if uri.startswith("regexp="):
        return "Regular expressions are not supported: list each URL, without 'regexp='."
    if "#" in uri:
        return "A redirect URI has no fragment: remove '#' and what follows (RFC 6749 section 3.1.2)."
    if not _CHARACTERS.fullmatch(uri):
        return "A redirect URI has at most 2,000 characters, all of RFC 3986: percent-encode others, spaces too."
    try:
        url = urlsplit(uri)
        names = {name for name, _ in parse_qsl(url.query, keep_blank_values=True, max_num_fields=20)}
        is_addressed = url.hostname is not None and url.username is None and (url.port or 1) > 0
    except ValueError:
        return "It is not a URI, or has more than 20 parameters."
    if names & _OURS:
        return f"Remove the parameter {min(names & _OURS)!r}: the answer carries it."
    if url.scheme == "https":
        return "" if is_addressed else "An https URI needs a host and no user name."
    if _LOOPBACK.fullmatch(uri):
        return ""
    return _find_fault_of_scheme(url)


def _find_fault_of_scheme(url: SplitResult) -> str:
    """Return why a scheme other than https is not acceptable here (RFC 8252 sections 7.1 and 7.3)."""
    if url.scheme == "http":
        return "Use https. http is for the loopback addresses 127.0.0.1, [::1] and localhost only."
    if "." not in url.scheme:
        return "Use https, or an app's own scheme with a dot in it, such as com.example.app:/callback (RFC 8252)."
    if url.netloc:
        return (
            f"Write {url.scheme}:/{url.netloc}{url.path}: an app's own scheme takes one slash (RFC 8252 section 7.1)."
        )
    return ""


def find_fault_of_all(uris: Sequence[str]) -> str:
    """Return what has to change before a client may have all of them, naming the first wrong one; empty if nothing."""
    faults = ((uri, find_fault(uri)) for uri in uris)
    return next((f"{uri[:200]}: {fault}" for uri, fault in faults if fault), "")


def is_registered(presented: str, registered: Iterable[str]) -> bool:
    """Say whether a request may name this redirect URI."""
    return not find_fault(presented) and any(_is_same(presented, one) for one in registered)


def _is_same(presented: str, registered: str) -> bool:
    if presented == registered:
        return True
    here, there = _LOOPBACK.fullmatch(presented), _LOOPBACK.fullmatch(registered)
    return here is not None and there is not None and here.groups() == there.groups()
