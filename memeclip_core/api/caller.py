"""Who is at the other end of a request, past the proxies that the settings trust and no others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any, Final

ADDRESS_KEY: Final = "memeclip.address"
NAME_KEY: Final = "memeclip.name"
"""Where a request's scope holds where it comes from, and who signed in there."""

_BLOCK = 64
"""The bits of an IPv6 address that one subscriber cannot choose; the others are free to pick."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxies:
    """Whose word on the caller counts.

    Attributes:
        trusted: addresses and networks, such as 127.0.0.1 or 10.0.0.0/8.
        private: whether every address that is not public is a proxy's, as on a Space.
    """

    trusted: tuple[str, ...] = ()
    private: bool = False

    def trust(self, address: str) -> bool:
        """Say whether this is the address of a trusted proxy."""
        found = read_address(address)
        if found is None:
            return False
        if self.private and not found.is_global:
            return True
        return any(found in ip_network(network, strict=False) for network in self.trusted)

    def caller(self, peer: str, forwarded: str) -> str:
        """Return where a request comes from, as it counts for limits.

        Each proxy appends whom it was called by, so the list is read from its end, and only as far
        as trusted proxies wrote it: what stands before is the caller's own invention.

        Args:
            peer: the address at the other end of the connection.
            forwarded: ``X-Forwarded-For``, or "".
        """
        address = peer
        for entry in reversed(forwarded.split(",")):
            if not self.trust(address) or read_address(entry) is None:
                break
            address = entry
        return _counted(address)


def read_caller(scope: Mapping[str, Any]) -> str:
    """Return as whom a request counts: who signed in, else where it comes from."""
    return str(scope.get(NAME_KEY) or scope.get(ADDRESS_KEY) or "")


def read_address(text: str) -> IPv4Address | IPv6Address | None:
    """Return an address with or without its port, or ``None`` if this is none."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found


def _counted(address: str) -> str:
    found = read_address(address)
    if found is None:
        return address.strip()
    if isinstance(found, IPv6Address):
        return str(ip_network((found, _BLOCK), strict=False))
    return str(found)
