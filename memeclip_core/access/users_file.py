"""A users file: how people come into the database who were written down elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from memeclip_core.access.passwords import cost_of
from memeclip_core.access.records import User
from memeclip_core.access.users import NAME, check_role
from memeclip_core.errors import InputError, StoreError
from memeclip_core.storage.files import load_yaml, store_error


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
        raise StoreError(f"{path} holds no list 'users'. See docs/administration.md, sign-in.")
    users = tuple(_user(path, place, item) for place, item in enumerate(root["users"], start=1))
    names = [user.name for user in users]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise StoreError(f"{path}: the user '{twice[0]}' stands there twice.")
    return users


def _user(path: Path, place: int, item: Any) -> User:
    where = f"{path}, user {place}"
    if not isinstance(item, dict) or set(item) != {"name", "role", "password"}:
        raise StoreError(f"{where}: must have exactly name, role and password.")
    try:
        cost_of(str(item["password"]))
        role = check_role(str(item["role"]))
    except InputError as error:
        raise StoreError(f"{where}: {error}") from None
    if not NAME.fullmatch(str(item["name"])):
        raise StoreError(f"{where}: the name may have 1 to 64 letters, digits and . _ @ -")
    return User(name=str(item["name"]), role=role, password=str(item["password"]))
