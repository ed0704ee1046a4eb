"""The orders of a project's memes, worked out beside the labelling and kept in the database.

Invariants: ``Orderings._mutex`` guards which orders this process works out; ``_working`` lets one
at a time use the processor. A row of ``ranking`` that is not ready yet says that somebody works it
out. ``get`` never waits for an order that takes long: it answers with the one before, or with that
of import. No transaction is open while an order is worked out.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from memeclip_core.annotation.decisions.decided import gather_decided
from memeclip_core.annotation.projects.predictions import EMPTY, ProjectPredictions
from memeclip_core.annotation.projects.queries import select_revision
from memeclip_core.annotation.projects.store import ProjectStore
from memeclip_core.annotation.projects.suggestions import select_prediction
from memeclip_core.annotation.queue import rankings
from memeclip_core.annotation.queue.filters import read_selection
from memeclip_core.annotation.queue.ranking import Material, Ranking, rank
from memeclip_core.database.engine import Database
from memeclip_core.errors import MemeclipError, NotFound, log_unexpected
from memeclip_core.records.project import Order, Project
from memeclip_core.records.queue import QueueFilter

QUICK: frozenset[Order] = frozenset({"margin", "entropy", "newest", "random"})
"""Orders that take moments: worked out at once where there is none yet."""
REST_SECONDS = 5.0
"""How long an order stands at least before it is worked out again."""
SHARE = 0.05
"""Of the time, how much goes at most into working one order out again and again."""
GIVEN_UP = 600.0
"""After how many seconds whoever works an order out is taken for gone."""
_DEPENDS_ON_PEOPLE: frozenset[Order] = frozenset({"diversity", "disagreement", "label-errors"})
_DECISIONS = 50
"""After so many rows of the log an order that depends on decisions is worked out again."""
_OTHER_MODELS = 2
"""With how many other models the current one is compared; each is a table in memory."""
_log = logging.getLogger("memeclip")

Mode = Literal["threads", "inline"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """An order that is to be had now.

    Attributes:
        order: what it is, which may be another than was asked for.
        number: of its ranking; 0 is the order of import.
        note: why it is another, in one sentence, or "".
    """

    order: Order = "import"
    number: int = 0
    note: str = ""


IMPORT = Ordered()
CHOSEN = "chosen"
"""The order of memes that somebody chose; among rankings, by who did."""
CHOICES = 10
"""How many choices of one person in a project are kept."""


@dataclass(frozen=True, slots=True)
class _Key:
    project: Project
    order: Order
    model: str

    @property
    def name(self) -> tuple[str, str, str]:
        return self.project.key, self.order, self.model


class Orderings:
    """The orders of all projects.

    Args:
        database: where they are kept.
        projects, predictions: what they are made of.
        mode: ``inline`` works everything out while the caller waits, for tests and commands.
        clock: seconds since 1970.
    """

    def __init__(
        self,
        *,
        database: Database,
        projects: ProjectStore,
        predictions: ProjectPredictions,
        mode: Mode = "threads",
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._projects = projects
        self._predictions = predictions
        self._mode = mode
        self._clock = clock
        self._mutex = threading.Lock()
        self._busy: dict[tuple[str, str, str], threading.Thread] = {}
        # One at a time: they use all the processor that they get.
        self._working = threading.Lock()

    def find(self, project: str, order: Order | None, filters: QueueFilter) -> Ordered:
        """Return the order of what a filter means: that of its selection, or see ``get``.

        Raises:
            NotFound: if the selection is gone.
        """
        if filters.selection:
            return find_selection(self._database, project, filters.selection)
        return self.get(project, order, filters.model)

    def get(self, project: str, order: Order | None = None, model: str = "") -> Ordered:
        """Return the order as it is known now, with every meme of the project in it.

        Memes that came after it was worked out stand at its end. An order that takes long and
        is not known yet is answered by that of import, with a note.

        Args:
            project: its key.
            order: ``None`` is the project's own.
            model: whose suggestions count; "" for the current ones.

        Raises:
            InputError: if there is no such project.
        """
        with self._database.read() as connection:
            rules = self._projects.read(project, connection, remember=True)
            order = order or rules.order
            if order == "import":
                return IMPORT
            row = select_prediction(connection, project, model or None)
            key = _Key(rules, order, "" if row is None else row.model)
            stamp = {
                "memes": select_revision(connection, project),
                "version": rules.version,
                "table": [] if row is None else [row.revision, row.changed.isoformat()],
                "number": 0,
            }
            if order in _DEPENDS_ON_PEOPLE:
                stamp["number"] = rankings.last_change(connection, rules)
            kept = rankings.find_ranking(connection, *key.name)
        if kept is None or self._is_stale(order, kept, stamp):
            if kept is None and (order in QUICK or self._mode == "inline"):
                self._make(key, stamp)
            else:
                self._start(key, stamp)
            with self._database.read() as connection:
                kept = rankings.find_ranking(connection, *key.name)
        if kept is None:
            note = (
                f"The order by {order} is being worked out; until then the memes come in the "
                "order of import."
            )
            return Ordered(note=note)
        if not kept.whole:
            with self._database.write(_order_of(key), lasting=False) as connection:
                rankings.add_the_rest(connection, kept)
        return Ordered(
            order=order if kept.size else "import",
            number=kept.number if kept.size else 0,
            note=kept.note,
        )

    def warm_up(self) -> threading.Thread:
        """Work the projects' own orders out in the background where that is due."""
        thread = threading.Thread(target=self._warm_up, name="orders", daemon=True)
        thread.start()
        return thread

    def _warm_up(self) -> None:
        for project in self._projects.list():
            try:
                self.get(project.key)
            except MemeclipError as error:
                _log.warning("the order of %s could not be read: %s", project.key, error)

    def _is_stale(self, order: Order, kept: Any, stamp: dict[str, Any]) -> bool:
        old = kept.stamp
        changed = any(old[name] != stamp[name] for name in ("memes", "version", "table"))
        if order in _DEPENDS_ON_PEOPLE:
            # An order that nothing could be said of may be possible from the next decision on.
            patience = _DECISIONS if kept.size else 1
            changed = changed or abs(stamp["number"] - old["number"]) >= patience
        rest = max(REST_SECONDS, kept.cost / SHARE)
        return changed and self._clock() - kept.time >= rest

    def _start(self, key: _Key, stamp: dict[str, Any]) -> None:
        if self._mode == "inline":
            self._make(key, stamp)
            return
        with self._mutex:
            if key.name in self._busy:
                return
            thread = threading.Thread(
                target=self._work, args=(key, stamp), name=f"order-{key.order}", daemon=True
            )
            self._busy[key.name] = thread
        thread.start()

    def _work(self, key: _Key, stamp: dict[str, Any]) -> None:
        try:
            with self._working:
                self._make(key, stamp)
        except MemeclipError as error:
            _log.warning("the order by %s of %s: %s", key.order, key.project.key, error)
        finally:
            with self._mutex:
                self._busy.pop(key.name, None)

    def _make(self, key: _Key, stamp: dict[str, Any]) -> None:
        """Work an order out and keep it, unless another server is at it."""
        start = self._clock()
        with self._database.write(_order_of(key), lasting=False) as connection:
            number = rankings.begin(connection, *key.name, now=start, patience=GIVEN_UP)
        if number is None:
            return
        try:
            material, places = self._gather(key)
            ranking = rank(key.order, material)
        except Exception as error:
            name, order = key.project.key, key.order
            if isinstance(error, MemeclipError):
                _log.warning("the order by %s of %s: %s", order, name, error)
            else:
                failed = "the order by %s of %s could not be worked out"
                log_unexpected(_log, error, failed, order, name)
            # Kept like any other, so that it is not tried again at every turn.
            note = (
                f"The order by {order} could not be worked out; the server's log says why. "
                "Until then the memes come in the order of import."
            )
            places, ranking = np.arange(0), Ranking(order="import", places=np.arange(0), note=note)
        ordered = places[ranking.places] if ranking.order == key.order else np.arange(0)
        for first in range(0, len(ordered), rankings.CHUNK):
            with self._database.write(lasting=False) as connection:
                rankings.add_places(connection, number, first, ordered)
        now = self._clock()
        with self._database.write(_order_of(key), lasting=False) as connection:
            rankings.finish(
                connection, number, stamp=stamp, note=ranking.note, size=len(ordered), now=now,
                cost=now - start,
            )  # fmt: skip
            old = rankings.list_old(connection, *key.name)
        for one in old:
            for first in range(0, one.size or 1, rankings.CHUNK):
                with self._database.write(lasting=False) as connection:
                    rankings.delete_places(connection, one, first)
        _log.debug("order %s of %s: %.2f s", key.order, key.project.key, now - start)

    def _gather(self, key: _Key) -> tuple[Material, np.ndarray]:
        """Return what an order is made of, and the memes' places in the order of import."""
        project, people = key.project, None
        table = EMPTY
        if key.model:
            table = self._predictions.read(project.key, key.model) or EMPTY
        others = []
        if key.order == "disagreement":
            names = [name for name in self._predictions.models(project.key) if name != key.model]
            tables = (self._predictions.read(project.key, name) for name in names[-_OTHER_MODELS:])
            others = [table for table in tables if table is not None]
        with self._database.read() as connection:
            memes = rankings.select_material(connection, project.key)
            ids = [row.id for row in memes]
            if key.order in _DEPENDS_ON_PEOPLE:
                given = [row.given for row in memes]
                seen_only = key.order == "diversity"
                people = gather_decided(connection, project, ids, given, seen_only=seen_only)
        material = Material(
            project=project,
            ids=ids,
            added=[row.added for row in memes],
            table=table,
            others=tuple(others),
            decided=people,
        )
        return material, np.array([row.place for row in memes], np.int64)


def keep_selection(
    database: Database, project: str, who: str, places: Sequence[int], now: float
) -> str:
    """Keep memes of a project, by their places in the order of import, in an order; name it.

    A person's oldest choices are forgotten.
    """
    with database.write(f"ranking-{project}") as connection:
        number = rankings.add(connection, project, CHOSEN, who, now=now)
        for first in range(0, len(places), rankings.CHUNK):
            rankings.add_places(connection, number, first, np.asarray(places))
        rankings.finish(connection, number, stamp={}, note="", size=len(places), now=now, cost=0.0)
        for old in rankings.list_old(connection, project, CHOSEN, who, kept=CHOICES):
            for first in range(0, old.size or 1, rankings.CHUNK):
                rankings.delete_places(connection, old, first)
    return str(number)


def find_selection(database: Database, project: str, name: str) -> Ordered:
    """Return the order of chosen memes; raise NotFound if it is gone."""
    number = read_selection(name)
    with database.read() as connection:
        size = rankings.find_size(connection, project, CHOSEN, number)
    if size is None:
        raise NotFound("This selection is gone: only the last ones are kept. Choose anew.")
    return Ordered(number=number, note=f"The {size:,} memes that were chosen, in their order.")


def _order_of(key: _Key) -> str:
    return f"ranking-{key.project.key}"
