"""Labelling projects: their rules and memes in the database, their previews on the disk.

Invariants: whoever changes a project does it in a transaction of ``changing``, from reading to
writing. A project is remembered with the revision that its row had when it was read, and is read
anew when the row has another one.
"""

from __future__ import annotations

import io
import logging
import re
import secrets
import shutil
import uuid
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from typing import Final

from PIL import Image
from sqlalchemy import Connection

from memeclip_core.annotation.decisions.progress import count_in
from memeclip_core.annotation.decisions.queries import Tally, read_tally
from memeclip_core.annotation.decisions.states import rebuild_project
from memeclip_core.annotation.projects import queries
from memeclip_core.annotation.projects.memes import Memes
from memeclip_core.annotation.team.queries import select_hidden
from memeclip_core.database.deletions import select_deleted
from memeclip_core.database.engine import Database
from memeclip_core.errors import InputError, MemeclipError, NotFound, StoreError
from memeclip_core.records.decision import Person
from memeclip_core.records.project import Project, ProjectMeme
from memeclip_core.storage.files import atomic_write, disk_errors, make_folder
from memeclip_core.storage.home import Home
from memeclip_core.storage.images import check_id
from memeclip_core.storage.uploads import UPLOAD, find_source, keep_files

UPLOADS = "uploads"
_COUNTING = ("tasks", "version", "overlap", "overlap_share")
"""The rules that say what decisions add up to."""
PREVIEW_SIDE = 1280
_PREVIEW_QUALITY = 82
_NO_PROJECT = "There is no project '{}'. Choose one that is in the list of projects."
RESERVED: Final = "demo"
"""The key that no project gets: what is sent to ``/projects/demo/remove`` removes the demo."""
_KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
_log = logging.getLogger("memeclip")


class ProjectStore:
    """The projects of one database; safe from several threads and processes.

    Everything raises InputError for a key that no project has, and StoreError where the database or
    the disk fails. What takes a ``connection`` runs within its transaction, or else in its own.

    A project's folder ``projects/<key>/`` holds ``previews/<id>.webp``, uploads until they are
    imported, and what ``ProjectJobs`` and the exports keep there.
    """

    def __init__(
        self,
        home: Home,
        database: Database,
        sees_all: Callable[[Person], bool] = lambda who: who.role == "admin",
    ) -> None:
        self._home = home
        self._database = database
        self._sees_all = sees_all
        self._projects: dict[str, tuple[int, Project]] = {}

    def create(self, project: Project, *, memes_of: str = "") -> None:
        """Add a project, with the memes of another one if that is named.

        Raises:
            InputError: if the key cannot be used, or there is one of this key already.
            StoreError: if it cannot be written.
        """
        if project.key == RESERVED:
            raise InputError(
                f"'{RESERVED}' cannot be the key of a project: it names the demo. Choose another "
                "key."
            )
        with self.changing(project.key) as connection:
            if queries.select_revision(connection, project.key) is not None:
                raise InputError(
                    f"There is a project '{project.key}' already. Choose another key, or change "
                    "that one."
                )
            if project.key in select_deleted(connection):
                raise InputError(
                    f"A project '{project.key}' was deleted, and its key is not given again. "
                    "Choose another key."
                )
            queries.insert_project(connection, project, secrets.token_hex(16))
            if memes_of:
                memes = list(queries.select_memes(connection, memes_of))
                queries.add_memes(connection, project, memes)
            # A log may know the key, such as one from which a database was made anew.
            rebuild_project(connection, project)

    def read(
        self, key: str, connection: Connection | None = None, *, remember: bool = False
    ) -> Project:
        """Return a project; costs one look at a number if nobody changed it.

        ``remember`` says that the transaction of the connection changes no project.
        """
        with nullcontext(connection) if connection else self._database.read() as given:
            revision = queries.select_revision(given, key)
            known = self._projects.get(key)
            if known is not None and known[0] == revision:
                return known[1]
            try:
                project = queries.select_project(given, key)
            except (MemeclipError, KeyError, TypeError, ValueError, AttributeError) as error:
                raise StoreError(
                    f"The project '{key}' does not hold together ({type(error).__name__}). Put a "
                    "backup back."
                ) from None
            if project is None or revision is None:
                raise NotFound(_NO_PROJECT.format(key[:80]))
        if (
            connection is None or remember
        ):  # what a transaction has changed counts only once it ends
            self._projects[key] = (revision, project)
        return project

    def open(
        self,
        key: str,
        who: Person | None,
        connection: Connection | None = None,
        *,
        remember: bool = False,
    ) -> Project:
        """Return a project for a person: to whoever must not see it, there is none of this key.

        ``who`` is ``None`` where the program itself looks; see ``read`` for the rest.
        """
        project = self.read(key, connection, remember=remember)
        if who is not None and project.members_only and not self._sees_all(who):
            with nullcontext(connection) if connection else self._database.read() as given:
                if key in select_hidden(given, who.name):
                    raise NotFound(_NO_PROJECT.format(key[:80]))
        return project

    def hidden(self, who: Person) -> frozenset[str]:
        """Return the keys of the projects that a person must not see."""
        if self._sees_all(who):
            return frozenset()
        with self._database.read() as connection:
            return select_hidden(connection, who.name)

    def find(self, key: str, connection: Connection | None = None) -> Project | None:
        """Return a project, or ``None`` if there is none of this key."""
        try:
            return self.read(key, connection)
        except InputError:
            return None

    def filename(self, key: str, meme: str) -> str:
        """Return the name that a meme of a project came with, or "" where it is not known."""
        found = Memes(self._database, key).many([meme]).get(meme)
        return "" if found is None else found.filename

    def keys(self) -> tuple[str, ...]:
        """Return the keys of all projects, in alphabetical order."""
        with self._database.read() as connection:
            return queries.select_keys(connection)

    def list(self, who: Person | None = None) -> tuple[Project, ...]:
        """Return the projects that a person sees, oldest first; without one, all.

        A damaged one is named in the log and passed over.

        So is a database that cannot be used: a home that cannot be written still predicts.
        """
        projects = []
        try:
            for key in self.keys():
                try:
                    projects.append(self.read(key))
                except StoreError as error:
                    _log.warning("%s", error)
        except StoreError as error:
            _log.warning("%s", error)
        secret = who is not None and any(one.members_only for one in projects)
        hidden = self.hidden(who) if who is not None and secret else frozenset()
        seen = [project for project in projects if project.key not in hidden]
        return tuple(sorted(seen, key=lambda project: (project.created, project.key)))

    def write(self, project: Project, connection: Connection | None = None) -> None:
        """Replace a project's rules; the caller has read them within ``changing``."""
        with nullcontext(connection) if connection else self.changing(project.key) as given:
            before = self.read(project.key, given)
            queries.update_project(given, project)
            if any(getattr(before, rule) != getattr(project, rule) for rule in _COUNTING):
                rebuild_project(given, project)

    def reading(self) -> AbstractContextManager[Connection]:
        """Begin a transaction for a look at several things of a project at one moment."""
        return self._database.read()

    def changing(self, key: str) -> AbstractContextManager[Connection]:
        """Begin a transaction for a change of a project; they follow one another."""
        return self._database.write(f"project-{check_key(key)}")

    def clear(self, key: str) -> None:
        """Delete the folder of a project that was deleted; raise StoreError if that fails."""
        self._projects.pop(key, None)
        folder = self._home.project(key)
        with disk_errors("deleted", folder), suppress(FileNotFoundError):
            shutil.rmtree(folder)

    def memes(self, key: str) -> Memes:
        """Return a project's memes."""
        self.read(key)
        return Memes(self._database, key)

    def tally(self, project: Project) -> Tally:
        """Return how much is decided in a project, without counting."""
        with self._database.read() as connection:
            return read_tally(connection, project.key, project.tasks.key)

    def add(self, key: str, memes: Iterable[ProjectMeme]) -> None:
        """Add memes, or replace what is known of those that are there, all or none."""
        with self.changing(key) as connection:
            project = self.read(key, connection)
            fresh = queries.add_memes(connection, project, memes)
            count_in(connection, key, project.tasks.key, fresh)

    def write_preview(self, key: str, meme: str, data: bytes) -> None:
        """Keep the picture that the page shows; a lost one is made again, so nothing is synced."""
        path = self._preview(key, meme)
        make_folder(path.parent)
        atomic_write(path, data, sync=False)

    def read_preview(self, key: str, meme: str) -> bytes | None:
        """Return the picture that the page shows (WebP), or ``None`` if there is none."""
        with disk_errors("read", self._home.project(key)), suppress(FileNotFoundError):
            return self._preview(key, meme).read_bytes() or None
        return None

    def keep_upload(self, key: str, files: Mapping[str, Path]) -> Path:
        """Copy files into a folder of the project and return it; a single archive is itself."""
        folder = self._home.project(key) / UPLOADS / uuid.uuid4().hex / UPLOAD
        keep_files(folder, files)
        return find_source(folder)

    def drop_upload(self, key: str, source: Path) -> None:
        """Delete an upload that was imported; anything outside the uploads is left alone."""
        uploads = self._home.project(key) / UPLOADS
        if uploads in source.parents:
            shutil.rmtree(uploads / source.relative_to(uploads).parts[0], ignore_errors=True)

    def _preview(self, key: str, meme: str) -> Path:
        return self._home.project(key) / "previews" / f"{check_id(meme)}.webp"


def check_key(key: str) -> str:
    """Return a key that can name a project; raise InputError if it cannot."""
    if not _KEY.fullmatch(key):
        raise InputError(
            f"'{key[:80]}' cannot be the key of a project. Use 1 to 60 lower-case letters, digits "
            "and dashes, such as summer-memes."
        )
    return key


def render_preview(image: Image.Image) -> bytes:
    """Return a picture as WebP without metadata, at most ``PREVIEW_SIDE`` pixels a side."""
    small = image
    if max(image.size) > PREVIEW_SIDE:
        small = image.copy()
        small.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
    sink = io.BytesIO()
    small.save(sink, "WEBP", quality=_PREVIEW_QUALITY, method=2)
    return sink.getvalue()
