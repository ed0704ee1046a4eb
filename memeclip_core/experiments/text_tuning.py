"""The compact encoder's taught layers, made again from labelled memes of any datasets."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from memeclip_core.config import ROOT
from memeclip_core.datasets.folds import group_rows, group_texts, split_rows
from memeclip_core.datasets.label_mapping import label_rows
from memeclip_core.datasets.reader import Dataset, Row, find_tasks, read_dataset
from memeclip_core.datasets.selection import read_rows
from memeclip_core.encoders.compact.bert import BertTower, load_bert_tower
from memeclip_core.encoders.compact.compact import ALIGNMENT_FILE, ASSETS, TAUGHT_FILE, TEXT_FILE
from memeclip_core.encoders.compact.files import write_part
from memeclip_core.encoders.compact.sentence import find_sentence_weights
from memeclip_core.encoders.compact.taught import hash_texts, to_arrays
from memeclip_core.errors import DatasetError
from memeclip_core.experiments.compact_parts import Report, batches
from memeclip_core.experiments.material import (
    CHOOSE,
    CHOOSE_SHARE,
    DEAL_SEED,
    TRAIN_SPLITS,
    hash_rows,
)
from memeclip_core.memes.splits import make_folds
from memeclip_core.memes.text import normalize_text
from memeclip_core.records.job import Progress
from memeclip_core.storage.files import atomic_write, discard, make_folder
from memeclip_core.storage.task_files import read_named_task_set
from memeclip_core.storage.tree import read_file
from memeclip_core.tasks import TaskSet
from memeclip_core.training.rows import MISSING
from memeclip_core.training.taught_layers import Lesson, Lessons, TeachConfig

__all__ = ("PARTIAL", "TeachConfig", "TuneReport", "tune_text")

_MAX_BYTES: Final = 1 << 30
PARTIAL: Final = "taught.partial"
"""What a killed run goes on from, beside the file that it makes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TuneReport:
    """What layers were taught on.

    Attributes:
        texts: how many texts taught.
        kept_back: rows of other splits, and those set aside where a set has no validation rows.
        left_out: rows without a text, or with nearly the text of a row that was kept back.
        tasks: how many of the texts have a label, by task.
    """

    texts: int
    kept_back: int
    left_out: int
    tasks: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Curriculum:
    """N rows of all sets, and the part of each; -1 where it teaches nothing."""

    rows: Sequence[Row]
    labels: dict[str, np.ndarray]
    widths: dict[str, int]
    sources: np.ndarray
    parts: np.ndarray
    judged: np.ndarray


def tune_text(
    *,
    dataset: Sequence[Path],
    out_dir: Path,
    tasks: str = "",
    config: TeachConfig | None = None,
    assets: Path = ROOT / "assets",
    on_progress: Report | None = None,
) -> TuneReport:
    """Teach layers above the sentence tower on datasets' ``train`` rows, and write them.

    Rows of every other split are kept back, as ``memeclip train`` does it: a set without
    validation rows has the same tenth set aside. A killed run goes on after its last epoch.

    Args:
        dataset: files or folders; those of one task set are one dataset.
        out_dir: the encoder's folder: ``taught.safetensors`` and its part of ``manifest.json``
            are written, and the shipped encoder's files that it lacks are copied.
        tasks: the task set of those whose format has none of its own.
        config: how.
        assets: where task sets are looked for.
        on_progress: called while encoding and learning.

    Raises:
        DatasetError: if a file cannot be used, has no task set, or no row to learn from.
        EncoderError: if the sentence model is missing.
    """
    config = config or TeachConfig()
    course = _read_course(_read_sets(dataset, tasks, assets), config.folds)
    report = _count(course)
    texts = [normalize_text(row.text) for row in course.rows]
    tower = load_bert_tower(find_sentence_weights())
    make_folder(out_dir)
    kept = _Partial(out_dir / PARTIAL, _digest(course, config))
    lessons = Lessons(
        states=_read_states(tower, texts, config, on_progress),
        labels=course.labels,
        widths=course.widths,
        sources=course.sources,
    )
    taught = _teach(tower, lessons, course.parts, texts, config, kept, on_progress)
    for name in (TEXT_FILE, ALIGNMENT_FILE):
        if not (out_dir / name).exists():
            atomic_write(out_dir / name, read_file(ASSETS / name, max_bytes=_MAX_BYTES))
    write_part(
        out_dir,
        "taught",
        file=TAUGHT_FILE,
        arrays=taught,
        command="memeclip tune-text --dataset PATH … --out DIR",
        facts={
            "datasets": [path.name for path in dataset],
            "config": asdict(config),
            "report": asdict(report),
        },
    )
    kept.discard()
    return report


def _read_sets(
    dataset: Sequence[Path], tasks: str, assets: Path
) -> list[tuple[TaskSet, list[Dataset]]]:
    """Return the datasets of each task set, in the order of the files."""
    found: dict[str, list[Dataset]] = {}
    for path in dataset:
        read = read_dataset(path)
        name = find_tasks(read.format) or tasks
        if not name:
            raise DatasetError(
                f"{path.name}: files of the format '{read.format}' need a task set. Name it: "
                "--tasks."
            )
        found.setdefault(name, []).append(read)
    return [(read_named_task_set(name, assets), parts) for name, parts in found.items()]


def _read_course(sets: Sequence[tuple[TaskSet, list[Dataset]]], folds: int) -> _Curriculum:
    rows: list[Row] = []
    judged: list[bool] = []
    sources: list[int] = []
    found: list[tuple[str, int, np.ndarray, int]] = []
    for source, (task_set, datasets) in enumerate(sets):
        own = [row for part in datasets for row in read_rows(part, task_set=task_set)]
        for task in task_set:
            name, classes = f"{task_set.key}/{task.key}", len(task.labels)
            found.append((name, len(rows), label_rows(task_set, own)[task.key], classes))
        rows += own
        judged += _keep_back(task_set, own)
        sources += [source] * len(own)
    groups = np.array(group_texts(rows))
    held = np.array(judged)
    has_text = np.array([bool(normalize_text(row.text)) for row in rows])
    learn = has_text & ~np.isin(groups, groups[held])
    if not learn.any():
        splits = ", ".join(sorted({row.split or "(none)" for row in rows}))
        raise DatasetError(f"There is no row to learn from: no split 'train' among {splits}.")
    labels = {name: _spread(own, start, len(rows)) for name, start, own, _ in found}
    parts = np.full(len(rows), -1)
    places = np.flatnonzero(learn)
    strata = [_list_strata(labels, place) for place in places.tolist()]
    parts[places] = make_folds(strata, groups[places].tolist(), folds=folds, seed=DEAL_SEED)
    return _Curriculum(
        rows=rows,
        labels=labels,
        widths={name: width for name, _, _, width in found},
        sources=np.array(sources),
        parts=parts,
        judged=held,
    )


def _keep_back(task_set: TaskSet, rows: Sequence[Row]) -> list[bool]:
    """Say which rows teach nothing: those of other splits, or a tenth where none is to choose by.

    It is the tenth that ``memeclip train`` and ``memeclip build-starter`` choose by.
    """
    usable = [i for i, row in enumerate(rows) if row.split in TRAIN_SPLITS]
    held = [row.split not in TRAIN_SPLITS for row in rows]
    if usable and not any(row.split == CHOOSE for row in rows):
        own = [rows[i] for i in usable]
        aside = split_rows(
            task_set, own, share=CHOOSE_SHARE, seed=DEAL_SEED, groups=group_rows(own)
        )
        for i, chosen in zip(usable, aside, strict=True):
            held[i] = chosen
    return held


def _spread(labels: np.ndarray, start: int, count: int) -> np.ndarray:
    """Return a set's labels (n, …) as those of all rows (count, …)."""
    found = np.full((count, *labels.shape[1:]), MISSING, np.int64)
    found[start : start + len(labels)] = labels
    return found


def _list_strata(labels: dict[str, np.ndarray], row: int) -> list[str]:
    return [
        f"{name}:{label}"
        for name, own in labels.items()
        for label in (np.flatnonzero(own[row] == 1) if own.ndim == 2 else [own[row]])
        if label != MISSING
    ]


def _count(course: _Curriculum) -> TuneReport:
    learn = course.parts >= 0
    return TuneReport(
        texts=int(learn.sum()),
        kept_back=int(course.judged.sum()),
        left_out=int((~learn & ~course.judged).sum()),
        tasks={
            name: int((own[learn].reshape(int(learn.sum()), -1) != MISSING).all(1).sum())
            for name, own in course.labels.items()
        },
    )


def _read_states(
    tower: BertTower, texts: Sequence[str], config: TeachConfig, on_progress: Report | None
) -> list[np.ndarray]:
    return [
        states
        for batch in batches(texts, "encoding texts", on_progress)
        for states in tower.read_below(batch, max_tokens=config.max_tokens)
    ]


def _teach(
    tower: BertTower,
    lessons: Lessons,
    parts: np.ndarray,
    texts: Sequence[str],
    config: TeachConfig,
    kept: _Partial,
    on_progress: Report | None,
) -> dict[str, np.ndarray]:
    """Teach a stack without each part; the scale is that of what each says of its own part."""
    weights, unseen = [], []
    for part in range(config.folds):
        lesson = Lesson(
            tower.upper_layers,
            lessons,
            np.flatnonzero((parts >= 0) & (parts != part)),
            config,
            stack=part,
        )
        if str(part) in kept.states:
            lesson.load(kept.states[str(part)])
        while lesson.epochs < config.epochs:
            number = part * config.epochs + lesson.epochs + 1

            def show(done: int, total: int, loss: float, number: int = number) -> None:
                if on_progress is not None:
                    what = f"epoch {number} of {config.folds * config.epochs}"
                    on_progress(Progress(done=done, total=total, message=what, loss=loss))

            lesson.run_epoch(show)
            kept.keep(str(part), lesson.state())
        unseen.append(lesson.read(np.flatnonzero(parts == part)))
        weights.append({name: w.numpy() for name, w in lesson.layers.state_dict().items()})
    pooled = np.concatenate(unseen)
    return to_arrays(
        weights,
        parts=[
            np.unique(hash_texts([texts[i] for i in np.flatnonzero(parts == part).tolist()]))
            for part in range(config.folds)
        ],
        mean=pooled.mean(0),
        std=pooled.std(0) + np.float32(1e-6),
    )


def _digest(course: _Curriculum, config: TeachConfig) -> str:
    facts = json.dumps([hash_rows(course.rows), course.parts.tolist(), asdict(config)])
    return hashlib.sha256(facts.encode()).hexdigest()


class _Partial:
    """The stacks so far, of a run on the same rows with the same settings."""

    def __init__(self, path: Path, digest: str) -> None:
        self._path, self._digest = path, digest
        self.states: dict[str, Any] = {}
        if path.is_file():
            found = torch.load(path, weights_only=True)
            if found["digest"] == digest:
                self.states = found["states"]

    def keep(self, part: str, state: dict[str, Any]) -> None:
        """Write the state of a stack beside those before."""
        self.states[part] = state
        buffer = io.BytesIO()
        torch.save({"digest": self._digest, "states": self.states}, buffer)
        atomic_write(self._path, buffer.getvalue())

    def discard(self) -> None:
        """Remove the file of a run that has ended."""
        discard(self._path)
