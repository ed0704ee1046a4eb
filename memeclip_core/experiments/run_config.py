"""The options of a command as a YAML file, which every run writes and ``--config`` reads."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from memeclip_core.errors import InputError
from memeclip_core.storage.files import atomic_write, make_folder, store_error


def write_run_config(path: Path, command: str, options: Mapping[str, Any]) -> None:
    """Write a command's options.

    Raises:
        StoreError: if the file cannot be written.
    """
    head = f"# memeclip {command} --config {path.name}\n"
    plain = yaml.safe_dump(dict(options), sort_keys=False, allow_unicode=True)
    make_folder(path.parent)
    atomic_write(path, (head + plain).encode())


def read_run_config(path: Path) -> dict[str, Any]:
    """Return the options in a file by name, with underscores.

    Raises:
        StoreError: if it cannot be read.
        InputError: if it is no YAML of names and values.
    """
    try:
        plain = yaml.safe_load(path.read_bytes())
    except OSError as error:
        raise store_error("read", path, error) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise InputError(f"{path}{where}: this is no YAML that can be read.") from None
    if not isinstance(plain, dict) or not all(isinstance(key, str) for key in plain):
        raise InputError(
            f"{path} must hold the options of a command by name, such as 'seeds: [0, 1]'."
        )
    return {key.replace("-", "_"): value for key, value in plain.items()}
