"""One request to another program's address: signed, pinned to a checked IP address, limited.

No proxy of the environment is used and no redirect followed: either would be asked where to go.
"""

from __future__ import annotations

import hashlib
import hmac
import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPException, HTTPSConnection
from typing import Final

from memeclip_core.errors import InputError
from memeclip_core.webhooks.addresses import find_address, split_url

SECONDS: Final = 10.0
"""How long an answer may take from the first look-up on."""

SIGNATURE: Final = "Memeclip-Signature"
_FINE: Final = range(200, 300)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a request: the status, if there is one, and what is wrong, or ""."""

    status: int | None = None
    reason: str = ""


def sign(secret: str, body: bytes, now: int) -> str:
    """Return the header's value: the time, and HMAC-SHA256 over time, point and body."""
    signed = hmac.new(secret.encode(), f"{now}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={now},v1={signed}"


@dataclass(frozen=True, kw_only=True)
class Sender:
    """Sends what is told.

    Attributes:
        find: returns the checked IP address of a host and port; InputError where there is none.
        context: makes TLS; by default certificates are checked against the system's.
        clock: seconds since 1970, which are signed.
        seconds: see ``SECONDS``.
    """

    find: Callable[[str, int], str] = find_address
    context: Callable[[], ssl.SSLContext] = ssl.create_default_context
    clock: Callable[[], float] = time.time
    seconds: float = SECONDS

    def send(self, url: str, secret: str, event: str, body: bytes) -> Outcome:
        """Post a body to an address; whatever goes wrong is in the outcome."""
        ends = time.monotonic() + self.seconds
        try:
            host, port, path = split_url(url)
            address = self.find(host, port)
            with socket.create_connection((address, port), timeout=_left(ends)) as plain:
                # Whoever sends a byte now and then keeps every single wait short.
                timer = threading.Timer(_left(ends), _cut, (plain,))
                timer.daemon = True
                timer.start()
                try:
                    return self._ask(plain, host, port, path, secret, event, body)
                finally:
                    timer.cancel()
        except InputError as error:
            return Outcome(reason=str(error))
        except ssl.SSLError:
            return Outcome(reason="No safe connection: TLS or its certificate was refused.")
        except (OSError, HTTPException) as error:
            late = isinstance(error, TimeoutError) or time.monotonic() >= ends
            why = f"no answer within {self.seconds:g} seconds" if late else type(error).__name__
            return Outcome(reason=f"The connection failed: {why}.")

    def _ask(
        self,
        plain: socket.socket,
        host: str,
        port: int,
        path: str,
        secret: str,
        event: str,
        body: bytes,
    ) -> Outcome:
        connection = HTTPSConnection(host, port)
        with self.context().wrap_socket(plain, server_hostname=host) as connection.sock:
            headers = {
                "Content-Type": "application/json",
                "User-Agent": "memeclip-studio",
                "Memeclip-Event": event,
                SIGNATURE: sign(secret, body, int(self.clock())),
                "Connection": "close",
            }
            connection.request("POST", path, body, headers)
            # What is answered beyond the status is not read.
            with connection.getresponse() as answer:
                status = answer.status
        if status in _FINE:
            return Outcome(status=status)
        why = " Redirects are not followed." if 300 <= status < 400 else ""
        return Outcome(status=status, reason=f"It answered {status}.{why}")


def _left(ends: float) -> float:
    left = ends - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _cut(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
