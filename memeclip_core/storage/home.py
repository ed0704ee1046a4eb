"""Where everything lies inside the home folder; no other file knows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from memeclip_core.errors import StoreError
from memeclip_core.storage.files import atomic_write, make_folder, store_error, sweep_files

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


@dataclass(frozen=True, slots=True)
class Home:
    """The layout of one home folder::

    corrections.csv      the log; beside it corrections-<time>.torn after a crash, and
                         corrections-schema1-<time>.csv, the log as it was before a rewrite
    images/<id>.<ext>    the original bytes of corrected memes
    models/<version>/    retrained models
    active.json          which model answers
    jobs/<id>.json       retrainings
    projects/<key>/      labelling projects
    cache/features/      encoder outputs, which can be deleted at any time
    locks/               empty files
    """

    root: Path

    @property
    def corrections(self) -> Path:
        """The corrections log."""
        return self.root / "corrections.csv"

    @property
    def images(self) -> Path:
        """The folder of kept images."""
        return self.root / "images"

    @property
    def models(self) -> Path:
        """The folder of retrained models."""
        return self.root / "models"

    @property
    def active(self) -> Path:
        """The pointer to the active models."""
        return self.root / "active.json"

    @property
    def jobs(self) -> Path:
        """The folder of job files."""
        return self.root / "jobs"

    @property
    def projects(self) -> Path:
        """The folder of labelling projects."""
        return self.root / "projects"

    def project(self, key: str) -> Path:
        """Return the folder of one project.

        Raises:
            StoreError: if the key cannot be the name of a folder.
        """
        return self.projects / check_name(key, "project")

    @property
    def features(self) -> Path:
        """The folder of cached features."""
        return self.root / "cache" / "features"

    def lock(self, name: str) -> Path:
        """Return the path of a lock."""
        return self.root / "locks" / f"{name}.lock"

    def create(self) -> Home:
        """Create the folders, prove that they can be written, and clear up after a kill.

        Raises:
            StoreError: if they cannot.
        """
        for folder in (
            self.images,
            self.models,
            self.jobs,
            self.projects,
            self.features,
            self.root / "locks",
        ):
            make_folder(folder)
        probe = self.root / "locks" / ".writable"
        atomic_write(probe, b"")
        try:
            probe.unlink(missing_ok=True)
        except OSError as error:
            raise store_error("written", self.root, error) from None
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
