"""Write one of the compact encoder's own files, and say in its manifest how it was made."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from safetensors.numpy import save

from memeclip_core.errors import EncoderError
from memeclip_core.storage.files import atomic_write, load_json, make_folder

MANIFEST: Final = "manifest.json"
SCHEMA: Final = 1


def write_part(
    folder: Path,
    part: str,
    *,
    file: str,
    arrays: Mapping[str, np.ndarray],
    command: str,
    facts: Mapping[str, Any],
) -> None:
    """Write a file, and its entry in ``manifest.json``; other entries stay.

    Args:
        folder: the compact encoder's.
        arrays: its content, written as safetensors.
        command: what makes it again.
        facts: what it was made from, and how it did.

    Raises:
        StoreError: if a file cannot be written.
        EncoderError: if the manifest is not JSON.
    """
    make_folder(folder)
    data = save(dict(arrays))
    manifest = _read(folder / MANIFEST)
    manifest[part] = {
        "file": file,
        "sha256": hashlib.sha256(data).hexdigest(),
        "command": command,
        **facts,
    }
    text = json.dumps({"schema": SCHEMA, **manifest}, indent=1, sort_keys=True, allow_nan=False)
    atomic_write(folder / file, data)
    atomic_write(folder / MANIFEST, (text + "\n").encode())


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        found: dict[str, Any] = load_json(path.read_bytes())
    except ValueError as error:
        raise EncoderError(f"{path} is not JSON ({error}). Delete it and run again.") from None
    return found
