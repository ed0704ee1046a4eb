"""Passwords as hashes: Argon2id, and scrypt as earlier releases wrote it (RFC 9106, RFC 7914)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from memeclip_core.errors import InputError

MIN_PASSWORD: Final = 8
HASHER = PasswordHasher()
"""With what RFC 9106 recommends second: 64 MiB, three passes, four lanes."""

_MAX_MEMORY: Final = 512 * 1024 * 1024
_BASE64: Final = "((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)"
_SCRYPT: Final = re.compile(rf"scrypt\$(\d{{1,9}})\$(\d{{1,3}})\$(\d{{1,3}})\${_BASE64}\${_BASE64}")
_ARGON2: Final = re.compile(
    r"\$argon2id\$v=19\$m=(\d{1,9}),t=(\d{1,3}),p=(\d{1,3})\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}"
)

Cost = tuple[str, int, int, int]
"""The function and what it was given: memory in KiB, passes and lanes; N, r and p of scrypt."""


def hash_password(password: str) -> str:
    """Return ``$argon2id$v=19$m=…,t=…,p=…$salt$hash`` with a fresh salt.

    Raises:
        InputError: if the password is shorter than ``MIN_PASSWORD`` characters.
    """
    if len(password) < MIN_PASSWORD:
        raise InputError(
            f"The password has {len(password)} characters; at least {MIN_PASSWORD} are needed."
        )
    return HASHER.hash(_encode(password))


def check_password(password: str, hashed: str) -> bool:
    """Say whether a password belongs to a hash, in a time that does not depend on the answer."""
    kind, n, r, p = cost_of(hashed)
    if kind == "argon2id":
        try:
            return HASHER.verify(hashed, _encode(password))
        except VerifyMismatchError:
            return False
    salt, digest = (base64.b64decode(part) for part in hashed.split("$")[-2:])
    found = hashlib.scrypt(
        _encode(password), salt=salt, n=n, r=r, p=p, maxmem=_MAX_MEMORY, dklen=32
    )
    return hmac.compare_digest(found, digest)


def check_among(password: str, hashed: str | None, everybody: Iterable[str]) -> bool:
    """Say whether a password belongs to a hash; ``None``, of a name that does not exist, takes
    as long: every cost that occurs among everybody's hashes is spent once."""
    examples = {cost_of(other): other for other in [_hash_of_nobody(HASHER), *everybody]}
    if hashed is not None:
        examples[cost_of(hashed)] = hashed
    found = {example: check_password(password, example) for example in examples.values()}
    return hashed is not None and found[hashed]


def is_cheap(hashed: str) -> bool:
    """Say whether a hash is to be renewed: it is scrypt's, or cost less than today's do."""
    kind, memory, passes, _ = cost_of(hashed)
    return kind == "scrypt" or memory * passes < HASHER.memory_cost * HASHER.time_cost


def cost_of(hashed: str) -> Cost:
    """Return what a hash was made with; raise InputError if it is none that can be checked."""
    if found := _ARGON2.fullmatch(hashed):
        memory, passes, lanes = map(int, found.groups())
        if lanes and passes and 8 * lanes <= memory <= _MAX_MEMORY // 1024:
            return ("argon2id", memory, passes, lanes)
    elif found := _SCRYPT.fullmatch(hashed):
        n, r, p = map(int, found.groups()[:3])
        # What hashlib.scrypt takes: a power of two, and no more memory than it is given.
        if n > 1 and n & (n - 1) == 0 and r and p and 128 * r * (n + p + 2) <= _MAX_MEMORY:
            return ("scrypt", n, r, p)
    raise InputError("the password is not hashed. Set it with: python -m memeclip_core users add")


@cache
def _hash_of_nobody(hasher: PasswordHasher) -> str:
    return hasher.hash("nobody's")


def _encode(password: str) -> bytes:
    return password.encode("utf-8", errors="surrogatepass")
