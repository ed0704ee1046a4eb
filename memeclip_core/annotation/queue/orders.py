"""Orders of projects, kept ready: worked out beside the labelling, never while somebody waits."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from memeclip_core.annotation.queue.ranking import Material, Ranking, rank
from memeclip_core.errors import MemeclipError
from memeclip_core.records.project import Order

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What an order was worked out from; another stamp says that it is out of date.

    Attributes:
        memes: the project's ``MemeIndex.revision``.
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
    """The rankings of all projects; the least recently made are forgotten.

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
        self._kept: dict[Key, _Kept] = {}
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

    def settle(self) -> None:
        """Wait until nothing is being worked out."""
        while True:
            with self._mutex:
                threads = list(self._busy.values())
            if not threads:
                return
            for thread in threads:
                thread.join()

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
        with self._mutex:
            self._kept.pop(key, None)
            self._kept[key] = made
            while len(self._kept) > _REMEMBERED:
                self._kept.pop(next(iter(self._kept)))
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
    return Ranking(order=ranking.order, places=places, note=ranking.note)
