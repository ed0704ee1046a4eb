"""``Backup``: the home, copied to a private repository every few minutes and read back at start.

Invariants: ``_pushing`` is held during a push, so that the thread and an admin never push at once;
the status is replaced as a whole, so anybody may read it meanwhile. Reading back happens before
anything else looks at the home, with no thread running. A commit is noted with words of its own
before it is sent, so that it is known again where a kill, or the line, took its answer.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from memeclip_core.access.people import People
from memeclip_core.database.snapshot import (
    holds_work,
    keep_people,
    read_revision,
    write_snapshot,
)
from memeclip_core.errors import StoreError, log_unexpected
from memeclip_core.records.clock import utc_now
from memeclip_core.records.decision import Person
from memeclip_core.records.health import BackupState
from memeclip_core.storage.backup import HubRepository, Mark, Snapshot, matters
from memeclip_core.storage.home import DATABASE, Home

PUSH_SECONDS = 300.0
"""How often a home is looked at; what has not changed is not copied."""

BATCH = 400
"""Files of one commit, at most."""

LOSES = (
    "What people save here is lost when the Space restarts: its disk is not kept. Whoever owns it "
    "can name a private dataset repository in the variable MEMECLIP_BACKUP_TO, with a token that "
    "may write to it in the secret HF_TOKEN."
)
_log = logging.getLogger("memeclip")


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupStatus:
    """How safe the home is.

    Attributes:
        repository: where the backup goes, or "".
        last: when it was last complete, in this run of the program.
        error: what went wrong since, or "".
        warning: that nothing is kept at all, or "".
    """

    repository: str
    last: datetime | None = None
    error: str = ""
    warning: str = ""


def open_snapshot(home: Home) -> Snapshot:
    """Return what a backup of a home holds."""
    return Snapshot(
        home,
        copy=partial(write_snapshot, home.root),
        revision=partial(read_revision, home.root),
        used=partial(holds_work, home.root),
        join=partial(keep_people, home.root),
    )


class Backup:
    """Push what is new; never over a repository that went on elsewhere.

    Args:
        people: checks roles.
        snapshot: the home's files.
        repository: where they go; ``None`` backs nothing up.
        keeps: whether the home outlives a restart anyway.
        clock: the time in UTC.
    """

    def __init__(
        self,
        *,
        people: People,
        snapshot: Snapshot,
        repository: HubRepository | None,
        keeps: bool,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._people = people
        self._snapshot = snapshot
        self._repository = repository
        self._clock = clock
        self._status = BackupStatus(
            repository="" if repository is None else repository.name,
            warning="" if keeps or repository is not None else LOSES,
        )
        self._pushing = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def warning(self) -> str:
        """What everybody who writes here should know, or ""."""
        return self._status.warning

    @property
    def state(self) -> tuple[BackupState, datetime | None]:
        """Whether there is a copy, and when it was last complete: what anybody may know."""
        status = self._status
        if not status.repository:
            return "none", None
        if status.error:
            return "failing", status.last
        return ("waiting" if status.last is None else "complete"), status.last

    def status(self, who: Person) -> BackupStatus:
        """Return how the last backup went; raise PermissionDenied unless the person may correct."""
        self._people.require(who, "annotator", "see the backup", spends="read")
        return self._status

    def push_now(self, who: Person) -> BackupStatus:
        """Back up what is new and say how it went.

        Raises:
            PermissionDenied: if the person is no admin.
        """
        self._people.require(who, "admin", "back up", spends="job")
        self._try()
        return self._status

    def read_back(self) -> int:
        """Fill an empty home from the repository, before anything else looks at it.

        A home that was backed up there before is left as it is; one that never was goes to an
        empty repository alone.

        Returns:
            how many files were read back.

        Raises:
            StoreError: if the repository cannot be read, or home and repository both hold
                something and neither is the other's copy. Nothing was changed then.
        """
        if self._repository is None:
            return 0
        commit = self._repository.connect()
        mark = self._snapshot.read_mark()
        kept = tuple(name for name in self._repository.files() if matters(name))
        halfway = mark is not None and mark.files is None
        if not self._snapshot.empty and not halfway:
            self._check(self._repository.name, mark, commit, kept)
            return 0
        self._snapshot.write_mark(Mark(repository=self._repository.name, commit=commit, files=None))
        if kept:
            inbox = self._snapshot.make_inbox()
            self._repository.fetch(kept, inbox)
            if DATABASE in kept:
                self._snapshot.join(inbox)
            self._snapshot.restore(inbox, kept)
            self._snapshot.drop_inbox()
        files = {name: at for name, at in self._snapshot.files().items() if name in set(kept)}
        self._snapshot.write_mark(
            Mark(repository=self._repository.name, commit=commit, files=files)
        )
        _log.info("read %d files back from the backup", len(kept))
        return len(kept)

    def _check(self, name: str, mark: Mark | None, commit: str, kept: tuple[str, ...]) -> None:
        """Let a home that holds something go on with a repository only if they belong together."""
        if mark is not None and mark.repository == name:
            if mark.commit != commit and self._find_own(mark, commit, kept) is None:
                raise StoreError(
                    f"The repository '{name}' has changed since this home was last copied to it: "
                    "another server writes there too, or somebody did by hand. Nothing was "
                    "touched. Start with an empty home to read it back, or name another repository."
                )
            return
        if kept:
            raise StoreError(
                f"The home holds decisions or projects, and so does the repository '{name}', which "
                "is no copy of it. Nothing was touched. Start with an empty home to read it back, "
                "or name an empty repository."
            )
        self._snapshot.write_mark(Mark(repository=name, commit=commit))

    def _find_own(self, mark: Mark, commit: str, kept: tuple[str, ...]) -> Mark | None:
        """Return the mark of a commit of this home's whose answer never came, or ``None``.

        What it brought is uploaded once more: how it was then is not known.
        """
        assert self._repository is not None and mark.files is not None
        if not mark.message or self._repository.message() != mark.message:
            return None
        there = set(kept)
        files = {path: at for path, at in mark.files.items() if path in there}
        found = Mark(repository=mark.repository, commit=commit, files=files)
        self._snapshot.write_mark(found)
        return found

    def start(self) -> None:
        """Push every few minutes from now on, in a thread of its own."""
        if self._repository is None or self._thread is not None:
            return
        self._thread = threading.Thread(target=self._run, name="backup", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Push once more and end; what fails then is in the log."""
        if self._thread is None:
            return
        self._stop.set()
        self._thread.join()
        self._thread = None
        self._try()

    def push(self) -> int:
        """Copy what is new to the repository; return how many files that were.

        Raises:
            StoreError: if that is not possible. What was pushed before stays.
        """
        if self._repository is None:
            raise StoreError(
                "There is no backup to push to. Start with --backup-to OWNER/NAME, or set the "
                "variable MEMECLIP_BACKUP_TO."
            )
        with self._pushing:
            mark = self._snapshot.read_mark()
            if mark is None or mark.files is None:
                raise StoreError("The backup was not read back at the start. Start again.")
            if mark.message:
                kept = self._repository.files()
                mark = self._find_own(mark, self._repository.connect(), kept) or mark
            assert mark.files is not None
            now = self._snapshot.files()
            new = [name for name, at in now.items() if mark.files.get(name) != at]
            gone = [name for name in mark.files if name not in now]
            # The log is small and matters most; pictures and models come after it.
            new.sort(key=lambda name: ("/" in name, name))
            held, commit = dict(mark.files), mark.commit
            for start in range(0, max(len(new), bool(gone)), BATCH):
                part = new[start : start + BATCH]
                contents = {name: self._snapshot.content(name) for name in part}
                files = {name: data for name, data in contents.items() if data is not None}
                leaving = gone if start == 0 else []
                if not files and not leaving:
                    continue
                message = f"Back up {len(files):,} files ({secrets.token_hex(8)})"
                sent = Mark(repository=self._repository.name, commit=commit, files=held)
                self._snapshot.write_mark(replace(sent, message=message))
                commit = self._repository.push(files, leaving, parent=commit, message=message)
                held.update({name: now[name] for name in files})
                for name in leaving:
                    del held[name]
                self._snapshot.write_mark(
                    Mark(repository=self._repository.name, commit=commit, files=held)
                )
            self._snapshot.drop_inbox()
        return len(new)

    def _run(self) -> None:
        while True:
            self._try()
            if self._stop.wait(PUSH_SECONDS):
                return

    def _try(self) -> None:
        try:
            count = self.push()
        except StoreError as error:
            _log.warning("the backup failed: %s", error)
            self._note(error=str(error))
        except Exception as error:
            log_unexpected(_log, error, "the backup failed")
            self._note(error="The backup failed unexpectedly; the log says where.")
        else:
            self._note(error="")
            if count:
                _log.info("backed up %d files", count)

    def _note(self, *, error: str) -> None:
        before = self._status
        self._status = BackupStatus(
            repository=before.repository,
            last=before.last if error else self._clock(),
            error=error,
        )
