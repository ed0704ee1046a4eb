"""The folder in which uploads lie until they are opened, imported or forgotten."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from memeclip_core.storage.files import folder_prefix, sweep_folders


def make_upload_folder() -> Path:
    """Make a folder for the uploads of this process, and delete those of processes that are gone.

    Raises:
        OSError: if there is nowhere to make it.
    """
    sweep_folders(Path(tempfile.gettempdir()))
    return Path(tempfile.mkdtemp(prefix=folder_prefix()))


def drop_upload_folder(path: Path) -> None:
    """Delete the folder with everything in it."""
    shutil.rmtree(path, ignore_errors=True)
