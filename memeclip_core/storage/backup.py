"""What of a home goes into a backup, and the private repository on the Hub that it goes to."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from memeclip_core.errors import StoreError
from memeclip_core.records.schemas import from_json, to_json, to_plain
from memeclip_core.storage.files import (
    atomic_write,
    discard,
    disk_errors,
    locked,
    make_folder,
)
from memeclip_core.storage.home import DATABASE, Home

if TYPE_CHECKING:
    from huggingface_hub import HfApi

SCHEMA = 1
FILES = ("corrections*.csv", "active.json", DATABASE)
FOLDERS = ("images", "models", "jobs", "projects")
"""Everything else can be computed again, or is no business of a backup: passwords, locks."""

_DATASET = "dataset"
LEFT_OUT = ("predictions", "exports", "uploads")
"""Folders of a project that can be made again."""

GROWING = {".csv", ".json", ".jsonl"}
"""Files that change; all others are written once under a name of their own."""

Stamp = tuple[int, int]
"""Size and time of change of a file; of the database, two numbers of its content."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What the last backup of a home was.

    Attributes:
        repository: where it went.
        commit: its id there.
        files: what it held; ``None`` while it is being read back.
        message: of the commit that was on its way then; "" once it is known to have come.
    """

    repository: str
    commit: str
    files: Mapping[str, Stamp] | None = field(default_factory=dict)
    message: str = ""


class Snapshot:
    """The files of a home that matter.

    Args:
        home: which.
        copy: writes the database as it is now to a path, without what is private.
        revision: two numbers that are others once the database holds something else that matters;
            StoreError if it cannot be read.
        used: whether the database holds anything.
        join: brings what is private into the database in a folder, before that takes the place of
            the home's.
    """

    def __init__(
        self,
        home: Home,
        *,
        copy: Callable[[Path], object],
        revision: Callable[[], Stamp],
        used: Callable[[], bool],
        join: Callable[[Path], object],
    ) -> None:
        self._home = home
        self._copy = copy
        self._revision = revision
        self._used = used
        self.join = join
        self._mark = home.root / "backup.json"
        self._inbox = home.root / "restoring"

    @property
    def empty(self) -> bool:
        """Whether nothing was decided or set up here yet."""
        projects = self._home.root / "projects"
        files = self._home.corrections.exists() or any(projects.glob("*/project.json"))
        return not files and not self._used()

    def files(self) -> dict[str, Stamp]:
        """Return the files that matter, by their path inside the home."""
        found = {}
        for path in self._walk():
            try:
                facts = path.stat()
            except OSError:  # gone since it was listed
                continue
            name = path.relative_to(self._home.root).as_posix()
            found[name] = (facts.st_size, facts.st_mtime_ns)
            if name == DATABASE:
                # It is written to all the time, also where nobody does anything worth keeping.
                with suppress(StoreError):
                    found[name] = self._revision()
        return found

    def content(self, name: str) -> Path | bytes | None:
        """Return a file for uploading: its bytes if it may grow meanwhile; ``None`` if it is gone.

        The log is read under its lock, so that no save is cut in two; of the database it is a copy
        that ``drop_inbox`` removes.
        """
        path = self._home.root / name
        if name == DATABASE:
            copy = make_folder(self._inbox) / name
            with disk_errors("written", copy):
                copy.unlink(missing_ok=True)
            self._copy(copy)
            return copy
        with disk_errors("read", path), suppress(FileNotFoundError):
            if path == self._home.corrections:
                with locked(self._home.lock("corrections")):
                    return path.read_bytes()
            if path.suffix in GROWING:
                return path.read_bytes()
        return path if path.exists() else None

    def restore(self, folder: Path, names: tuple[str, ...]) -> None:
        """Move files of a backup into the home, over what is there."""
        if DATABASE in names:
            # What lies beside the one that goes would be taken for changes of the one that comes.
            for end in ("-wal", "-shm"):
                discard(self._home.database.with_name(DATABASE + end))
        for name in names:
            source, target = folder / name, self._home.root / name
            make_folder(target.parent)
            with disk_errors("written", target):
                os.replace(source, target)

    def put_aside(self, now: datetime) -> Path | None:
        """Move what a backup holds into a folder inside the home; ``None`` if there is nothing.

        Done again after a kill, it moves the rest. The people who may sign in go with it.
        """
        root = self._home.root
        # The database first: without it nothing else is looked at.
        beside = [f"{DATABASE}{end}" for end in ("", "-wal", "-shm")]
        names = [*beside, *(path.name for pattern in FILES for path in root.glob(pattern))]
        names += [*FOLDERS, self._mark.name]
        found = [name for name in dict.fromkeys(names) if _holds_something(root / name)]
        if not found:
            return None
        aside = make_folder(root / f"replaced-{now:%Y%m%dT%H%M%S}")
        for name in found:
            with disk_errors("written", aside / name):
                os.replace(root / name, aside / name)
        return aside

    def read_mark(self) -> Mark | None:
        """Return what the last backup was, or ``None`` if there was none."""
        try:
            return from_json(Mark, self._mark.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValueError):
            raise StoreError(
                f"{self._mark} is damaged, so it is not known what was backed up. Delete it to "
                "back up everything anew to an empty repository."
            ) from None

    def write_mark(self, mark: Mark) -> None:
        """Note what the last backup is."""
        atomic_write(self._mark, to_json({"schema": SCHEMA, **to_plain(mark)}))

    def make_inbox(self) -> Path:
        """Return an empty folder to download into, on the home's own disk."""
        self.drop_inbox()
        return make_folder(self._inbox)

    def drop_inbox(self) -> None:
        """Remove that folder and what is left in it."""
        shutil.rmtree(self._inbox, ignore_errors=True)

    def _walk(self) -> Iterator[Path]:
        root = self._home.root
        for pattern in FILES:
            yield from root.glob(pattern)
        for folder in FOLDERS:
            for path in (root / folder).rglob("*"):
                if path.is_file() and matters(path.relative_to(root).as_posix()):
                    yield path


def _holds_something(path: Path) -> bool:
    return any(path.iterdir()) if path.is_dir() else path.exists()


def matters(name: str) -> bool:
    """Say whether a path inside a home belongs to a backup; nothing else is ever read back."""
    path = PurePosixPath(name)
    parts = path.parts
    if path.is_absolute() or not parts or any(part.startswith(".") for part in parts):
        return False
    if len(parts) == 1:
        return any(path.match(pattern) for pattern in FILES)
    if parts[0] not in FOLDERS or path.suffix in (".stop", ".tmp", ".lock"):
        return False
    if "leases." in path.name:
        return False
    return parts[0] != "projects" or len(parts) < 3 or parts[2] not in LEFT_OUT


def is_lasting(folder: Path) -> bool:
    """Say whether a folder lies on a disk of its own, as mounted storage does."""
    existing = next(p for p in (folder.resolve(), *folder.resolve().parents) if p.exists())
    return any(os.path.ismount(p) for p in (existing, *existing.parents) if p != p.parent)


@dataclass(eq=False)
class HubRepository:
    """A dataset repository; the token is the one that the machine has, such as in ``HF_TOKEN``.

    Attributes:
        name: ``owner/name``.
        api: the Hub's client; made at the first use.
    """

    name: str
    api: HfApi | None = None

    def connect(self, *, public: bool = False) -> str:
        """Create the repository if it is not there, and return the id of its last commit.

        Raises:
            StoreError: if it cannot be used, or everybody can see it although that is not meant.
        """
        self._call("create_repo", self.name, repo_type=_DATASET, private=not public, exist_ok=True)
        info = self._call("repo_info", self.name, repo_type=_DATASET)
        if not info.private and not public:
            raise StoreError(
                f"The repository '{self.name}' can be seen by everybody, and it would hold what "
                "people decided on memes, and the memes. Make it private in its settings, or name "
                "another."
            )
        return str(info.sha)

    def look(self) -> bool | None:
        """Say whether it is private, and ``None`` where there is none yet; changes nothing.

        Raises:
            StoreError: if there is no token, or the Hub cannot be reached.
        """
        self._call("whoami")
        if not self._call("repo_exists", self.name, repo_type=_DATASET):
            return None
        return bool(self._call("repo_info", self.name, repo_type=_DATASET).private)

    def files(self) -> tuple[str, ...]:
        """Return the paths of its files."""
        return tuple(self._call("list_repo_files", self.name, repo_type=_DATASET))

    def message(self) -> str:
        """Return what was said with the last commit."""
        commits = self._call("list_repo_commits", self.name, repo_type=_DATASET)
        return str(commits[0].title) if commits else ""

    def fetch(self, paths: Sequence[str], folder: Path) -> None:
        """Download files below a folder, under their own paths."""
        self._call(
            "snapshot_download",
            self.name,
            repo_type=_DATASET,
            local_dir=folder,
            allow_patterns=list(paths),
        )

    def push(
        self, files: Mapping[str, Path | bytes], gone: Sequence[str], *, parent: str, message: str
    ) -> str:
        """Add and delete files in one commit, and return its id.

        Refused if somebody else has committed since ``parent``.
        """
        from huggingface_hub import CommitOperationAdd, CommitOperationDelete

        operations = [
            *(CommitOperationAdd(path_in_repo=k, path_or_fileobj=v) for k, v in files.items()),
            *(CommitOperationDelete(path_in_repo=path) for path in gone),
        ]
        done = self._call(
            "create_commit",
            self.name,
            operations,
            commit_message=message,
            repo_type=_DATASET,
            parent_commit=parent,
        )
        return str(done.oid)

    def _call(self, method: str, *args: Any, **options: Any) -> Any:
        """Call the client; whatever it raises becomes one sentence without its pages of detail."""
        if self.api is None:
            # Imported when needed: only those who back up wait for it.
            from huggingface_hub import HfApi

            self.api = HfApi()
        try:
            return getattr(self.api, method)(*args, **options)
        except Exception as error:
            first = (str(error).strip().splitlines() or [""])[0][:200].rstrip(".")
            raise StoreError(
                f"The repository '{self.name}' could not be used: {type(error).__name__}: {first}. "
                "Check its name, the network, and the secret HF_TOKEN, which must be allowed to "
                "write to it."
            ) from None
