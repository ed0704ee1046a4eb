"""Which addresses a server may call: those of the public internet, looked up once."""

from __future__ import annotations

import socket
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

from memeclip_core.errors import InputError

LONGEST: Final = 500
"""Characters of an address."""

_APART: Final = tuple(
    map(ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "fec0::/10", "192.88.99.0/24"))
)
"""NAT64, which stands for IPv4 addresses of any kind; a site's own; relays of 6to4."""

Resolve = Callable[[str, int], list[str]]


def split_url(url: str) -> tuple[str, int, str]:
    """Return host, port and path of an address that may be called.

    Raises:
        InputError: if it is none, such as one without https.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or 443
    except ValueError:
        raise InputError(
            "This is no address of the web. Write one such as https://host/path."
        ) from None
    plain = url.isascii() and url.isprintable() and " " not in url and "\\" not in url
    if parts.scheme != "https" or not parts.hostname or not plain or len(url) > LONGEST:
        raise InputError(
            f"A webhook's address begins with https://, names a host and has at most {LONGEST} "
            "characters of ASCII without spaces."
        )
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise InputError(
            "A webhook's address has no user name, password or fragment: what is sent is signed "
            "instead."
        )
    query = f"?{parts.query}" if parts.query else ""
    return parts.hostname, port, f"{parts.path or '/'}{query}"


def is_public(address: str) -> bool:
    """Say whether an IP address belongs to the public internet, and to no network of one's own.

    Addresses that stand for others, as by NAT64, 6to4 or Teredo, count as none.
    """
    try:
        found = ip_address(address)
    except ValueError:  # with a scope, which is this network's
        return False
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is not None:
            return _is_global(found.ipv4_mapped)
        if found.sixtofour or found.teredo:
            return False
    return _is_global(found)


def _is_global(found: IPv4Address | IPv6Address) -> bool:
    apart = found.is_multicast or found.is_reserved or any(found in own for own in _APART)
    return found.is_global and not apart


def look_up(host: str, port: int) -> list[str]:
    """Return a host's addresses; raise OSError if it has none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def find_address(
    host: str, port: int, *, resolve: Resolve = look_up, allow: Callable[[str], bool] = is_public
) -> str:
    """Return the address to call a host at; it is not asked for its address a second time.

    Raises:
        InputError: if it has none, or if any is not public: what is behind it is not for others.
    """
    try:
        found = resolve(host, port)
    except (OSError, UnicodeError):
        found = []
    if not found:
        raise InputError(f"The host '{host[:80]}' has no address that can be found.")
    if not all(map(allow, found)):
        raise InputError(
            f"The host '{host[:80]}' has an address that is not public. Name one that everybody "
            "can reach."
        )
    return found[0]
