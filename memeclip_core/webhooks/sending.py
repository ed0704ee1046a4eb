"""One request to another program's address: signed, pinned to a checked IP address, limited.

No proxy of the environment is used and no redirect followed: either would be asked where to go.

Invariants: a request ends when its time is up, whatever the other side does. A look-up cannot be
ended: it is left to a thread of its own, of which there is one for a name, however often it is
asked for. A connection is cut from beside it, below its TLS, so that nothing is sent bare.
"""

from __future__ import annotations

import hashlib
import hmac
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
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
    _looks: dict[tuple[str, int], Future[str]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _mutex: threading.Lock = field(
        default_factory=threading.Lock, init=False, repr=False, compare=False
    )

    def send(self, url: str, secret: str, event: str, body: bytes) -> Outcome:
        """Post a body to an address; whatever goes wrong is in the outcome."""
        ends = time.monotonic() + self.seconds
        try:
            host, port, path = split_url(url)
            address = self._look_up(host, port).result(_left(ends))
            with socket.create_connection((address, port), timeout=_left(ends)) as plain:
                safe = self.context().wrap_socket(
                    plain, server_hostname=host, do_handshake_on_connect=False
                )
                with safe, _cutting(safe, _left(ends)):
                    safe.do_handshake()
                    return self._ask(safe, host, port, path, secret, event, body)
        except InputError as error:
            return Outcome(reason=str(error))
        except (OSError, HTTPException) as error:
            late = isinstance(error, TimeoutError) or time.monotonic() >= ends
            if isinstance(error, ssl.SSLError) and not late:
                return Outcome(reason="No safe connection: TLS or its certificate was refused.")
            why = f"no answer within {self.seconds:g} seconds" if late else type(error).__name__
            return Outcome(reason=f"The connection failed: {why}.")

    def _look_up(self, host: str, port: int) -> Future[str]:
        """Return what will be a host's address; of one that is looked for already, the same."""
        with self._mutex:
            if (host, port) in self._looks:
                return self._looks[host, port]
            look = self._looks[host, port] = Future[str]()

        def find() -> None:
            try:
                found = self.find(host, port)
            except BaseException as error:
                look.set_exception(error)
            else:
                look.set_result(found)
            finally:
                with self._mutex:
                    del self._looks[host, port]

        threading.Thread(target=find, name="look-up", daemon=True).start()
        return look

    def _ask(
        self,
        safe: ssl.SSLSocket,
        host: str,
        port: int,
        path: str,
        secret: str,
        event: str,
        body: bytes,
    ) -> Outcome:
        connection = HTTPSConnection(host, port)
        connection.sock = safe
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


@contextmanager
def _cutting(connection: ssl.SSLSocket, seconds: float) -> Iterator[None]:
    """Cut a connection that takes longer: a byte now and then keeps every single wait short."""
    timer = threading.Timer(seconds, _cut, (connection,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _cut(connection: ssl.SSLSocket) -> None:
    with suppress(OSError):
        # Its own ``shutdown`` would let go of TLS first.
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
