"""Results files: what was measured, cell by cell, as JSON that a kill leaves whole."""

from __future__ import annotations

import platform
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any, Literal, get_args

from memeclip_core.errors import StoreError
from memeclip_core.records.model import Metric
from memeclip_core.records.schemas import from_plain, to_json, to_plain
from memeclip_core.storage.files import atomic_write, load_json, make_folder, store_error

SCHEMA = 1
LIBRARIES = ("torch", "numpy", "scikit-learn", "transformers", "onnxruntime", "pillow")

ResultsKind = Literal[
    "train", "evaluation", "comparison", "ablation", "sweep", "bench", "simulation"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One model measured on one task.

    Attributes:
        axes: what distinguishes it from other cells: {"head": "memeclip"}, {"ratio": "0.2"}.
        task: its key.
        seed: of its training, or ``None`` where it is not known.
        metrics: the leading one first.
        details: JSON values for figures; see ``experiments.outcomes.report_outcome``.
    """

    axes: dict[str, str]
    task: str
    seed: int | None
    metrics: tuple[Metric, ...]
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def n(self) -> int:
        """How many rows were measured."""
        return self.metrics[0].n if self.metrics else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """A results file.

    Attributes:
        kind: which command wrote it.
        command: the command line, word by word as it was given.
        version: the program's.
        created: when it was begun, in UTC.
        facts: what all cells have in common: dataset, split, encoder, settings.
        cells: what was measured.
        comparisons: paired tests, as JSON values; see ``experiments.comparison``.
        libraries: versions of what the figures depend on, by name; see ``list_libraries``.
    """

    kind: ResultsKind
    command: str
    version: str
    created: datetime
    facts: dict[str, Any]
    cells: tuple[Cell, ...] = ()
    comparisons: tuple[dict[str, Any], ...] = ()
    libraries: dict[str, str] = field(default_factory=dict)

    def find_changed(self, other: Results) -> str:
        """Return the first fact that differs in other results, or ""."""
        facts, others = self.facts, other.facts
        return next((k for k in (*facts, *others) if facts.get(k) != others.get(k)), "")

    def add(self, *cells: Cell) -> Results:
        """Return the same results with more cells."""
        return replace(self, cells=(*self.cells, *cells))


def list_libraries() -> dict[str, str]:
    """Return the versions of Python and of the libraries that figures depend on."""
    found = {"python": platform.python_version()}
    for name in LIBRARIES:
        with suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return found


def now() -> datetime:
    """Return the time in UTC, to the second."""
    return datetime.now(UTC).replace(microsecond=0)


def write_results(path: Path, results: Results) -> None:
    """Write a results file as a whole.

    Raises:
        StoreError: if it cannot be written.
    """
    make_folder(path.parent)
    atomic_write(path, to_json({"schema": SCHEMA, **to_plain(results)}, indent=1))


def read_results(path: Path) -> Results:
    """Read a results file.

    Raises:
        StoreError: if it cannot be read, or is no results file of this schema.
    """
    try:
        plain = load_json(path.read_bytes())
    except OSError as error:
        raise store_error("read", path, error) from None
    except ValueError as error:
        raise StoreError(f"{path} is no results file: no JSON ({error}).") from None
    if not isinstance(plain, dict) or plain.get("kind") not in get_args(ResultsKind):
        raise StoreError(
            f"{path} is no results file. Name a file that train, evaluate, compare, ablate, "
            "sweep, bench-heads or simulate has written."
        )
    if plain.get("schema") != SCHEMA:
        raise StoreError(
            f"{path} has the schema {plain.get('schema')!r}; this version reads {SCHEMA}."
        )
    try:
        return from_plain(Results, plain)
    except ValueError as error:
        raise StoreError(f"{path} is incomplete or damaged ({error!r}).") from None
