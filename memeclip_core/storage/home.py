"""Where everything lies inside the home folder; no other file knows."""

from __future__ import annotations

import logging
import re
import secrets
from pathlib import Path

from memeclip_core.errors import ConfigError, StoreError
from memeclip_core.storage.files import (
    atomic_write,
    disk_errors,
    locked,
    make_folder,
    sweep_files,
)

DATABASE = "memeclip.sqlite"
"""The file of the database, unless it is on a server."""

_REMOTE = (
    "afs ceph cifs davfs glusterfs lustre ncpfs nfs nfs4 smb2 smb3 smbfs "
    "fuse fuse.blobfuse fuse.blobfuse2 fuse.gcsfuse fuse.geesefs fuse.glusterfs fuse.goofys "
    "fuse.hf-mount fuse.juicefs fuse.mountpoint-s3 fuse.rclone fuse.s3fs fuse.sshfs"
)
"""File systems without locks that a database could rely on; a bare ``fuse`` is one of a bucket,
unless it lies on a device."""

_log = logging.getLogger("memeclip")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


class Home:
    """The layout of one home folder::

    corrections.csv      the log; beside it corrections-<time>.torn after a crash, and
                         corrections-schema1-<time>.csv, the log as it was before a rewrite
    images/<id>.<ext>    the original bytes of corrected memes
    models/<version>/    retrained models
    memeclip.sqlite      the database, unless it is on a server
    projects/<key>/      pictures for the page, uploads and exports of labelling projects
    cache/features/      encoder outputs, which can be deleted at any time
    locks/               empty files
    place                what tells this folder from others, where servers share a database
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.corrections = root / "corrections.csv"
        self.images = root / "images"
        self.models = root / "models"
        self.database = root / DATABASE
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

    def find_remote(self) -> str:
        """Return the kind of network file system that the folder lies on, or ""."""
        try:
            mounts = Path("/proc/mounts").read_text(encoding="utf-8", errors="replace")
        except OSError:  # not Linux
            return ""
        return find_remote(self.root, mounts)

    def check_disk(self) -> None:
        """Refuse a folder on the network; raise ConfigError."""
        if kind := self.find_remote():
            raise ConfigError(
                f"{self.root} lies on a network folder or a mounted bucket ({kind}), which offers "
                "no locks that a database could rely on. Name a folder on a local disk with "
                "--home, and keep copies over there with 'memeclip backup'."
            )

    def find_place(self) -> str:
        """Return what tells this folder from others, wherever it is mounted.

        It is "" where nothing can be written.
        """
        path = self.root / "place"
        try:
            with locked(self.lock("place")), disk_errors("read", path):
                if not path.exists():
                    atomic_write(path, secrets.token_hex(8).encode())
                return path.read_text(encoding="ascii")
        except StoreError as error:
            _log.warning("%s", error)
            return ""

    def create(self) -> Home:
        """Create the folders, prove that they can be written, and clear up after a kill."""
        locks = self.root / "locks"
        for folder in (self.images, self.models, self.projects, self.features, locks):
            make_folder(folder)
        probe = locks / ".writable"
        atomic_write(probe, b"")
        with disk_errors("written", self.root):
            probe.unlink(missing_ok=True)
        if swept := sweep_files(self.root):
            _log.info("deleted %d files that a program that was ended had begun", swept)
        return self


def find_remote(folder: Path, mounts: str) -> str:
    """Return the kind of network file system that a folder lies on, or "".

    Args:
        folder: absolute; need not be there.
        mounts: what ``/proc/mounts`` says.
    """
    found = (Path("/"), "", "")
    for device, place, kind, *_ in map(str.split, mounts.splitlines()):
        # Spaces and the like stand there in octal.
        at = Path(re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), place))
        if folder.is_relative_to(at) and len(at.parts) >= len(found[0].parts):
            found = (at, kind, device)
    _, kind, device = found
    local = kind == "fuse" and device.startswith("/dev/")
    return kind if kind in _REMOTE.split() and not local else ""


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
