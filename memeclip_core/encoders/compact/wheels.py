"""Find weights that lie inside an installed package, without importing it."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from memeclip_core.errors import EncoderError


def find_in_wheel(package: str, file: str, *, install: str) -> Path:
    """Return the path of a package's file; the package's own code does not run.

    Args:
        package: the name that would be imported.
        file: below the package's folder.
        install: what to give pip when it is missing.

    Raises:
        EncoderError: if the package or the file is not there.
    """
    spec = importlib.util.find_spec(package)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder) / file
        if path.exists():
            return path
    raise EncoderError(
        f"The compact encoder needs {file} of the package {install}, which is not installed. "
        f"Try: pip install {install}"
    )
