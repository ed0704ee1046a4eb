"""Passwords as earlier releases kept them."""

import base64
import hashlib


def hash_as_before(password: str, n: int = 2**14) -> str:
    """Return a hash as earlier releases wrote them."""
    salt = b"sixteen bytes 16"
    digest = hashlib.scrypt(password.encode(), salt=salt, n=n, r=8, p=1, maxmem=2**28, dklen=32)
    return f"scrypt${n}$8$1$" + "$".join(base64.b64encode(x).decode() for x in (salt, digest))
