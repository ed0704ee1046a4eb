"""Labelling projects on the disk: rules, memes, previews.

Invariants: whoever changes a project holds ``lock`` from reading to writing; files are replaced as
a whole, or appended to. Reading takes no lock. ``_mutex`` guards the making of an index, which then
stays the same object.
"""

from __future__ import annotations

import io
import logging
import re
import secrets
import shutil
import threading
import unicodedata
import uuid
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import fields
from pathlib import Path
from typing import Any

from PIL import Image

from memeclip_core.annotation.projects.meme_index import MemeIndex
from memeclip_core.errors import InputError, MemeclipError, NotFound, StoreError
from memeclip_core.records.project import Project, ProjectMeme
from memeclip_core.records.schemas import from_plain, to_json, to_plain
from memeclip_core.storage.files import (
    atomic_write,
    disk_errors,
    load_json,
    locked,
    make_folder,
    store_error,
)
from memeclip_core.storage.home import Home
from memeclip_core.storage.images import check_id

__all__ = ("MemeIndex", "ProjectStore")

SCHEMA = 1
UPLOADS = "uploads"
PREVIEW_SIDE = 1280
_PREVIEW_QUALITY = 82
_KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
_log = logging.getLogger("memeclip")


class ProjectStore:
    """The projects of one home; safe from several threads and processes.

    Everything raises InputError for a key that no project has, and StoreError where the disk fails
    or a file is damaged.

    A project's folder ``projects/<key>/`` holds ``project.json`` (replaced as a whole),
    ``memes.jsonl`` (append-only, see ``MemeIndex``), ``previews/<id>.webp`` and what
    ``ProjectPredictions``, ``ProjectJobs`` and the exports keep there.
    """

    def __init__(self, home: Home) -> None:
        self._home = home
        self._mutex = threading.Lock()
        self._projects: dict[str, tuple[Path, tuple[int, int, int], Project]] = {}
        self._indexes: dict[str, MemeIndex] = {}

    def create(self, project: Project) -> None:
        """Add a project.

        Raises:
            InputError: if the key cannot be used, or there is one of this key already.
            StoreError: if it cannot be written.
        """
        check_key(project.key)
        with self.lock(project.key):
            if self._file(project.key).exists():
                raise InputError(
                    f"There is a project '{project.key}' already. Choose another key, or change "
                    "that one."
                )
            for folder in ("predictions", "previews", "exports", "jobs"):
                make_folder(self._home.project(project.key) / folder)
            self._replace(project)

    def read(self, key: str) -> Project:
        """Return a project; costs one look at its file if nobody changed it."""
        known = self._projects.get(key)
        path = known[0] if known else self._file(key) if _KEY.fullmatch(key) else None
        try:
            if path is None:
                raise FileNotFoundError
            facts = path.stat()
            stamp = (facts.st_mtime_ns, facts.st_size, facts.st_ino)
            if known is not None and known[1] == stamp:
                return known[2]
            project = _from_plain(load_json(path.read_bytes()))
        except (FileNotFoundError, NotADirectoryError):
            raise NotFound(
                f"There is no project '{key[:80]}'. Projects: {', '.join(self.keys()) or 'none'}."
            ) from None
        except OSError as error:
            raise store_error("read", self._home.projects, error) from None
        except (MemeclipError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise StoreError(
                f"{path} does not hold together ({type(error).__name__}). Put a backup back."
            ) from None
        self._projects[key] = (path, stamp, project)
        return project

    def find(self, key: str) -> Project | None:
        """Return a project, or ``None`` if there is none of this key."""
        try:
            return self.read(key)
        except InputError:
            return None

    def salt(self, key: str) -> str:
        """Return what hides names in a project: random, its own, and the same from then on."""
        self.read(key)
        path = self._home.project(key) / "salt"
        with disk_errors("read", path):
            if not path.exists():
                with self.lock(key):
                    if not path.exists():
                        atomic_write(path, secrets.token_hex(16).encode("ascii"))
            return path.read_text(encoding="ascii")

    def filename(self, key: str, meme: str) -> str:
        """Return the name that a meme of a project came with, or "" where it is not known."""
        found = None if self.find(key) is None else self.memes(key).get(meme)
        return "" if found is None else found.filename

    def keys(self) -> tuple[str, ...]:
        """Return the keys of all projects, in alphabetical order."""
        return tuple(
            sorted(path.parent.name for path in self._home.projects.glob("*/project.json"))
        )

    def list(self) -> tuple[Project, ...]:
        """Return all projects, oldest first; a damaged one is named in the log and passed over."""
        projects = []
        for key in self.keys():
            try:
                projects.append(self.read(key))
            except MemeclipError as error:
                _log.warning("%s", error)
        return tuple(sorted(projects, key=lambda project: (project.created, project.key)))

    def write(self, project: Project) -> None:
        """Replace a project's rules; the caller has read them under ``lock``."""
        self.read(project.key)
        self._replace(project)

    def lock(self, key: str) -> AbstractContextManager[None]:
        """Hold the lock of a project's own files, for a change that begins with reading."""
        return locked(self._home.lock(f"project-{check_key(key)}"))

    def memes(self, key: str) -> MemeIndex:
        """Return a project's memes as of now: always the same object, which keeps growing."""
        index = self._indexes.get(key)
        if index is None:
            self.read(key)
            with self._mutex:
                path = self._home.project(key) / "memes.jsonl"
                index = self._indexes.setdefault(key, MemeIndex(path))
        return index.refresh()

    def add(self, key: str, memes: Iterable[ProjectMeme]) -> None:
        """Add memes, or replace what is known of those that are there, and put them on the disk."""
        with self.lock(key):
            self.memes(key).append(memes)

    def write_preview(self, key: str, meme: str, data: bytes) -> None:
        """Keep the picture that the page shows; a lost one is made again, so nothing is synced."""
        path = self._preview(key, meme)
        with disk_errors("written", path):
            path.parent.mkdir(exist_ok=True)
        atomic_write(path, data, sync=False)

    def read_preview(self, key: str, meme: str) -> bytes | None:
        """Return the picture that the page shows (WebP), or ``None`` if there is none."""
        with disk_errors("read", self._home.project(key)), suppress(FileNotFoundError):
            return self._preview(key, meme).read_bytes() or None
        return None

    def keep_upload(self, key: str, files: Mapping[str, Path]) -> Path:
        """Copy files into a folder of the project and return it; a single archive is itself."""
        folder = make_folder(self._home.project(key) / UPLOADS / uuid.uuid4().hex)
        copies = []
        for number, (name, path) in enumerate(files.items()):
            last = Path(unicodedata.normalize("NFC", name).replace("\\", "/")).name
            # A list names its pictures as they were called, so a name keeps what a disk takes.
            kept = (c if c.isprintable() and c not in '<>:"|?*' else "_" for c in last)
            safe = "".join(kept).lstrip(".")
            copy = folder / (_cut(safe) or f"file-{number}")
            if copy.exists():
                copy = folder / f"{number}-{copy.name}"
            with disk_errors("written", copy):
                shutil.copyfile(path, copy)
            copies.append(copy)
        alone = len(copies) == 1 and copies[0].suffix.lower() == ".zip"
        return copies[0] if alone else folder

    def drop_upload(self, key: str, source: Path) -> None:
        """Delete an upload that was imported; anything outside the uploads is left alone."""
        uploads = self._home.project(key) / UPLOADS
        if uploads in source.parents:
            shutil.rmtree(uploads / source.relative_to(uploads).parts[0], ignore_errors=True)

    def _preview(self, key: str, meme: str) -> Path:
        return self._home.project(key) / "previews" / f"{check_id(meme)}.webp"

    def _file(self, key: str) -> Path:
        return self._home.project(key) / "project.json"

    def _replace(self, project: Project) -> None:
        plain = {"schema": SCHEMA, **to_plain(project)}
        atomic_write(self._file(project.key), to_json(plain, indent=1))
        self._projects.pop(project.key, None)


def check_key(key: str) -> str:
    """Return a key that can name a project; raise InputError if it cannot."""
    if not _KEY.fullmatch(key):
        raise InputError(
            f"'{key[:80]}' cannot be the key of a project. Use 1 to 60 lower-case letters, digits "
            "and dashes, such as summer-memes."
        )
    return key


def _from_plain(plain: Mapping[str, Any]) -> Project:
    """Rebuild a project; a rule that is unknown here would be lost with the next change."""
    rest = {name: value for name, value in plain.items() if name != "schema"}
    unknown = rest.keys() - {field.name for field in fields(Project)}
    if unknown:
        raise ValueError(f"unknown rules: {', '.join(sorted(unknown))}")
    return from_plain(Project, rest)


def _cut(name: str) -> str:
    """Return as much of a file name's end as a disk takes."""
    return name.encode("utf-8", errors="ignore")[-200:].decode("utf-8", errors="ignore")


def render_preview(image: Image.Image) -> bytes:
    """Return a picture as WebP without metadata, at most ``PREVIEW_SIDE`` pixels a side."""
    small = image
    if max(image.size) > PREVIEW_SIDE:
        small = image.copy()
        small.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
    sink = io.BytesIO()
    small.save(sink, "WEBP", quality=_PREVIEW_QUALITY, method=2)
    return sink.getvalue()
