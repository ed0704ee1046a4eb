"""Where everything lies inside the home folder; no other file knows."""

from __future__ import annotations

import re
from pathlib import Path

from memeclip_core.errors import StoreError
from memeclip_core.storage.files import atomic_write, disk_errors, make_folder, sweep_files

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


class Home:
    """The layout of one home folder::

    corrections.csv      the log; beside it corrections-<time>.torn after a crash, and
                         corrections-schema1-<time>.csv, the log as it was before a rewrite
    images/<id>.<ext>    the original bytes of corrected memes
    models/<version>/    retrained models
    memeclip.sqlite      the database, unless it is on a server
    projects/<key>/      labelling projects
    cache/features/      encoder outputs, which can be deleted at any time
    locks/               empty files
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.corrections = root / "corrections.csv"
        self.images = root / "images"
        self.models = root / "models"
        self.active = root / "active.json"
        self.jobs = root / "jobs"
        self.projects = root / "projects"
        self.features = root / "cache" / "features"

    def project(self, key: str) -> Path:
        """Return the folder of one project.

        Raises:
            StoreError: if the key cannot be the name of a folder.
        """
        return self.projects / check_name(key, "project")

    def lock(self, name: str) -> Path:
        """Return the path of a lock."""
        return self.root / "locks" / f"{name}.lock"

    def create(self) -> Home:
        """Create the folders, prove that they can be written, and clear up after a kill."""
        locks = self.root / "locks"
        for folder in (self.images, self.models, self.projects, self.features, locks):
            make_folder(folder)
        probe = locks / ".writable"
        atomic_write(probe, b"")
        with disk_errors("written", self.root):
            probe.unlink(missing_ok=True)
        sweep_files(self.root)
        return self


def check_name(name: str, what: str) -> str:
    """Return a name that is safe as one path part.

    Raises:
        StoreError: if it has other characters than letters, digits, dot, dash and underscore.
    """
    if not _NAME.fullmatch(name):
        raise StoreError(
            f"'{name}' is not the name of a {what}. Names consist of letters, digits, '.', '-' "
            "and '_'."
        )
    return name
