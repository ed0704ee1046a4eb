"""What takes a while and is kept: features, maps, copies, suspects; worked out in jobs.

Invariants: any thread may ask. What is worked out is kept on the disk by what it was made of, and a
few of them in memory, so that they are found where the disk takes no more. One job runs for a
collection at a time; features are read by one thread at a time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, Protocol

from memeclip_core.app.explore.contents import Contents, Library
from memeclip_core.database.job_handle import JobHandle
from memeclip_core.database.jobs import Jobs
from memeclip_core.errors import JobError
from memeclip_core.explore.vectors import Vectors
from memeclip_core.memory import Memory
from memeclip_core.records.decision import Person
from memeclip_core.records.job import Job, Progress
from memeclip_core.storage.arrays import ArrayStore, KeptArrays

REMEMBERED: Final = timedelta(days=1)
"""How long it is known how a job ended."""
PATIENCE: Final = 1.5
"""Seconds after which a job is handed out instead of what comes of it."""

OnProgress = Callable[[Progress], None]


def show_nothing(progress: Progress) -> None:
    """Stand in for whoever looks at the progress."""


def read_vectors(found: KeptArrays) -> Vectors:
    """Return the features that are kept under the name ``features``."""
    return Vectors(**{name: found.arrays[name] for name in Vectors.__slots__})


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How something is worked out.

    Attributes:
        stamp: what it is made of; the same stamp gives the same.
        make: works it out.
        fresh: whether what was kept under this stamp still stands, by its facts.
    """

    stamp: str
    make: Callable[[OnProgress], KeptArrays]
    fresh: Callable[[Any], bool] = lambda facts: True


FindFeatures = Callable[[Contents, OnProgress], Vectors]


class RecipeBook(Protocol):
    """What knows how things are worked out."""

    def find(self, contents: Contents, name: str, features: FindFeatures) -> Recipe:
        """Return how what has a name is worked out; ``features`` gives a collection's."""


@dataclass(frozen=True, kw_only=True)
class Works:
    """Finds what was worked out, or has it worked out.

    Attributes:
        library: the collections.
        store: where results are kept.
        jobs: of the kind ``explore``.
        recipes: how things are worked out, by the first word of their names.
    """

    library: Library
    store: ArrayStore
    jobs: Jobs
    recipes: RecipeBook
    _kept: Memory[tuple[str, str], tuple[str, KeptArrays]] = field(
        default_factory=lambda: Memory(6), init=False
    )
    _turn: threading.RLock = field(default_factory=threading.RLock, init=False)

    def __post_init__(self) -> None:
        self.jobs.register("explore", self._work)

    def obtain(
        self, who: Person, contents: Contents, name: str, on_progress: OnProgress | None
    ) -> KeptArrays | Job:
        """Return what is known under a name, or the job that works it out.

        Args:
            who: who asks.
            contents: of which collection.
            name: what, in words that ``recipes`` reads.
            on_progress: has it worked out here and now; what it raises ends the work.

        Raises:
            JobError: if the job ended at once, with its reason.
        """
        known = self.find(contents, name)
        if known is not None:
            return known
        if on_progress is not None:
            return self.make(contents, name, on_progress)
        self.jobs.sweep(REMEMBERED)
        try:
            job = self.jobs.start(who, "explore", contents.key, arguments={"name": name})
        except JobError:
            live = [job for job in self.jobs.live(contents.key) if job.kind == "explore"]
            if not live:
                return self.obtain(who, contents, name, on_progress)
            return live[0]
        job = self._wait(job)
        known = self.find(contents, name)
        if known is not None:
            return known
        if not job.live:
            raise JobError(job.reason or "The work has ended. Ask again.")
        return job

    def find(self, contents: Contents, name: str) -> KeptArrays | None:
        """Return what is known under a name, or ``None``."""
        recipe, own = self._recipe(contents, name), (contents.key, name)
        kept = self._kept.get(own)
        if kept is not None and kept[0] == recipe.stamp and recipe.fresh(kept[1].facts):
            return kept[1]
        found = self.store.read(contents.key, name, recipe.stamp)
        if found is None or not recipe.fresh(found.facts):
            return None
        self._kept.put(own, (recipe.stamp, found))
        return found

    def make(self, contents: Contents, name: str, on_progress: OnProgress) -> KeptArrays:
        """Work something out, unless somebody else has by now."""
        with self._turn:
            known = self.find(contents, name)
            if known is None:
                recipe = self._recipe(contents, name)
                known = recipe.make(on_progress)
                # What it was made of may be gone by now, such as a model.
                if self._recipe(contents, name).stamp == recipe.stamp:
                    self.store.write(contents.key, name, recipe.stamp, known.arrays, known.facts)
                # From the disk, where the system can let go of it.
                kept = self.store.read(contents.key, name, recipe.stamp)
                known = known if kept is None else kept
                self._kept.put((contents.key, name), (recipe.stamp, known))
            return known

    def _recipe(self, contents: Contents, name: str) -> Recipe:
        return self.recipes.find(contents, name, self._find_features)

    def _find_features(self, contents: Contents, on_progress: OnProgress) -> Vectors:
        return read_vectors(self.make(contents, "features", on_progress))

    def _work(self, handle: JobHandle) -> None:
        contents = self.library.open(handle.job.subject)
        self.make(contents, handle.job.arguments["name"], handle.report)

    def _wait(self, job: Job) -> Job:
        until = time.monotonic() + PATIENCE
        while job.live and time.monotonic() < until:
            time.sleep(0.02)
            job = self.jobs.get(job.id)
        return job
