"""A program on this machine that is told what happens, over TLS, with a certificate of its own."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from memeclip_core.webhooks.sending import Sender
from tests.factories.waits import PATIENCE

DRIPS: Final = 100
"""Bytes of an answer that takes five seconds."""


class Receiver:
    """What was received, and what is answered.

    Attributes:
        got: headers and body of each request.
        status: answered to the next ones; 0 answers nothing.
        first, drips: bytes that are answered instead: at once, and then one every twentieth of a
            second.
        cut: whether the other side was gone before the last of them.
        url: where it is.
        sender: reaches it, although it is on this machine.
    """

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.status = 204
        self.first, self.drips, self.cut = b"", b"", False
        self.url = ""
        self.sender = Sender()


@contextmanager
def run_receiver(folder: Path) -> Iterator[Receiver]:
    """Run a receiver at localhost."""
    found, path, over = Receiver(), _write_certificate(folder), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            if not found.status:
                over.wait(PATIENCE)
                return
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.got.append((dict(self.headers), body))
            if found.drips:
                self.wfile.write(found.first)
                found.cut = not _drip(found.drips, self.wfile.write, over)
                return
            self.send_response(found.status)
            self.send_header("Location", found.url + "elsewhere")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    found.url = f"https://localhost:{server.server_port}/hook?a=1"
    found.sender = Sender(
        find=lambda host, port: "127.0.0.1",
        context=lambda: ssl.create_default_context(cafile=str(path)),
        seconds=PATIENCE,
    )
    try:
        yield found
    finally:
        over.set()
        server.shutdown()
        server.server_close()


def _drip(data: bytes, write: Callable[[bytes], object], over: threading.Event) -> bool:
    """Write a byte every twentieth of a second; say whether all were taken."""
    try:
        for number in range(len(data)):
            if over.wait(0.05):
                break
            write(data[number : number + 1])
    except OSError:
        return False
    return True


def _write_certificate(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "localhost.pem"
    plain = serialization.NoEncryption()
    pem = serialization.Encoding.PEM
    written = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    path.write_bytes(written + made.public_bytes(pem))
    return path
