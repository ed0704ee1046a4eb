"""What layers would say that a set of texts taught alone, and what its n-grams say.

``python -m benchmarks.own_layers FOLDER DATASET… --tasks axiom``

The layers are those of ``memeclip tune-text``, and the folds those of ``memeclip train --folds 5``
for memes without pictures: a fold's rows are answered by layers, classifiers and n-grams that
learnt from the rows which a head of ``memeclip train`` would learn from, and whose temperature and
threshold were chosen on the rows that it would choose on. The answers are files that ``memeclip
compare`` takes, alone or joined by "+"; they are written anew after every fold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from benchmarks.command import run_benchmark
from memeclip_core.cli.terminal import progress_bar, say
from memeclip_core.config import ROOT
from memeclip_core.datasets.folds import fold_rows, group_rows, split_rows
from memeclip_core.datasets.label_mapping import label_rows
from memeclip_core.datasets.reader import Row, find_tasks, read_dataset
from memeclip_core.datasets.row_features import row_id
from memeclip_core.datasets.selection import read_rows
from memeclip_core.encoders.compact.bert import BertTower, load_bert_tower
from memeclip_core.encoders.compact.ngrams import index_ngrams
from memeclip_core.encoders.compact.sentence import find_sentence_weights
from memeclip_core.errors import DatasetError
from memeclip_core.experiments.answers import Answers, RowFacts, write_answers
from memeclip_core.experiments.compact_parts import batches
from memeclip_core.experiments.material import CHOOSE_SHARE, DEAL_SEED, FOLDS, TRAIN_SPLITS, Part
from memeclip_core.experiments.outcomes import Outcome, pool_outcomes, spread_labels
from memeclip_core.memes.text import normalize_text
from memeclip_core.models.selection import as_matrix, judge_task
from memeclip_core.storage.task_files import read_named_task_set
from memeclip_core.tasks import Task, TaskSet
from memeclip_core.training.calibration import choose_temperature
from memeclip_core.training.fit import choose_threshold
from memeclip_core.training.rows import MISSING
from memeclip_core.training.taught_layers import Lesson, Lessons, TeachConfig

NGRAM_PENALTY = 1.0
"""C of the logistic regression: the inverse of how strongly weights are held small."""

NEVER = -10.0
"""The logit of a class that no row to learn from has."""

Logits = dict[str, np.ndarray]
"""Task key → (N, C), of the rows to choose and to judge on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """N training rows of one task set, with their texts, labels and near duplicates."""

    task_set: TaskSet
    rows: Sequence[Row]
    texts: Sequence[str]
    labels: Mapping[str, np.ndarray]
    groups: Sequence[int]

    def take(self, places: np.ndarray) -> tuple[list[Row], list[int]]:
        """Return the rows at these places, and their groups."""
        return [self.rows[i] for i in places], [self.groups[i] for i in places]


def read_course(files: Sequence[Path], tasks: str) -> Course:
    """Read the training rows of a set's files.

    Raises:
        DatasetError: if a file has no task set, or none a row to learn from.
    """
    read = [read_dataset(path) for path in files]
    name = tasks or find_tasks(read[0].format)
    if not name:
        raise DatasetError(
            f"{files[0].name}: files of the format '{read[0].format}' need a task set. Name it: "
            "--tasks."
        )
    task_set = read_named_task_set(name, ROOT / "assets")
    rows = [row for part in read for row in read_rows(part, task_set=task_set)]
    rows = [row for row in rows if row.split in TRAIN_SPLITS]
    if not rows:
        raise DatasetError(f"{files[0].name}: there is no row to learn from: no split 'train'.")
    return Course(
        task_set=task_set,
        rows=rows,
        texts=[normalize_text(row.text) for row in rows],
        labels=label_rows(task_set, rows),
        groups=group_rows(rows),
    )


def deal_course(course: Course, *, torn: bool = False) -> list[Part]:
    """Return the parts of every fold: those of ``memeclip train --folds 5`` without pictures.

    With ``torn`` near duplicates are no groups, so that a row's twin may have taught.
    """
    if torn:
        course = replace(course, groups=range(len(course.rows)))
    own = np.array(
        fold_rows(
            course.task_set,
            course.rows,
            folds=FOLDS,
            seed=DEAL_SEED,
            groups=course.groups,
        )
    )
    parts = []
    for fold in range(FOLDS):
        others = np.flatnonzero(own != fold)
        rows, groups = course.take(others)
        aside = np.array(
            split_rows(course.task_set, rows, share=CHOOSE_SHARE, seed=DEAL_SEED, groups=groups)
        )
        parts.append(
            Part(learn=others[~aside], choose=others[aside], judge=np.flatnonzero(own == fold))
        )
    return parts


def make_lessons(course: Course, tower: BertTower, max_tokens: int) -> Lessons:
    """Return the rows as layers learn from them; what the layers below make of them is kept."""
    with progress_bar("encoding") as show:
        states = [
            own
            for batch in batches(course.texts, "encoding texts", show)
            for own in tower.read_below(batch, max_tokens=max_tokens)
        ]
    return Lessons(
        states=states,
        labels=course.labels,
        widths={task.key: len(task.labels) for task in course.task_set},
        sources=np.zeros(len(course.rows), np.int64),
    )


def teach_layers(
    tower: BertTower, lessons: Lessons, part: Part, config: TeachConfig, fold: int
) -> Logits:
    """Teach the tower's upper layers on a part, and return what their classifiers say."""
    lesson = Lesson(tower.upper_layers, lessons, part.learn, config, stack=fold)
    while lesson.epochs < config.epochs:
        lesson.run_epoch()
    pooled = torch.from_numpy(lesson.read(np.concatenate([part.choose, part.judge])))
    with torch.inference_mode():
        said = [head(pooled).numpy() for head in lesson.heads.values()]
    return dict(zip(lessons.widths, said, strict=True))


def fit_ngrams(course: Course, part: Part) -> Logits:
    """Fit a logistic regression on a part's n-grams, and return what it says."""
    index = index_ngrams([course.texts[i] for i in part.learn], min_words=2, min_pieces=2)

    def weigh(places: np.ndarray) -> csr_matrix:
        found = [index.weigh(course.texts[i]) for i in places]
        starts = np.cumsum([0, *(len(own) for own, _ in found)])
        columns, weights = (np.concatenate(own) for own in zip(*found, strict=True))
        return csr_matrix((weights, columns, starts), (len(places), len(index.buckets)))

    known, asked = weigh(part.learn), weigh(np.concatenate([part.choose, part.judge]))
    return {
        task.key: _regress(task, known, course.labels[task.key][part.learn], asked)
        for task in course.task_set
    }


def _regress(task: Task, known: csr_matrix, labels: np.ndarray, asked: csr_matrix) -> np.ndarray:
    """Return logits (rows asked, C) of a multinomial regression, or of one for each label."""
    said = np.full((asked.shape[0], len(task.labels)), NEVER)
    if task.kind == "multiclass":
        rows = labels != MISSING
        fitted = LogisticRegression(C=NGRAM_PENALTY, max_iter=300).fit(known[rows], labels[rows])
        said[:, fitted.classes_] = fitted.predict_log_proba(asked)
        return said
    rows = (labels != MISSING).all(axis=1)
    for place, column in enumerate(labels[rows].T):
        if len(set(column.tolist())) == 2:
            fitted = LogisticRegression(C=NGRAM_PENALTY, max_iter=300).fit(known[rows], column)
            said[:, place] = fitted.decision_function(asked)
    return said


def judge_part(course: Course, part: Part, logits: Logits) -> dict[str, Outcome]:
    """Return what is said of the rows to judge, by temperature and threshold of those to choose."""
    found = {}
    for task in course.task_set:
        labels = course.labels[task.key]
        chosen, judged = np.split(logits[task.key].astype(np.float64), [len(part.choose)])
        own = labels[part.choose]
        known = own != MISSING if own.ndim == 1 else (own != MISSING).all(axis=1)
        temperature = choose_temperature(own[known], chosen[known], task.kind)
        say_sure = _softmax if task.kind == "multiclass" else _sigmoid
        threshold = None
        if task.kind == "multilabel":
            truth = as_matrix(own[known], len(task.labels))
            sure = say_sure(chosen[known] / temperature)
            threshold = choose_threshold(truth, sure, judge_task(task).threshold)
        found[task.key] = Outcome(
            kind=task.kind,
            names=task.names,
            places=tuple(course.rows[i].place for i in part.judge),
            labels=spread_labels(labels[part.judge], len(part.judge), len(task.labels)),
            probabilities=say_sure(judged / temperature),
            threshold=threshold,
            logits=judged,
            groups=np.array(course.groups)[part.judge],
        )
    return found


def _softmax(logits: np.ndarray) -> np.ndarray:
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    found: np.ndarray = shares / shares.sum(axis=1, keepdims=True)
    return found


def _sigmoid(logits: np.ndarray) -> np.ndarray:
    found: np.ndarray = 1 / (1 + np.exp(-logits))
    return found


class Answered:
    """What one system says of the folds so far, by each of its seeds, and the file of it.

    Args:
        path: the file.
        course: whose rows they are.
    """

    def __init__(self, path: Path, course: Course) -> None:
        self._path, self._course = path, course
        self._parts: dict[int, list[tuple[Part, dict[str, Outcome]]]] = {}

    def add(self, seed: int, part: Part, said: dict[str, Outcome]) -> None:
        """Take a fold, and write the file anew."""
        self._parts.setdefault(seed, []).append((part, said))
        write_answers(self._path, [self._join(seed) for seed in self._parts])

    def _join(self, seed: int) -> Answers:
        parts = self._parts[seed]
        rows = [self._course.rows[i] for own, _ in parts for i in own.judge]
        return Answers(
            model=f"{self._path.stem}-seed{seed}",
            seed=seed,
            facts=[
                RowFacts(place=row.place, name=row.name, id=row_id(row), split=row.split)
                for row in rows
            ],
            tasks={
                key: pool_outcomes([own[key] for _, own in parts])
                for key in self._course.task_set.keys
            },
        )


def bench_own_layers(
    folder: Annotated[Path, typer.Argument(help="Where the files of answers are written.")],
    dataset: Annotated[list[Path], typer.Argument(help="The files of one set of texts.")],
    tasks: Annotated[str, typer.Option(help="The task set, where the format has none.")] = "",
    epochs: Annotated[int, typer.Option(min=1, help="How often layers meet the texts.")] = 4,
    lr: Annotated[float, typer.Option(help="The layers' largest learning rate.")] = 1.5e-4,
    max_tokens: Annotated[int, typer.Option(min=8, help="Of a text.")] = 96,
    seed: Annotated[list[int] | None, typer.Option(help="May be repeated; else 0.")] = None,
    torn: Annotated[
        bool, typer.Option(help="Deal near duplicates apart, as published splits may.")
    ] = False,
) -> None:
    """Write what a set's own layers say of its folds, and what its n-grams say."""
    course = read_course(dataset, tasks)
    parts = deal_course(course, torn=torn)
    tower = load_bert_tower(find_sentence_weights())
    lessons = make_lessons(course, tower, max_tokens)
    layers, ngrams = (
        Answered(folder / f"{name}.csv", course) for name in ("own-layers", "n-grams")
    )
    for part in parts:
        said = judge_part(course, part, fit_ngrams(course, part))
        for own in seed or [0]:  # they have no seed: each of the layers' has its partner
            ngrams.add(own, part, said)
    for own in seed or [0]:
        # A lesson takes a share of the most that an epoch meets; here it meets all.
        config = TeachConfig(
            epochs=epochs, lr=lr, max_tokens=max_tokens, seed=own, most=2 * len(course.rows)
        )
        for fold, part in enumerate(parts):
            logits = teach_layers(tower, lessons, part, config, fold)
            layers.add(own, part, judge_part(course, part, logits))
            say(f"seed {own}, fold {fold + 1} of {FOLDS}: {len(part.judge):,} rows are answered")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run it from the command line."""
    run_benchmark(bench_own_layers, "benchmarks.own_layers", arguments)


if __name__ == "__main__":
    main()
