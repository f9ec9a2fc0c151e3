"""Which IP addresses are of the public internet, whatever form they hide in."""

from ipaddress import IPv4Address, IPv6Network, ip_address

_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
_IPV4_MASK = 0xFFFF_FFFF
_ISATAP = (0x0000_5EFE, 0x0200_5EFE)


def is_public(text: str) -> bool:
    """Say whether a resolved address is public; an IPv4 address inside of an IPv6 one must be public too.

    Unwrapped are IPv4-mapped (RFC 4291 section 2.5.5.2), NAT64 (RFC 6052) and ISATAP (RFC 5214) addresses. 6to4
    (RFC 3056, historic by RFC 7526) and Teredo (RFC 4380) are refused, and so is all that is outside of 2000::/3:
    link-local and site-local addresses, NAT64's local prefix (RFC 8215), IPv4-compatible ones.
    """
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if isinstance(address, IPv4Address):
        return _is_public_ipv4(address)
    if address.scope_id is not None:
        return False
    if address.ipv4_mapped is not None:
        return _is_public_ipv4(address.ipv4_mapped)
    if address in _NAT64:
        return _is_public_ipv4(IPv4Address(int(address) & _IPV4_MASK))
    if address.sixtofour is not None or address.teredo is not None:
        return False
    is_isatap = int(address) >> 32 & _IPV4_MASK in _ISATAP
    if is_isatap and not _is_public_ipv4(IPv4Address(int(address) & _IPV4_MASK)):
        return False
    return address in _GLOBAL_UNICAST and address.is_global and not address.is_multicast


def _is_public_ipv4(address: IPv4Address) -> bool:
    return address.is_global and not (address.is_multicast or address.is_reserved)
