"""The users file: names, roles and hashed passwords."""

from __future__ import annotations

import json
import logging
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast, get_args

import yaml

from memeclip_core.access.passwords import check_among, cost_of, hash_password, is_cheap
from memeclip_core.errors import InputError, MemeclipError, StoreError
from memeclip_core.records.decision import Role
from memeclip_core.storage.files import atomic_write, load_yaml, locked, make_folder, store_error

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
_log = logging.getLogger("memeclip")


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person who may sign in; ``password`` is a hash."""

    name: str
    role: Role
    password: str


def read_users(path: Path) -> tuple[User, ...]:
    """Read a users file (YAML or JSON): ``users: [{name, role, password}]``.

    Raises:
        StoreError: if it cannot be read or does not hold together.
    """
    try:
        root = load_yaml(path.read_text(encoding="utf-8-sig"))
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
        return self._users().get(name)

    def check(self, name: str, password: str) -> bool:
        """Say whether a password is a user's; a hash that is too cheap today is then renewed.

        Names that do not exist take as long as those that do; see ``check_among``.

        Raises:
            StoreError: as ``read_users``.
        """
        users = self._users()
        user = users.get(name)
        everybody = [other.password for other in users.values()]
        matches = check_among(password, None if user is None else user.password, everybody)
        if user is not None and matches and is_cheap(user.password):
            self._renew(user, password)
        return matches

    def _renew(self, user: User, password: str) -> None:
        """Replace a hash where it stands, and nothing else of what may be somebody's own YAML."""
        old = user.password.encode()
        try:
            # In quotes, since it has commas, and YAML may hold users between braces.
            new = f'"{hash_password(password)}"'.encode()
            with locked(_lock(self.path)):
                data, mode = self.path.read_bytes(), self.path.stat().st_mode & 0o777
                if data.count(old) == 1:
                    quoted = data[: data.index(old)].endswith((b'"', b"'"))
                    data = data.replace(old, new.strip(b'"') if quoted else new)
                    atomic_write(self.path, data, mode=mode)
        except (OSError, MemeclipError) as error:
            _log.warning("the password hash of '%s' was not renewed: %s", user.name, error)

    def _users(self) -> dict[str, User]:
        try:
            facts = self.path.stat()
        except OSError as error:
            raise store_error("read", self.path, error) from None
        stamp = (facts.st_mtime_ns, facts.st_size, facts.st_ino)
        known = self._known
        if known is None or known[0] != stamp:
            known = (stamp, {user.name: user for user in read_users(self.path)})
            self._known = known
        return known[1]


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
    with locked(_lock(path)):
        users = list(read_users(path)) if path.exists() else []
        others = [item for item in users if item.name != name]
        plain = [
            {"name": item.name, "role": item.role, "password": item.password}
            for item in [*others, user]
        ]
        text = json.dumps({"users": plain}, indent=2, ensure_ascii=False) + "\n"
        atomic_write(path, text.encode(), mode=0o600)
    return len(others) == len(users)


def _lock(path: Path) -> Path:
    return path.with_name(f".{path.name}.lock")


def _user(path: Path, place: int, item: Any) -> User:
    where = f"{path}, user {place}"
    if not isinstance(item, dict) or set(item) != {"name", "role", "password"}:
        raise StoreError(f"{where}: must have exactly name, role and password.")
    try:
        cost_of(str(item["password"]))
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
