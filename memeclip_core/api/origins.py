"""Which pages a browser may send requests from, and under which names this one is answered."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
"""The names of this machine that no foreign name server can give to somebody else's page."""

_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_WRITTEN_BY_GET: Final = frozenset({"/logout"})
_FOREIGN_SITES: Final = frozenset({"cross-site", "same-site"})
_PORTS: Final = {"http": "80", "https": "443", "ws": "80", "wss": "443"}


def host_name(host: str) -> str:
    """Return the name of a ``Host`` header in lower case, without port and brackets."""
    name, _ = _split(host)
    return name


def is_own_origin(origin: str, hosts: Iterable[str]) -> bool:
    """Say whether an ``Origin`` is one of the hosts that a page was asked for under.

    The port counts too, as another port of the same machine is another origin. The scheme does
    not: behind a proxy with TLS it is not known here.
    """
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    if parts.scheme not in _PORTS or not parts.netloc:
        return False
    usual = _PORTS[parts.scheme]
    name, port = _split(parts.netloc)
    return any((name, port or usual) == (other, at or usual) for other, at in map(_split, hosts))


def is_foreign_write(method: str, path: str, site: str) -> bool:
    """Say whether a request without an origin was sent by another page and changes something.

    Args:
        method: of HTTP.
        path: of the address; a few change something although they are asked for with GET.
        site: ``Sec-Fetch-Site``, which browsers set and pages cannot; "" from other programs.
    """
    writes = method not in _READING or path.rstrip("/") in _WRITTEN_BY_GET
    return writes and site in _FOREIGN_SITES


def _split(host: str) -> tuple[str, str]:
    host = host.strip().lower()
    if host.startswith("["):
        name, _, rest = host[1:].partition("]")
        return name, rest.removeprefix(":")
    name, _, port = host.partition(":")
    return name.removesuffix("."), port
