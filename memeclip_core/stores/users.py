"""The users file: names, roles and hashed passwords."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast, get_args

import yaml

from memeclip_core.errors import InputError, StoreError
from memeclip_core.records import Role
from memeclip_core.stores.files import atomic_write, locked, make_folder, store_error

MIN_PASSWORD = 8
_COST, _BLOCK, _PARALLEL = 2**15, 8, 1
_MAX_MEMORY = 128 * 1024 * 1024
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person who may sign in; ``password`` is a hash."""

    name: str
    role: Role
    password: str


def hash_password(password: str) -> str:
    """Return ``scrypt$N$r$p$salt$hash`` (RFC 7914) with a fresh salt.

    Raises:
        InputError: if the password is shorter than ``MIN_PASSWORD`` characters.
    """
    if len(password) < MIN_PASSWORD:
        raise InputError(
            f"The password has {len(password)} characters; at least {MIN_PASSWORD} are needed."
        )
    salt = os.urandom(16)
    digest = _scrypt(password, salt, _COST, _BLOCK, _PARALLEL)
    return "$".join(["scrypt", str(_COST), str(_BLOCK), str(_PARALLEL), _text(salt), _text(digest)])


def check_password(password: str, hashed: str) -> bool:
    """Say whether a password belongs to a hash, in a time that does not depend on the answer."""
    _, cost, block, parallel, salt, digest = _parts(hashed)
    made = _scrypt(password, salt, cost, block, parallel)
    return hmac.compare_digest(made, digest)


def read_users(path: Path) -> tuple[User, ...]:
    """Read a users file (YAML or JSON): ``users: [{name, role, password}]``.

    Raises:
        StoreError: if it cannot be read or does not hold together.
    """
    try:
        root = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise store_error("read", path, error) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise StoreError(f"{path} is neither YAML nor JSON: {error}.") from None
    if not isinstance(root, dict) or not isinstance(root.get("users"), list):
        raise StoreError(
            f"{path} holds no list 'users'. Create it with: python -m memeclip_core users add"
        )
    users = tuple(_user(path, place, item) for place, item in enumerate(root["users"], start=1))
    names = [user.name for user in users]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise StoreError(f"{path}: the user '{twice[0]}' stands there twice.")
    return users


class UsersFile:
    """A users file that is asked at every call, and parsed only when it has changed.

    Args:
        path: the file; see ``read_users``.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known: tuple[tuple[int, int, int], dict[str, User]] | None = None

    def find(self, name: str) -> User | None:
        """Return a user as the file says now, or ``None``; raise StoreError as ``read_users``."""
        try:
            facts = self.path.stat()
        except OSError as error:
            raise store_error("read", self.path, error) from None
        stamp = (facts.st_mtime_ns, facts.st_size, facts.st_ino)
        known = self._known
        if known is None or known[0] != stamp:
            known = (stamp, {user.name: user for user in read_users(self.path)})
            self._known = known
        return known[1].get(name)


def add_user(path: Path, *, name: str, role: str, password: str) -> bool:
    """Add a user, or give an existing one a new role and password.

    The file is written as JSON, which is YAML too, readable by its owner alone.

    Returns:
        whether the user is new.

    Raises:
        InputError: on a bad name, role or password.
        StoreError: if the file cannot be read or written.
    """
    if not _NAME.fullmatch(name):
        raise InputError(f"'{name}' cannot be a user name. Use 1 to 64 letters, digits and . _ @ -")
    user = User(name=name, role=_role(role), password=hash_password(password))
    make_folder(path.parent)
    with locked(path.with_name(f".{path.name}.lock")):
        users = list(read_users(path)) if path.exists() else []
        others = [item for item in users if item.name != name]
        plain = [
            {"name": item.name, "role": item.role, "password": item.password}
            for item in [*others, user]
        ]
        text = json.dumps({"users": plain}, indent=2, ensure_ascii=False) + "\n"
        atomic_write(path, text.encode(), mode=0o600)
    return len(others) == len(users)


def _user(path: Path, place: int, item: Any) -> User:
    where = f"{path}, user {place}"
    if not isinstance(item, dict) or set(item) != {"name", "role", "password"}:
        raise StoreError(f"{where}: must have exactly name, role and password.")
    try:
        _parts(str(item["password"]))
        role = _role(str(item["role"]))
    except InputError as error:
        raise StoreError(f"{where}: {error}") from None
    if not _NAME.fullmatch(str(item["name"])):
        raise StoreError(f"{where}: the name may have 1 to 64 letters, digits and . _ @ -")
    return User(name=str(item["name"]), role=role, password=str(item["password"]))


def _role(role: str) -> Role:
    allowed = [item for item in get_args(Role) if item != "visitor"]
    if role not in allowed:
        known = f"{', '.join(allowed[:-1])} and {allowed[-1]}"
        raise InputError(f"the role is '{role}'; allowed are {known}.")
    return cast(Role, role)


def _parts(hashed: str) -> tuple[str, int, int, int, bytes, bytes]:
    try:
        name, cost, block, parallel, salt, digest = hashed.split("$")
        if name != "scrypt":
            raise ValueError(name)
        return name, int(cost), int(block), int(parallel), _bytes(salt), _bytes(digest)
    except ValueError:
        raise InputError(
            "the password is not hashed. Set it with: python -m memeclip_core users add"
        ) from None


def _scrypt(password: str, salt: bytes, cost: int, block: int, parallel: int) -> bytes:
    return hashlib.scrypt(
        password.encode("utf-8", errors="surrogatepass"),
        salt=salt,
        n=cost,
        r=block,
        p=parallel,
        maxmem=_MAX_MEMORY,
        dklen=32,
    )


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
