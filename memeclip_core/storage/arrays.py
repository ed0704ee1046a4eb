"""Arrays that were worked out and can be again, in the home's cache: one folder for each subject.

What is found doubtful is a miss. Arrays are taken up as the system's memory allows (mapped), and
what a newer state replaced is deleted.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from memeclip_core.storage.files import atomic_write
from memeclip_core.storage.home import Home


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KeptArrays:
    """Arrays by name, and facts about them as JSON values."""

    arrays: Mapping[str, np.ndarray]
    facts: Any


class ArrayStore:
    """Arrays by subject, name and stamp: of another stamp than asked for, there are none."""

    def __init__(self, home: Home) -> None:
        self._root = home.root / "cache" / "explore"

    def read(self, subject: str, name: str, stamp: str) -> KeptArrays | None:
        """Return what is kept, or ``None``; the arrays cannot be written to."""
        folder = self._folder(subject, name, stamp)
        try:
            facts = json.loads((folder / "facts.json").read_text("utf-8"))
            arrays = {
                one: np.load(folder / f"{one}.npy", mmap_mode="r", allow_pickle=False)
                for one in facts["arrays"]
            }
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return KeptArrays(arrays=arrays, facts=facts["facts"])

    def write(
        self, subject: str, name: str, stamp: str, arrays: Mapping[str, np.ndarray], facts: Any
    ) -> None:
        """Keep arrays in place of those of this name with another stamp.

        A disk that takes no more only makes the next look a miss.
        """
        folder = self._folder(subject, name, stamp)
        fresh = folder.with_name(f"{folder.name}.{uuid.uuid4().hex}")
        try:
            fresh.mkdir(parents=True)
            for one, values in arrays.items():
                np.save(fresh / f"{one}.npy", values, allow_pickle=False)
            atomic_write(
                fresh / "facts.json",
                json.dumps({"arrays": list(arrays), "facts": facts}).encode(),
                sync=False,
            )
            shutil.rmtree(folder, ignore_errors=True)
            os.replace(fresh, folder)
        except OSError:
            shutil.rmtree(fresh, ignore_errors=True)
            return
        for other in folder.parent.glob(f"{folder.name.split('.')[0]}.*"):
            if other != folder:
                shutil.rmtree(other, ignore_errors=True)

    def delete(self, name: str) -> None:
        """Delete what is kept under a name, of every subject and stamp."""
        for folder in self._root.glob(f"*/{_hash(name)}.*"):
            shutil.rmtree(folder, ignore_errors=True)

    def _folder(self, subject: str, name: str, stamp: str) -> Path:
        return self._root / _hash(subject) / f"{_hash(name)}.{_hash(stamp)}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]
