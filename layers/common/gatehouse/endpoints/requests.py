"""HTTP API events (payload 2.0) as requests."""

import binascii
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from gatehouse.domain.kernel.errors import InvalidRequestError


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One HTTP request, as the gateway hands it over.

    Attributes:
        headers: By lower-case name; repeated ones joined by commas, as HTTP APIs do.
        source: The client's address, from the gateway and from nothing else; of IPv6 the network (see `_source`).
        arrived_at_ms: When the gateway took it, epoch milliseconds.
        origin: `https://` and the domain name that was called.
        cookies: By name; of repeated ones the first, which a browser sends for the most specific path.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    raw_body: str
    is_base64: bool
    source: str
    arrived_at_ms: int
    origin: str
    cookies: Mapping[str, str] = msgspec.field(default_factory=dict[str, str])

    @property
    def now(self) -> int:
        """The arrival as NumericDate."""
        return self.arrived_at_ms // 1000

    def body(self) -> bytes:
        """Return the body's bytes.

        Raises:
            InvalidRequestError: The gateway's base64 is broken; it never is.
        """
        try:
            return binascii.a2b_base64(self.raw_body, strict_mode=True) if self.is_base64 else self.raw_body.encode()
        except (binascii.Error, ValueError) as error:
            raise InvalidRequestError("unreadable body") from error


def parse(event: Mapping[str, Any]) -> Request:
    """Read an event of API Gateway's payload format 2.0."""
    context = event["requestContext"]
    return Request(
        method=context["http"]["method"],
        path=event["rawPath"],
        query=_encode(event.get("rawQueryString", "")),
        headers={name.lower(): value for name, value in event.get("headers", {}).items()},
        raw_body=event.get("body") or "",
        is_base64=event.get("isBase64Encoded", False),
        source=_source(context["http"]["sourceIp"]),
        arrived_at_ms=context["timeEpoch"],
        origin=f"https://{context['domainName']}",
        cookies=_parse_cookies(event["cookies"]) if "cookies" in event else {},
    )


def _encode(query: str) -> str:
    """Return a query in ASCII, as URLs are (RFC 3986 section 2.1): half a character is then refused as broken UTF-8."""
    if query.isascii():
        return query
    from urllib.parse import quote  # the gateway sends ASCII: it is not needed at start

    return quote(query.encode(errors="surrogatepass"), safe="%&=+;/?:@!$'()*,~#[]")


def _source(address: str) -> str:
    """Return whom an address stands for: of IPv6 its /64, all of which any customer has, so it counts as one."""
    if ":" not in address:
        return address
    import ipaddress  # only where there is IPv6: it is not needed at start

    try:
        parsed = ipaddress.IPv6Address(address)
    except ValueError:
        return address
    return str(parsed.ipv4_mapped or ipaddress.IPv6Network((parsed, 64), strict=False))


def _parse_cookies(cookies: Sequence[str]) -> dict[str, str]:
    """Return the cookies by name; what is not ASCII is none (RFC 6265 section 4.1.1), and none of ours."""
    pairs = (cookie.partition("=") for cookie in reversed(cookies) if cookie.isascii())
    return {name.strip(): value.strip() for name, _, value in pairs}
