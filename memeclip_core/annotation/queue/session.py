"""One project as it stands now: its rules, memes, decisions, predictions and leases together.

Invariants: what is kept of a project between calls is its ``Place``, whose ``mutex`` guards states
and filters and is held from ``open`` to the last use of either. The leases have a lock of their
own, which other processes see too and which is taken first. Neither is held while the log is
written.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from memeclip_core.annotation.decisions.book import Book
from memeclip_core.annotation.decisions.decided import gather_decided
from memeclip_core.annotation.decisions.log import DecisionLog
from memeclip_core.annotation.projects.memes import Memes
from memeclip_core.annotation.projects.predictions import PredictionTable, ProjectPredictions
from memeclip_core.annotation.projects.store import ProjectStore
from memeclip_core.annotation.queue.filters import (
    Sieve,
    StateTable,
    find_key,
    find_labelled,
    fit_suggestions,
)
from memeclip_core.annotation.queue.leases import LeaseStore
from memeclip_core.annotation.queue.ranking import Material, Orderings, Ranking, Stamp
from memeclip_core.database.engine import Database
from memeclip_core.errors import InputError, MemeclipError, NotFound, StoreError
from memeclip_core.records.project import Order, Project, ProjectMeme, Suggestion
from memeclip_core.records.queue import QueueFilter
from memeclip_core.storage.home import Home

_OTHER_MODELS = 2
"""With how many other models the current one is compared; each is a table in memory."""
_log = logging.getLogger("memeclip")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Place:
    """What is kept of a project between calls."""

    mutex: threading.RLock
    leases: LeaseStore
    sieve: Sieve


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Session:
    """A project for the length of one call."""

    project: Project
    index: Memes
    book: Book
    table: PredictionTable
    states: StateTable
    sieve: Sieve
    place: Place

    def meme(self, meme: str) -> ProjectMeme:
        """Return a meme of the project; raise InputError if there is none of this id."""
        return find_meme(self.project.key, self.index, meme)

    def suggestions(self, meme: str, table: PredictionTable | None = None) -> dict[str, Suggestion]:
        """Return what the model says, whether hidden or not, as the label set understands it."""
        return fit_suggestions(self.project, (table or self.table).suggest(meme))


class Sessions:
    """Opens projects; remembers what is worth keeping between two calls."""

    def __init__(
        self,
        *,
        home: Home,
        database: Database,
        projects: ProjectStore,
        predictions: ProjectPredictions,
        log: DecisionLog,
        orderings: Orderings,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._home = home
        self._database = database
        self._projects = projects
        self._predictions = predictions
        self._log = log
        self._orderings = orderings
        self._clock = clock
        self._mutex = threading.Lock()
        self._places: dict[str, Place] = {}
        self._tables: dict[str, StateTable] = {}

    def place(self, key: str) -> Place:
        """Return what is kept of a project.

        Raises:
            InputError: if there is no such project.
        """
        known = self._places.get(key)
        if known is None:
            self._projects.read(key)
            lock = self._home.lock(f"project-{key}-leases")
            fresh = Place(
                mutex=threading.RLock(),
                leases=LeaseStore(self._database, key, lock, clock=self._clock),
                sieve=Sieve(),
            )
            with self._mutex:
                known = self._places.setdefault(key, fresh)
        return known

    def open(self, key: str, model: str = "") -> Session:
        """Return a project as it is now; the caller holds its place's ``mutex``.

        Args:
            key: the project's.
            model: whose predictions; "" for the current ones.

        Raises:
            InputError: if there is no such project, or nothing predicted by this model.
            StoreError: if a file cannot be read.
        """
        place = self.place(key)
        project = self._projects.read(key)
        index = self._projects.memes(key)
        book = self._log.ledger().book(project.tasks.key, key)
        states = self._tables.get(key)
        if states is None:
            states = self._tables[key] = StateTable(project, index, book)
        states.sync(project, index, book)
        return Session(
            project=project,
            index=index,
            book=book,
            table=self.table(key, model),
            states=states,
            sieve=place.sieve,
            place=place,
        )

    def look(self, key: str) -> Place:
        """Read what is new in a project, and return what is kept of it.

        Done before the leases are taken: the first look at a long log takes seconds, for which
        no other process should have to wait.
        """
        place = self.place(key)
        with place.mutex:
            self.open(key)
        return place

    def prepare(self, key: str, filters: QueueFilter, *, name: str, reviewer: bool) -> Place:
        """Find out who chose a label, if a filter asks for it, while others go on labelling.

        The caller holds nothing. Otherwise as ``look``.
        """
        place = self.place(key)
        with place.mutex:
            session = self.open(key)
            wanted = find_key(filters, session.project, name=name, reviewer=reviewer)
            if wanted is None or session.states.has(wanted):
                return place
        revision = session.book.revision
        found = find_labelled(session.project, session.book, wanted)
        with place.mutex:
            again = self.open(key)
            if again.project.version == session.project.version and again.book is session.book:
                again.states.put(wanted, found, revision)
        return place

    def warm_up(self) -> threading.Thread:
        """Read all projects and their logs in the background, so that nobody waits for it."""
        thread = threading.Thread(target=self._warm_up, name="projects", daemon=True)
        thread.start()
        return thread

    def _warm_up(self) -> None:
        keys = self._projects.keys()
        for key in keys:
            try:
                with self.place(key).mutex:
                    session = self.open(key)
                    self.ranking(session, session.project.order)
            except MemeclipError as error:
                _log.warning("the project %s could not be opened: %s", key, error)

    def table(self, key: str, model: str) -> PredictionTable:
        """Return what a model says of a project; "" is the current one."""
        if not model:
            return self._predictions.current(key)
        table = self.find_table(key, model)
        if table is None:
            known = ", ".join(self._predictions.models(key)) or "none"
            raise InputError(
                f"Nothing is predicted by '{model[:80]}' for the project '{key}'. "
                f"There are predictions of: {known}."
            )
        return table

    def find_table(self, key: str, model: str) -> PredictionTable | None:
        """Return what a model says of a project, or ``None`` if nothing is kept of it."""
        try:
            return self._predictions.read(key, model)
        except StoreError:
            return None

    def ranking(self, session: Session, order: Order) -> Ranking:
        """Return an order of all memes of a project, never waiting for one that takes long."""
        project, index, book, table = session.project, session.index, session.book, session.table
        stamp = Stamp(
            memes=index.revision,
            version=project.version,
            table=id(table),
            revision=book.revision,
        )

        def gather() -> Material:
            memes = index.rows
            needs_others = order == "disagreement"
            people = None
            if order in ("diversity", "disagreement", "label-errors"):
                people = gather_decided(project, book, memes, seen_only=order == "diversity")
            return Material(
                project=project,
                memes=memes,
                table=table,
                others=self._others(project.key, table.model) if needs_others else (),
                decided=people,
            )

        return self._orderings.get(
            (project.key, order, table.model), stamp, session.states.size, gather
        )

    def _others(self, key: str, model: str) -> tuple[PredictionTable, ...]:
        names = [name for name in self._predictions.models(key) if name != model]
        tables = (self._predictions.read(key, name) for name in names[-_OTHER_MODELS:])
        return tuple(table for table in tables if table is not None)


def find_meme(project: str, index: Memes, meme: str) -> ProjectMeme:
    """Return a meme of a project by its content id; raise NotFound if there is none."""
    found = index.get(meme)
    if found is None:
        raise NotFound(
            f"The project '{project}' has no meme '{meme[:80]}'. "
            "Reload the page; the meme may be in another project."
        )
    return found


def pick(ranking: Ranking, mask: np.ndarray, count: int) -> list[int]:
    """Return the first places of a ranking that a mask lets through, looking no farther."""
    found: list[int] = []
    step = 1024
    for start in range(0, len(ranking.places), step):
        part = ranking.places[start : start + step]
        found += part[mask[part]].tolist()
        if len(found) >= count:
            break
    return found[:count]
