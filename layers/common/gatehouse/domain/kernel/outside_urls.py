"""Addresses outside that we may fetch from (RFC 3986): https, port 443, a name of the public DNS, nothing hidden in it.

Names are checked here, addresses where they are resolved (`functions/fetcher`).
"""

import re

URL_MAX_CHARACTERS = 1024

_HOST_MAX_CHARACTERS = 253
_CHARACTERS = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")
_URL = re.compile(r"https://([^/?#]*)(/[^?#]*)?(\?[^#]*)?(#.*)?", re.IGNORECASE)
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"(?:{_LABEL}\.)+{_LABEL}")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_LOCAL_SUFFIXES = ("localhost", "local", "localdomain", "internal", "intranet", "lan", "home", "corp", "arpa", "onion")


def find_fault(url: str) -> str:
    """Return why nothing is fetched from the URL, as the end of a sentence; empty if it may be fetched."""
    if not 0 < len(url) <= URL_MAX_CHARACTERS or not _CHARACTERS.fullmatch(url) or _BROKEN_ESCAPE.search(url):
        return f"is no URL of at most {URL_MAX_CHARACTERS:,} ASCII characters. Percent-encode what is not ASCII"
    found = _URL.fullmatch(url)
    if found is None:
        return "does not begin with https://"
    if found[4] is not None:
        return "has a fragment (#). Remove it"
    authority = found[1].lower()
    if "@" in authority:
        return "has a user name before its host. Remove it"
    return _find_fault_of_host(authority)


def _find_fault_of_host(authority: str) -> str:
    """Return why the host is none of the public DNS; the forms of IPv4 that browsers read are none (WHATWG URL)."""
    host, colon, port = authority.partition(":") if "[" not in authority else (authority, "", "")
    last = host.rpartition(".")[2]
    if "[" in host or _NUMBER.fullmatch(last):
        return "names an IP address. Use a host name of the public DNS"
    if colon and port != "443":
        return "names a port. Only the port of https, 443, is called"
    if len(host) > _HOST_MAX_CHARACTERS or not _HOST.fullmatch(host):
        return "has no host name such as login.example.com, in ASCII (xn--) and without a dot at its end"
    if last in _LOCAL_SUFFIXES:
        return "names a host that is not in the public DNS"
    return ""


def host(url: str) -> str:
    """Return the host, in lower case, of a URL without fault."""
    return _part(url, 1).lower().removesuffix(":443")


def target(url: str) -> str:
    """Return the path and the query, as a request line has them, of a URL without fault."""
    return (_part(url, 2) or "/") + _part(url, 3)


def _part(url: str, index: int) -> str:
    found = _URL.fullmatch(url)
    return (found[index] or "") if found else ""
