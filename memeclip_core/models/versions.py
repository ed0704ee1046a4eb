"""Which models there are, and the one pointer that says which of them answers."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
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

_log = logging.getLogger("memeclip")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One line of the pointer's history; ``action`` is promote, roll-back or discard."""

    time: str
    task_set: str
    version: str
    by: str
    action: str


class ModelStore:
    """Starters, which are read only, and the retrained models of one home."""

    def __init__(self, home: Home, checkpoints: Path) -> None:
        self._home = home
        self._checkpoints = checkpoints
        self._manifests: dict[Path, tuple[tuple[int, ...], dict[str, Any]]] = {}

    def list(self) -> tuple[dict[str, Any], ...]:
        """Return the manifests of all models that have a readable one, by version.

        Each is read once: as long as its file is the same one, the same object comes back, which
        nobody may change.
        """
        found = {}
        for root in (self._checkpoints, self._home.models):
            for folder in sorted(root.glob(f"*/{MANIFEST}")):
                if folder.parent.name.startswith("."):
                    continue
                try:
                    found[folder.parent.name] = self._read_manifest(folder.parent)
                except CheckpointError as error:
                    _log.warning("%s", error)
        return tuple(found[version] for version in sorted(found))

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

    def active(self, task_set: str) -> str:
        """Return the chosen version, or ``STARTER`` if none was chosen."""
        return str(self._read()["active"].get(task_set, STARTER))

    def history(self) -> tuple[Change, ...]:
        """Return the pointer's history, oldest first."""
        return tuple(Change(**item) for item in self._read()["history"])

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
        steps = _steps(Change(**c) for c in self._read()["history"] if isinstance(c, dict))
        earlier = steps.get(task_set, [])[:-1]
        return any(version == STARTER or self.exists(version) for version in earlier)

    def _read_manifest(self, folder: Path) -> dict[str, Any]:
        try:
            facts = (folder / MANIFEST).stat()
        except OSError:
            return read_manifest(folder)
        identity = (facts.st_ino, facts.st_size, facts.st_mtime_ns)
        known = self._manifests.get(folder)
        if known is None or known[0] != identity:
            known = self._manifests[folder] = (identity, read_manifest(folder))
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
        roots = (self._home.models, self._checkpoints)
        return next((root / version for root in roots if (root / version).is_dir()), None)

    def _read(self) -> dict[str, Any]:
        path = self._home.active
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
        atomic_write(self._home.active, text.encode())


def _steps(history: Any) -> dict[str, list[str]]:
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
