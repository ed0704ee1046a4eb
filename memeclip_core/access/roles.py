"""Who of Hugging Face may do what on a Space: names and roles, without passwords."""

from __future__ import annotations

import re
from pathlib import Path
from typing import cast, get_args

from memeclip_core.errors import ConfigError
from memeclip_core.records.decision import Role
from memeclip_core.storage.files import store_error

MAX_BYTES = 1_000_000
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}")


def read_roles(given: str) -> dict[str, Role]:
    """Return roles by name in lower case, since Hugging Face names differ in more than case.

    Args:
        given: ``name=role`` pairs, separated by commas or lines, or the path of a file with such
            lines. What follows a # is a remark.

    Raises:
        ConfigError: on a bad name or role, or a name that stands there twice.
        StoreError: if it is a path that cannot be read.
    """
    roles: dict[str, Role] = {}
    for pair in _pairs(given if "=" in given or not given.strip() else _read(Path(given.strip()))):
        name, _, role = (part.strip() for part in pair.partition("="))
        if not _NAME.fullmatch(name):
            raise ConfigError(
                f"The roles name '{name[:80]}', which is no Hugging Face name. Write them as "
                "name=role, such as: ada=annotator, grace=admin"
            )
        allowed = [item for item in get_args(Role) if item != "visitor"]
        if role not in allowed:
            raise ConfigError(
                f"The roles give '{name}' the role '{role[:80]}'; allowed are {', '.join(allowed)}."
            )
        if name.casefold() in roles:
            raise ConfigError(f"The roles name '{name}' twice. Name each once.")
        roles[name.casefold()] = cast(Role, role)
    return roles


def _pairs(text: str) -> list[str]:
    lines = (line.partition("#")[0] for line in text.splitlines())
    return [pair.strip() for line in lines for pair in line.split(",") if pair.strip()]


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES).decode("utf-8-sig", errors="replace")
    except OSError as error:
        raise store_error("read", path, error) from None
