"""Which models there are, and the one pointer that says which of them answers.

Invariants: the pointer is read, changed and replaced in one piece under the home's lock "active",
which also guards the deletion of models: other processes do the same. Reading takes no lock, since
a folder appears under its name only when it is whole. What is remembered is replaced, never
changed, so any thread may look at it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from memeclip_core.errors import CheckpointError, StoreError
from memeclip_core.heads.model import HeadModel
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
from memeclip_core.models.replay import Replay
from memeclip_core.storage.files import atomic_write, load_json, locked, store_error
from memeclip_core.storage.home import Home, check_name

SCHEMA = 1
STARTER = ""
"""Stands in the pointer's history for "no model was chosen, so the starter answers"."""

Identity = tuple[int, int, int]
"""Of a file: its inode, size and time of change."""

_log = logging.getLogger("memeclip")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One line of the pointer's history; ``action`` is promote, roll-back or discard."""

    time: str
    task_set: str
    version: str
    by: str
    action: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Listing:
    """What lies on the disk at one moment; nobody may change it.

    Attributes:
        manifests: those of all models that have a readable one, by version.
        active: the chosen version by task set.
        history: the pointer's, oldest first.
    """

    manifests: Mapping[str, dict[str, Any]]
    active: Mapping[str, str]
    history: tuple[Change, ...]


class ModelStore:
    """Starters, which are read only, and the retrained models of one home."""

    def __init__(self, home: Home, checkpoints: Path) -> None:
        self._home = home
        self._roots = (checkpoints, home.models)
        self._pointer = home.active
        self._manifests: dict[Path, tuple[Identity, dict[str, Any]]] = {}
        self._known: tuple[object, Listing] | None = None

    def look(self) -> Listing:
        """Return what there is; the same object as long as all files are the same ones.

        Raises:
            StoreError: if the pointer is damaged.
        """
        paths = self._find_manifests()
        files = _identify(self._pointer), paths, [_identify(path) for path in paths]
        if self._known is None or self._known[0] != files:
            pointer = self._read()
            listing = Listing(
                manifests=self._read_manifests(paths),
                active=pointer["active"],
                history=tuple(Change(**c) for c in pointer["history"] if isinstance(c, dict)),
            )
            if len(listing.manifests) < len({path.parent.name for path in paths}):
                return listing  # What could not be read may be read the next time.
            self._known = (files, listing)
        return self._known[1]

    def list(self) -> tuple[dict[str, Any], ...]:
        """Return the manifests of ``look``, whether or not the pointer can be read."""
        return tuple(self._read_manifests(self._find_manifests()).values())

    def _find_manifests(self) -> tuple[Path, ...]:
        found = [path for root in self._roots for path in sorted(root.glob(f"*/{MANIFEST}"))]
        return tuple([path for path in found if not path.parent.name.startswith(".")])

    def _read_manifests(self, paths: Sequence[Path]) -> dict[str, dict[str, Any]]:
        """Read manifests by version; each once, as long as its file is the same one."""
        found = {}
        for path in paths:
            try:
                found[path.parent.name] = self._read_manifest(path)
            except CheckpointError as error:
                _log.warning("%s", error)
        return {version: found[version] for version in sorted(found)}

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
        folder = self._home.models / check_name(model.version, "model")
        write_checkpoint(folder, model, learnt=learnt)

    def delete(self, version: str, *, task_set: str, by: str) -> None:
        """Delete a retrained model.

        Raises:
            StoreError: if it is active, a starter, or cannot be deleted.
            CheckpointError: if there is none.
        """
        with locked(self._home.lock("active")):
            folder = self._folder(version)
            if folder.parent != self._home.models:
                raise StoreError(f"'{version}' is a starter, and starters cannot be discarded.")
            pointer = self._read()
            if version in pointer["active"].values():
                raise StoreError(f"'{version}' is active. Promote another or roll back first.")
            delete_checkpoint(folder)
            self._write(pointer, pointer["active"], task_set, version, by, "discard")

    def promote(self, version: str, *, by: str) -> HeadModel:
        """Point at a model, once it has been read in full; return it.

        Raises:
            CheckpointError: if it is missing or damaged; the pointer is as it was.
            StoreError: if the pointer cannot be written.
        """
        with locked(self._home.lock("active")):
            model = self.read(version)
            pointer = self._read()
            active = {**pointer["active"], model.task_set: version}
            self._write(pointer, active, model.task_set, version, by, "promote")
        return model

    def roll_back(self, task_set: str, *, by: str) -> str:
        """Point at the model that answered before; return its version or ``STARTER``.

        Going back twice goes back two steps. Models that are gone or damaged are passed over.

        Raises:
            StoreError: if there is no earlier model, or the pointer cannot be written.
        """
        with locked(self._home.lock("active")):
            pointer = self._read()
            steps = _steps(Change(**item) for item in pointer["history"] if isinstance(item, dict))
            earlier = self._last_usable(steps.get(task_set, [])[:-1])
            if earlier is None:
                raise StoreError(
                    "There is nothing to roll back to: no model answered before this one."
                )
            active = dict(pointer["active"])
            active.pop(task_set, None)
            if earlier != STARTER:
                active[task_set] = earlier
            self._write(pointer, active, task_set, earlier, by, "roll-back")
        return earlier

    def can_roll_back(self, task_set: str) -> bool:
        """Say whether a model that answered before is still there; reads no weights."""
        earlier = _steps(self.look().history).get(task_set, [])[:-1]
        return any(version == STARTER or self.exists(version) for version in earlier)

    def _read_manifest(self, path: Path) -> dict[str, Any]:
        identity = _identify(path)
        if identity is None:
            return read_manifest(path.parent)
        known = self._manifests.get(path)
        if known is None or known[0] != identity:
            known = self._manifests[path] = (identity, read_manifest(path.parent))
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
            known = ", ".join(manifest["version"] for manifest in self.list()) or "none"
            raise CheckpointError(f"There is no model '{version[:80]}'. Known: {known}.")
        return folder

    def _find(self, version: str) -> Path | None:
        try:
            check_name(version, "model")
        except StoreError:
            return None
        roots = reversed(self._roots)
        return next((root / version for root in roots if (root / version).is_dir()), None)

    def _read(self) -> dict[str, Any]:
        path = self._pointer
        try:
            pointer = load_json(path.read_bytes())
        except (FileNotFoundError, NotADirectoryError):
            return {"schema": SCHEMA, "active": {}, "history": []}
        except OSError as error:
            raise store_error("read", path, error) from None
        except ValueError:
            pointer = None
        if (
            not isinstance(pointer, dict)
            or pointer.get("schema") != SCHEMA
            or not isinstance(pointer.get("active"), dict)
            or not isinstance(pointer.get("history"), list)
        ):
            raise StoreError(
                f"{path} is damaged, so no model is known to be active. Repair it, or move it "
                "away to go back to the starters."
            )
        return pointer

    def _write(
        self,
        pointer: dict[str, Any],
        active: dict[str, str],
        task_set: str,
        version: str,
        by: str,
        action: str,
    ) -> None:
        line = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "task_set": task_set,
            "version": version,
            "by": by,
            "action": action,
        }
        new = {"schema": SCHEMA, "active": active, "history": [*pointer["history"], line]}
        text = json.dumps(new, indent=1, ensure_ascii=False) + "\n"
        atomic_write(self._pointer, text.encode())


def _identify(path: Path) -> Identity | None:
    """Return what differs between two files of one name; ``None`` if there is none."""
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_ino, facts.st_size, facts.st_mtime_ns


def _steps(history: Iterable[Change]) -> dict[str, list[str]]:
    """Replay the history: by task set, the versions one would go back through."""
    steps: dict[str, list[str]] = {}
    for change in history:
        stack = steps.setdefault(change.task_set, [STARTER])
        if change.action == "promote" and stack[-1] != change.version:
            stack.append(change.version)
        elif change.action == "roll-back":
            while len(stack) > 1 and stack[-1] != change.version:
                stack.pop()
    return steps
