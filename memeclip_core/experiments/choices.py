"""What a person chooses for an experiment: the rows, and how they are dealt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from memeclip_core.datasets.reader import Dataset
    from memeclip_core.tasks import TaskSet


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetFiles:
    """A dataset as it is named.

    Attributes:
        source: files of one format, or the folder with them; or a dataset that was read.
        images: the folder of the images; ``None`` looks beside the files.
        columns: what the columns of a file of one's own are; see ``read_column_map``.
    """

    source: tuple[Path, ...] | Dataset
    images: Path | None = None
    columns: Mapping[str, str] | None = None

    @property
    def names(self) -> list[str]:
        """The names of the files, without their folders."""
        if isinstance(self.source, tuple):
            return [path.name for path in self.source]
        return list(self.source.files)

    @property
    def task_set(self) -> TaskSet | None:
        """Whose labels the rows of a dataset have that was read."""
        return None if isinstance(self.source, tuple) else self.source.task_set


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherSet:
    """Another dataset, on which models are tested once they are trained.

    Attributes:
        files: the dataset.
        split: which of its rows; "" for all.
    """

    files: DatasetFiles
    split: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deal:
    """How the rows to learn from are dealt; the command line says it in these words.

    Args:
        folds (K): Cross-validate on K folds of the training rows; else 5 folds where the dataset
            has no validation rows.
        deal_anew: Deal the folds anew for every seed, so that the deviation over seeds holds what
            the deal does; else all seeds share one deal.
        keep_duplicates: Learn from training rows that also stand in validation (the same text, and
            the same or no picture); else they are left out, and counted.
    """

    folds: int | None = None
    deal_anew: bool = False
    keep_duplicates: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelling:
    """How labelling is played through; the command line says it in these words.

    Args:
        start (N): Rows that are labelled at first, drawn at random.
        step (N): Rows that are labelled in each further round.
        rounds (N): How many rounds there are after the first training.
        wrong (SHARE): The share of answers that people get wrong: the one of another row stands
            in for it, so that classes keep their shares.
    """

    start: int = 50
    step: int = 25
    rounds: int = 10
    wrong: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """How often something is trained, and the file that keeps the results.

    Attributes:
        path: the results file; one of the same run is continued.
        seeds: one training each.
        again: whether figures of what has changed since are measured again, instead of refused.
    """

    path: Path
    seeds: tuple[int, ...]
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """A head (see ``read_recipe``) on a dataset, of which parts or settings are varied."""

    files: DatasetFiles
    deal: Deal
    grid: Grid
    head: str
    overrides: tuple[str, ...] = ()
