"""Which models there are, and the one pointer that says which of them answers.

Invariants: a folder appears under its name only when it is whole, and gets its row afterwards; one
that was left without a row, or was put there by hand, gets it at the next look. A model is deleted
within the transaction that forgets it, the folder first. The pointer is read, changed and written
in one transaction, and every change adds to the history, so that its last number says whether
anything is new. What is remembered is replaced, never changed, so any thread may look at it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from memeclip_core.database.engine import Database
from memeclip_core.database.facts import read_fact
from memeclip_core.errors import CheckpointError, StoreError
from memeclip_core.heads.model import HeadModel
from memeclip_core.marks import mark
from memeclip_core.models import queries
from memeclip_core.models.checkpoints import (
    MANIFEST,
    delete_checkpoint,
    read_checkpoint,
    read_learnt,
    read_manifest,
    read_replay,
    write_checkpoint,
)
from memeclip_core.models.learnt import Learnt
from memeclip_core.models.queries import Change, ModelRow
from memeclip_core.models.replay import Replay
from memeclip_core.records.clock import utc_now
from memeclip_core.records.schemas import from_plain
from memeclip_core.storage.home import Home, check_name
from memeclip_core.storage.old_home import read_old_pointer

NO_WAY_BACK = mark("There is nothing to roll back to: no model answered before this one.")
STARTER = ""
"""Stands in the pointer's history for "no model was chosen, so the starter answers"."""

SETTLED = 2.0
"""Seconds after which a folder's time of change tells any later change from it."""

RETRY_SECONDS = 5.0
"""How long a database that could not be used is let be: asking it may take long."""

_log = logging.getLogger("memeclip")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Listing:
    """The models of one task set at one moment; nobody may change it.

    Attributes:
        at: what differs at another moment.
        rows: the models whose folders are there, by version: starters, then the newest first.
        active: the version that was chosen, or "".
        history: what was done with them, oldest first.
        trouble: why it may not be so any more, or only the starters are known; or "".
    """

    at: object
    rows: Mapping[str, ModelRow]
    active: str
    history: tuple[Change, ...]
    trouble: str = ""

    @property
    def unseen(self) -> set[str]:
        """The retrained models that nobody ever let answer."""
        promoted = {c.version for c in self.history if c.action in ("promote", "roll-back")}
        return {v for v, row in self.rows.items() if row.origin == "retrained"} - promoted


class _Folder:
    """The names of the folders in a folder, listed again only when it has changed."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._stamp: tuple[int, int] | None = None
        self._known: tuple[object, tuple[str, ...]] = (None, ())

    def look(self) -> tuple[object, tuple[str, ...]]:
        """Return what differs once it has changed, and the names."""
        try:
            facts = self.root.stat()
            stamp = facts.st_ino, facts.st_mtime_ns
            if stamp != self._stamp:
                names = (path.name for path in self.root.iterdir() if path.name[0] != ".")
                self._known = (stamp, tuple(sorted(names)))
                self._stamp = stamp if time.time() - facts.st_mtime > SETTLED else None
        except OSError:
            return None, ()
        return self._known


class ModelStore:
    """Starters, which are read only, and the retrained models of one home."""

    def __init__(self, home: Home, checkpoints: Path, database: Database) -> None:
        self._home = home
        self._database = database
        self._shipped = _Folder(checkpoints)
        self._own = _Folder(home.models)
        self._starters: tuple[object, dict[str, ModelRow]] = (None, {})
        self._adopted: object = None
        self._trouble: tuple[float, str] = (0.0, "")
        self._manifests: dict[Path, tuple[object, dict[str, Any]]] = {}
        self._known: dict[str, Listing] = {}

    def look(self, task_set: str) -> Listing:
        """Return the models of a task set; the same object as long as nothing is new.

        While the database cannot be used, they are those of before; the starters, if it never
        could.
        """
        known, (until, trouble) = self._known.get(task_set), self._trouble
        if time.monotonic() >= until:
            try:
                known, trouble = self._read(task_set, known), ""
            except StoreError as error:
                trouble = str(error)
                self._trouble = (time.monotonic() + RETRY_SECONDS, trouble)
                _log.warning("which model answers is not known: %s", error)
        if known is None:
            known = Listing(at=None, rows=self._of(task_set), active=STARTER, history=())
        if trouble and known.trouble != trouble:
            known = replace(known, at=None, trouble=trouble)
        self._known[task_set] = known
        return known

    def _read(self, task_set: str, known: Listing | None) -> Listing:
        """Return what is known where nothing is new, or else read it."""
        shipped, own = self._shipped.look(), self._own.look()
        if self._adopted != own:
            self._adopt(own[1])
            self._adopted = own
        with self._database.read() as connection:
            at = (shipped, own, queries.select_revision(connection))
            if known is not None and known.at == at:
                return known
            rows = queries.select_models(connection, task_set)
            return Listing(
                at=at,
                rows=self._of(task_set) | {r.version: r for r in rows if r.version in own[1]},
                active=queries.select_active(connection, task_set),
                history=queries.select_history(connection, task_set),
            )

    def manifest(self, version: str) -> dict[str, Any]:
        """Return a model's manifest, read once as long as it is the same file.

        Raises:
            CheckpointError: if there is no such model, or its manifest is damaged.
        """
        return self._read_manifest(self._folder(version))

    def starters(self) -> tuple[str, ...]:
        """Return the names in the folder of starters, of whatever task set and encoder."""
        return self._shipped.look()[1]

    def exists(self, version: str) -> bool:
        """Say whether there is a folder of this name."""
        return self._find(version) is not None

    def read(self, version: str) -> HeadModel:
        """Read a model.

        Raises:
            CheckpointError: if there is none, or it is damaged.
        """
        return read_checkpoint(self._folder(version))

    def read_replay(self, version: str) -> Replay:
        """Read the replay file that belongs to a checkpoint; CheckpointError if there is none."""
        return read_replay(self._folder(version))

    def read_learnt(self, version: str) -> Learnt:
        """Read what a checkpoint was taught beyond its replay; see ``read_learnt``."""
        return read_learnt(self._folder(version))

    def write(self, model: HeadModel, learnt: Learnt | None = None) -> None:
        """Add a retrained model; see ``write_checkpoint``."""
        write_checkpoint(
            self._home.models / check_name(model.version, "model"), model, learnt=learnt
        )
        self._adopt([model.version])

    def delete(self, version: str, *, task_set: str, by: str) -> None:
        """Delete a retrained model.

        Raises:
            StoreError: if it is active, a starter, or cannot be deleted.
            CheckpointError: if there is none.
        """
        with self._database.write("models") as connection:
            folder = self._folder(version)
            if folder.parent != self._home.models:
                raise StoreError(f"'{version}' is a starter, and starters cannot be discarded.")
            if queries.is_active(connection, version):
                raise StoreError(f"'{version}' is active. Promote another or roll back first.")
            delete_checkpoint(folder)
            queries.delete_model(connection, version)
            queries.insert_change(connection, _change(task_set, version, by, "discard"))

    def promote(self, version: str, *, by: str) -> HeadModel:
        """Point at a model, once it has been read in full; return it.

        Raises:
            CheckpointError: if it is missing or damaged; the pointer is as it was.
            StoreError: if the pointer cannot be written.
        """
        model = self.read(version)
        with self._database.write("models") as connection:
            self._folder(version)  # nobody has deleted it meanwhile
            queries.write_active(connection, model.task_set, version)
            queries.insert_change(connection, _change(model.task_set, version, by, "promote"))
        return model

    def roll_back(self, task_set: str, *, by: str) -> str:
        """Point at the model that answered before; return its version or ``STARTER``.

        Going back twice goes back two steps. Models that are gone or damaged are passed over.

        Raises:
            StoreError: if there is no earlier model, or the pointer cannot be written.
        """
        with self._database.read() as connection:
            history = queries.select_history(connection, task_set)
        earlier = self._last_usable(_steps(history)[:-1])
        if earlier is None:
            raise StoreError(NO_WAY_BACK)
        with self._database.write("models") as connection:
            if queries.select_history(connection, task_set) != history:
                raise StoreError("Somebody else has just chosen a model. Look, and try again.")
            queries.write_active(connection, task_set, earlier)
            queries.insert_change(connection, _change(task_set, earlier, by, "roll-back"))
        return earlier

    def can_roll_back(self, listing: Listing) -> bool:
        """Say whether a model that answered before is still there; reads no weights."""
        earlier = _steps(listing.history)[:-1]
        return any(version == STARTER or self.exists(version) for version in earlier)

    def next_version(self, prefix: str) -> str:
        """Count up past every version of this beginning that was ever handed out."""
        with self._database.read() as connection:
            used = queries.select_used(connection, prefix)
        used |= {*self._own.look()[1], *self._shipped.look()[1]}
        ends = [version.removeprefix(prefix) for version in used if version.startswith(prefix)]
        return f"{prefix}{max((int(end) for end in ends if end.isdecimal()), default=0) + 1}"

    def take_over(self) -> None:
        """Take over, once, the pointer that an earlier release kept in a file.

        Raises:
            StoreError: if that file is damaged, or the database cannot be used.
        """
        with self._database.read() as connection:
            if read_fact(connection, queries.OLD_POINTER):
                return
        active, history = read_old_pointer(self._home)
        changes = [from_plain(Change, line) for line in history]
        with self._database.write("models") as connection:
            queries.insert_old_pointer(connection, active, changes)

    def _of(self, task_set: str) -> dict[str, ModelRow]:
        """Return the starters of a task set."""
        shipped = self._shipped.look()
        if self._starters[0] != shipped:
            self._starters = shipped, self._describe(self._shipped.root, shipped[1])
        return {v: row for v, row in self._starters[1].items() if row.task_set == task_set}

    def _adopt(self, names: Sequence[str]) -> None:
        """Give the folders among the home's own models their rows."""
        with self._database.read() as connection:
            known = queries.select_versions(connection)
        rows = self._describe(self._own.root, [name for name in names if name not in known])
        if rows:
            with self._database.write("models") as connection:
                for row in rows.values():
                    added = _change(row.task_set, row.version, "", "add")
                    queries.insert_models(connection, [row], added)

    def _describe(self, root: Path, names: Iterable[str]) -> dict[str, ModelRow]:
        """Read the manifests of folders; what has none is no model, and a damaged one is named."""
        found = {}
        for name in names:
            if not (root / name / MANIFEST).is_file():
                continue
            try:
                manifest = self._read_manifest(root / name)
                found[name] = ModelRow(
                    version=name,
                    task_set=str(manifest.get("task_set")),
                    encoder=str((manifest.get("encoder") or {}).get("name", "")),
                    origin=str(manifest.get("origin")),
                    created=datetime.fromisoformat(manifest["created"]),
                    job=str((manifest.get("data") or {}).get("job", "")),
                )
            except CheckpointError as error:
                _log.warning("%s", error)
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                _log.warning("the manifest of %s is of no use: %r", name, error)
        return found

    def _read_manifest(self, folder: Path) -> dict[str, Any]:
        path = folder / MANIFEST
        try:
            facts = path.stat()
        except OSError:
            return read_manifest(folder)  # says what is wrong
        identity = facts.st_ino, facts.st_size, facts.st_mtime_ns
        known = self._manifests.get(path)
        if known is None or known[0] != identity:
            known = self._manifests[path] = (identity, read_manifest(folder))
            # Older models have thousands of digests there, which ``read_learnt`` reads.
            data = known[1].get("data")
            if isinstance(data, dict):
                data.pop("seen", None)
        return known[1]

    def _last_usable(self, versions: Sequence[str]) -> str | None:
        for version in reversed(versions):
            if version == STARTER:
                return version
            try:
                self.read(version)
            except CheckpointError as error:
                _log.warning("passed over in a roll-back: %s", error)
            else:
                return version
        return None

    def _folder(self, version: str) -> Path:
        folder = self._find(version)
        if folder is None:
            names = sorted({*self._shipped.look()[1], *self._own.look()[1]})
            known = ", ".join(name for name in names if self.exists(name)) or "none"
            raise CheckpointError(f"There is no model '{version[:80]}'. Known: {known}.")
        return folder

    def _find(self, version: str) -> Path | None:
        try:
            check_name(version, "model")
        except StoreError:
            return None
        folders = (self._own.root / version, self._shipped.root / version)
        return next((folder for folder in folders if folder.is_dir()), None)


def _change(task_set: str, version: str, by: str, action: str) -> Change:
    return Change(time=utc_now(), task_set=task_set, version=version, by=by, action=action)


def _steps(history: Iterable[Change]) -> list[str]:
    """Replay the history: the versions that one would go back through."""
    stack = [STARTER]
    for change in history:
        if change.action == "promote" and stack[-1] != change.version:
            stack.append(change.version)
        elif change.action == "roll-back":
            while len(stack) > 1 and stack[-1] != change.version:
                stack.pop()
    return stack
