"""In which order the memes of a project are worth labelling, worked out beside the labelling.

Invariants: ``Orderings._mutex`` guards which orders are being worked out; ``_working`` lets
one order at a time use the processor. ``get`` never waits for an order that takes long: it answers
with the one before, or with that of import. ``gather`` is called from a thread of its own.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from memeclip_core.annotation.decisions.decided import Decided
from memeclip_core.annotation.projects.predictions import PredictionTable
from memeclip_core.errors import MemeclipError
from memeclip_core.evaluation.active_learning import (
    combine_scores,
    compute_divergence,
    compute_entropy,
    compute_margin,
    order_diverse,
    order_highest,
)
from memeclip_core.memory import Memory
from memeclip_core.records.project import Order, Project, ProjectMeme

NOTHING_PREDICTED = "No model has looked at these memes yet, so they come in the order of import."
NO_DISAGREEMENT = (
    "Neither two models nor two people have looked at the same meme yet, so the memes come in the "
    "order of import."
)

QUICK: frozenset[Order] = frozenset({"margin", "entropy", "newest", "random", "import"})
"""Orders that take milliseconds: worked out at once where there is none yet."""
REST_SECONDS = 5.0
"""How long an order stands at least before it is worked out again."""
SHARE = 0.05
"""Of the time, how much goes at most into working one order out again and again."""
_DEPENDS_ON_PEOPLE: frozenset[Order] = frozenset({"diversity", "disagreement", "label-errors"})
_DECISIONS = 50
"""After so many rows of the log an order that depends on decisions is worked out again."""
_REMEMBERED = 64
_log = logging.getLogger("memeclip")

Key = tuple[str, Order, str]
Mode = Literal["threads", "inline"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ranking:
    """An order of memes.

    Attributes:
        order: what it is, which may be another than was asked for.
        places: int (N,), the memes' places in the order of import, first first.
        note: why it is another, in one sentence, or "".
    """

    order: Order
    places: np.ndarray
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Material:
    """What a ranking is made of.

    Attributes:
        memes: the project's, in the order of import.
        table: what the model says whose uncertainties count.
        others: what other models say.
        decided: what people say.
    """

    project: Project
    memes: Sequence[ProjectMeme]
    table: PredictionTable
    others: tuple[PredictionTable, ...] = ()
    decided: Decided | None = None
    _rows: dict[int, np.ndarray] = field(default_factory=dict)

    def spread(self, table: PredictionTable, values: np.ndarray) -> np.ndarray:
        """Return a table's values (M, ...) in the memes' order (N, ...); NaN where unknown."""
        rows = self._rows.get(id(table))
        if rows is None:
            rows = self._rows[id(table)] = table.rows(meme.id for meme in self.memes)
        if not len(values):
            return np.full((len(rows), *values.shape[1:]), np.nan)
        found = values[np.maximum(rows, 0)].astype(np.float64)
        found[rows < 0] = np.nan
        return np.asarray(found)


def rank(order: Order, material: Material) -> Ranking:
    """Return an order of all memes; that of import, with the reason, where there is no other."""
    if order in ("margin", "entropy"):
        return _rank_uncertain(order, material)
    if order == "diversity":
        return _rank_diverse(material)
    if order == "disagreement":
        return _rank_disputed(material)
    if order == "label-errors":
        return _rank_suspect(material)
    places = np.arange(len(material.memes))
    if order == "random":
        keys = [_chance(material.project.key, meme.id) for meme in material.memes]
        places = np.array(sorted(range(len(keys)), key=keys.__getitem__), np.int64)
    if order == "newest":
        added = [meme.added for meme in material.memes]
        places = np.array(
            sorted(range(len(added)), key=lambda i: (added[i], i), reverse=True), np.int64
        )
    return Ranking(order=order, places=places)


def _rank_uncertain(order: Order, material: Material) -> Ranking:
    compute = compute_margin if order == "margin" else compute_entropy
    table = material.table
    scores = [
        material.spread(table, compute(table.tasks[task.key].probabilities, task.kind))
        for task in material.project.tasks
        if task.key in table.tasks and len(table)
    ]
    if not scores:
        return _imported(material, NOTHING_PREDICTED)
    return Ranking(order=order, places=order_highest(combine_scores(scores)))


def _rank_diverse(material: Material) -> Ranking:
    table = material.table
    if not table.vectors.size:
        return _imported(material, NOTHING_PREDICTED)
    vectors = np.nan_to_num(material.spread(table, table.vectors)).astype(np.float32)
    seen = None if material.decided is None else material.decided.seen
    return Ranking(order="diversity", places=order_diverse(vectors, known=seen))


def _rank_disputed(material: Material) -> Ranking:
    models, people = [], []
    for task in material.project.tasks:
        tables = [t for t in (material.table, *material.others) if _has(t, task.key, task.names)]
        if len(tables) > 1:
            opinions = [
                material.spread(table, table.tasks[task.key].probabilities) for table in tables
            ]
            models.append(compute_divergence(opinions, task.kind))
        if material.decided is not None and task.key in material.decided.disputes:
            people.append(material.decided.disputes[task.key])
    if np.isnan([*models, *people]).all():
        return _imported(material, NO_DISAGREEMENT)
    score = np.zeros(len(material.memes))
    if models:
        score += np.nansum(models, axis=0) / len(models)
    if people:
        # People are worth more than models: a dispute of theirs comes first, and where they agree
        # on everything it does not matter any more what models say.
        apart = np.nansum(people, axis=0)
        agreed = ~np.isnan(people).all(axis=0) & (apart == 0)
        score = np.where(agreed, 0.0, score + np.where(apart > 0, 1 + apart, 0.0))
    return Ranking(order="disagreement", places=order_highest(score))


def _rank_suspect(material: Material) -> Ranking:
    # Imported when needed: torch and cleanlab take seconds, and most orders do without.
    from memeclip_core.evaluation.label_errors import (
        compute_probe_probabilities,
        find_label_errors,
    )

    table, decided = material.table, material.decided
    if not table.vectors.size or decided is None:
        return _imported(material, NOTHING_PREDICTED)
    vectors = np.nan_to_num(material.spread(table, table.vectors)).astype(np.float32)
    quality, suspect = [], np.zeros(len(vectors), bool)
    reason = "No meme of this project has a label yet."
    for task in material.project.tasks:
        labels = decided.labels.get(task.key)
        if labels is None:
            continue
        probabilities = compute_probe_probabilities(vectors, labels, task.kind, len(task.labels))
        found = find_label_errors(labels, probabilities, task.kind)
        reason = found.reason or reason
        if not found.reason:
            quality.append(found.quality)
            suspect |= found.suspect
    if not quality:
        return _imported(material, f"{reason} So the memes come in the order of import.")
    stack = np.stack(quality)
    # Of a meme's labels the worst one decides; a suspect one comes before all that are not.
    worst = np.where(np.isnan(stack), np.inf, stack).min(axis=0)
    scores = np.where(np.isinf(worst), np.nan, suspect - worst)
    return Ranking(order="label-errors", places=order_highest(scores))


def _imported(material: Material, note: str) -> Ranking:
    return Ranking(order="import", places=np.arange(len(material.memes)), note=note)


def _has(table: PredictionTable, task: str, names: tuple[str, ...]) -> bool:
    return bool(len(table)) and task in table.tasks and table.tasks[task].labels == names


def _chance(project: str, meme: str) -> bytes:
    return hashlib.sha256(f"{project}\norder\n{meme}".encode()).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What an order was worked out from; another stamp says that it is out of date.

    Attributes:
        memes: the project's ``Memes.revision``.
        version: of the label set.
        table: the identity of the prediction table.
        revision: of the log.
    """

    memes: int
    version: int
    table: int
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Kept:
    stamp: Stamp
    ranking: Ranking
    made: float
    cost: float


class Orderings:
    """The rankings of all projects; the least recently used are forgotten.

    Args:
        mode: ``inline`` works everything out while the caller waits, for tests and commands.
        clock: seconds that only grow.
    """

    def __init__(
        self, *, mode: Mode = "threads", clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._mode = mode
        self._clock = clock
        self._mutex = threading.Lock()
        self._kept: Memory[Key, _Kept] = Memory(_REMEMBERED)
        self._busy: dict[Key, threading.Thread] = {}
        # One at a time: they use all the processor that they get.
        self._working = threading.Lock()

    def get(self, key: Key, stamp: Stamp, size: int, gather: Callable[[], Material]) -> Ranking:
        """Return the order as it is known now, with every one of ``size`` memes in it.

        Memes that came after it was worked out stand at its end. An order that takes long and
        is not known yet is answered by that of import, with a note.

        Args:
            key: project, order, model.
            stamp: what it would be worked out from now.
            size: number of memes.
            gather: collects what it takes; called from a thread of its own.
        """
        kept = self._kept.get(key)
        if kept is None and (key[1] in QUICK or self._mode == "inline"):
            kept = self._make(key, stamp, gather)
        elif kept is None or self._is_stale(key[1], kept, stamp):
            self._start(key, stamp, gather)
            kept = self._kept.get(key)
        if kept is None:
            return Ranking(
                order="import",
                places=np.arange(size),
                note=f"The order by {key[1]} is being worked out; until then the memes come in "
                "the order of import.",
            )
        return _grown(kept.ranking, size)

    def _is_stale(self, order: Order, kept: _Kept, stamp: Stamp) -> bool:
        old = kept.stamp
        changed = (old.memes, old.version, old.table) != (stamp.memes, stamp.version, stamp.table)
        if order in _DEPENDS_ON_PEOPLE:
            # An order that nothing could be said of may be possible from the next decision on.
            patience = _DECISIONS if kept.ranking.order == order else 1
            changed = changed or abs(stamp.revision - old.revision) >= patience
        rest = max(REST_SECONDS, kept.cost / SHARE)
        return changed and self._clock() - kept.made >= rest

    def _start(self, key: Key, stamp: Stamp, gather: Callable[[], Material]) -> None:
        if self._mode == "inline":
            self._make(key, stamp, gather)
            return
        with self._mutex:
            if key in self._busy:
                return
            thread = threading.Thread(
                target=self._work, args=(key, stamp, gather), name=f"order-{key[1]}", daemon=True
            )
            self._busy[key] = thread
        thread.start()

    def _work(self, key: Key, stamp: Stamp, gather: Callable[[], Material]) -> None:
        start = self._clock()
        try:
            with self._working:
                self._make(key, stamp, gather)
        except Exception as error:
            if isinstance(error, MemeclipError):
                _log.warning("the order by %s of %s: %s", key[1], key[0], error)
            else:
                _log.exception("the order by %s of %s could not be worked out", key[1], key[0])
            # Kept like any other, so that it is not tried again at every turn.
            note = (
                f"The order by {key[1]} could not be worked out; the server's log says why. "
                "Until then the memes come in the order of import."
            )
            ranking = Ranking(order="import", places=np.arange(0), note=note)
            self._keep(key, stamp, ranking, start)
        finally:
            with self._mutex:
                self._busy.pop(key, None)

    def _make(self, key: Key, stamp: Stamp, gather: Callable[[], Material]) -> _Kept:
        start = self._clock()
        return self._keep(key, stamp, rank(key[1], gather()), start)

    def _keep(self, key: Key, stamp: Stamp, ranking: Ranking, start: float) -> _Kept:
        now = self._clock()
        made = _Kept(stamp=stamp, ranking=ranking, made=now, cost=now - start)
        self._kept.put(key, made)
        _log.debug("order %s of %s: %.2f s", key[1], key[0], made.cost)
        return made


def _grown(ranking: Ranking, size: int) -> Ranking:
    """Return a ranking with the memes at its end that came since."""
    known = len(ranking.places)
    if known == size:
        return ranking
    places = ranking.places[ranking.places < size]
    if known < size:
        places = np.concatenate([places, np.arange(known, size)])
    return replace(ranking, places=places)
