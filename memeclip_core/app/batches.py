"""Batches: many memes that somebody hands in at once, predicted in the background and forgotten.

Invariants: a batch is a folder with what was handed in, and a journal of the answers; its id is
random and long, since where nobody signs in it is all that keeps others out. A batch is deleted a
day after it was handed in. Which batches of this process are about to begin is guarded by
``_mutex``: from when it is admitted, before its files are taken in, one counts like those that run.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from memeclip_core.access.people import STRANGER, People
from memeclip_core.annotation.exchange.export_rows import write_predictions
from memeclip_core.annotation.exchange.import_sources import (
    ImportOrder,
    ImportSource,
    list_passed_over,
)
from memeclip_core.annotation.projects.projects import Projects
from memeclip_core.app.batch_answers import Batch
from memeclip_core.app.pictures import shrink
from memeclip_core.database.job_handle import JobHandle
from memeclip_core.database.jobs import Jobs
from memeclip_core.datasets.sources import Source
from memeclip_core.errors import DatasetError, ImageError, InputError, NotFound, RateLimited
from memeclip_core.inference.batch import BatchPredictor
from memeclip_core.inference.kept import Kept, Told, read_answers
from memeclip_core.inference.loaded_model import ZERO_SHOT, LoadedModel
from memeclip_core.inference.reading import Reader
from memeclip_core.memes.text import given_text
from memeclip_core.memory import Memory
from memeclip_core.models.catalogue import Catalogue
from memeclip_core.records.decision import ADDRESS, Person
from memeclip_core.records.job import Job, Progress
from memeclip_core.records.meme import Failure
from memeclip_core.records.prediction import Answer
from memeclip_core.storage.batches import BatchFolders
from memeclip_core.tasks import TaskSet

LASTS: Final = timedelta(days=1)
MOST_OF_VISITORS: Final = 100
MOST: Final = 20_000
"""Memes of one batch: of those who may only predict, and of others."""
AT_ONCE: Final = 4
"""Batches that run at once; each would slow down the others."""
OF_A_VISITOR: Final = 1
OF_VISITORS: Final = 3
"""Those of one visitor and of all visitors together: one stays for others. A visitor is a name, or
an address where nobody signed in."""
THUMB_SIDE: Final = 160
_ALONE: Final = (
    "To ask about the texts alone, say which column they are by the column mapping, such as "
    "text=text."
)


@dataclass(frozen=True, kw_only=True)
class Batches:
    """Start, follow, stop, take up and take home batches. Anybody may who may predict."""

    people: People
    folders: BatchFolders
    jobs: Jobs
    predictor: BatchPredictor
    catalogue: Catalogue
    reader: Reader
    projects: Projects
    task_set: Callable[[str], TaskSet]
    _sources: Memory[str, list[Source]] = field(default_factory=lambda: Memory(8), init=False)
    _thumbs: Memory[tuple[str, int], bytes] = field(
        default_factory=lambda: Memory(2000), init=False
    )

    # Of a batch that is followed, only what was added is read; 20,000 answers take 130 MB.
    _told: Memory[str, Told] = field(default_factory=lambda: Memory(2), init=False)
    # Where the batches of this process came from; the database does not learn it.
    _addresses: Memory[str, str] = field(default_factory=lambda: Memory(1000), init=False)
    _beginning: dict[str, Person] = field(default_factory=dict, init=False)
    _mutex: threading.Lock = field(default_factory=threading.Lock, init=False)

    def __post_init__(self) -> None:
        self.jobs.register("batch", self._work)

    def predict(
        self,
        items: Iterable[Source],
        *,
        task_sets: Sequence[str],
        model: str | None = None,
        beside: Sequence[str] = (),
        kept: Kept | None = None,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> Iterator[Answer]:
        """Predict many memes here and now; see ``BatchPredictor.predict_batch``.

        Args:
            items: the memes.
            task_sets: the keys of those that are answered, in one pass.
            model: see ``Studio.predict``.
            beside: versions of models to ask as well.
            kept: takes the answers as they come, and has those that are not asked again.
            on_progress: called whenever a meme is read; may raise to stop.
        """
        asked = [self.task_set(key) for key in task_sets]

        def find() -> list[list[LoadedModel]]:
            versions = (model, *beside)
            return [[self.catalogue.find(tasks, one) for one in versions] for tasks in asked]

        return self.predictor.predict_batch(items, find, kept=kept, on_progress=on_progress)

    def start(
        self, who: Person, files: dict[str, Any], *, task_set: str, columns: dict[str, str] | None
    ) -> str:
        """Take files in, predict them in the background, and return the batch's id.

        Args:
            who: anybody.
            files: images, an archive or lists: where each lies, or what its bytes are read from, by
                the name it came with.
            task_set: the key of one on offer.
            columns: what the columns of a list of one's own are.

        Raises:
            InputError: if there is no file.
            RateLimited: if too many run.
        """
        self._spend(who)
        name = secrets.token_hex(16)
        with self._admitted(who, name):
            if not files:
                raise InputError(
                    "There is no file. Choose memes, a folder, a zip archive or a list."
                )
            archive = next((one for one in files if one.lower().endswith(".zip")), "")
            if archive and "/" not in archive and len(files) > 1:
                raise InputError(
                    f"'{archive}' is an archive among other files. Hand in one archive alone, or "
                    "unpack it first."
                )
            words = "" if columns is None else json.dumps(columns)
            arguments = {"task_set": self.task_set(task_set).key, "columns": words}
            self.folders.sweep(LASTS)
            self.jobs.sweep(LASTS)  # they name files that failed
            self.folders.keep(name, files)
            self._begin(who, name, arguments)
        return name

    def resume(self, who: Person, name: str) -> None:
        """Take up a batch that was stopped or broke off; what is answered stays."""
        self._spend(who)
        job = self._job(who, name)
        with self._admitted(who, name):
            self._begin(who, name, job.arguments)

    def stop(self, who: Person, name: str) -> None:
        """Ask a batch to stop at the next meme; what is answered stays."""
        self._look(who)
        self.jobs.stop(self._job(who, name).id, name)

    def read(self, who: Person, name: str) -> Batch:
        """Return a batch as it stands; raise NotFound if it is none of this person's, or gone."""
        self._look(who)
        job = self._job(who, name)
        told = read_answers(self.folders.journal(name), self._told.get(name))
        self._told.put(name, told)
        return Batch(
            id=name,
            job=job,
            tasks=self.task_set(job.arguments["task_set"]),
            answers=tuple(told.answers[place] for place in sorted(told.answers)),
            until=self.folders.since(name) + LASTS,
        )

    def write(self, who: Person, name: str, format: str) -> bytes:
        """Return what was predicted as ``csv``, ``jsonl`` or ``parquet``."""
        return write_predictions(self.read(who, name).predictions, format)

    def picture(self, who: Person, name: str, place: int) -> bytes:
        """Return a meme's picture, small, as WebP; b"" of a text alone or an unusable file."""
        self._look(who)
        job = self._job(who, name)
        known = self._thumbs.get((name, place))
        if known is None:
            sources = self._sources.get(name)
            if sources is None:
                sources, _ = self._list(name, job)
                self._sources.put(name, sources)
            known = self._make_thumb(sources[place]) if 0 <= place < len(sources) else b""
            self._thumbs.put((name, place), known)
        return known

    def make_project(self, who: Person, name: str, *, key: str, title: str) -> Job:
        """Create a project for admins, and import the batch's memes; return the import's job."""
        job = self._job(who, name)
        self.projects.create(
            who, key=key, title=title, task_set=self.task_set(job.arguments["task_set"])
        )
        source = self.projects.keep_upload(who, key, self.folders.files(name))
        return self.projects.start_import(who, key, source, columns=_columns(job))

    # --- steps ------------------------------------------------------------------------------

    def _look(self, who: Person) -> None:
        self.people.require(who, "visitor", "look at batches", spends="read")

    def _spend(self, who: Person) -> None:
        self.people.require(who, "visitor", "predict many memes", spends="job")

    @contextmanager
    def _admitted(self, who: Person, name: str) -> Iterator[None]:
        """Have a batch count among those that run, until it is one of them or has failed."""
        with self._mutex:
            self._admit(who, name)
            self._addresses.put(name, ADDRESS.get())
            self._beginning[name] = who
        try:
            yield
        finally:
            with self._mutex:
                del self._beginning[name]

    def _admit(self, who: Person, name: str) -> None:
        # By their names, so that one that has just begun counts once.
        running = {job.subject: (job.by, _is_visitors(job)) for job in self.jobs.live()}
        running |= {one: (by.name, self._visits(by)) for one, by in self._beginning.items()}
        if name in running:
            raise InputError("This batch is running.")
        visiting = {one: by for one, (by, visits) in running.items() if visits}
        own = [one for one, by in visiting.items() if by == who.name and self._is_own(one, by)]
        visits = self._visits(who)
        if visits and len(own) >= OF_A_VISITOR:
            raise RateLimited("A batch of yours is running. Wait until it ends, or stop it.")
        if len(running) >= AT_ONCE or (visits and len(visiting) >= OF_VISITORS):
            raise RateLimited("Too many batches are running. Try again in a few minutes.")

    def _is_own(self, name: str, by: str) -> bool:
        """Say whether somebody with a name started a batch, or the address that asks."""
        return by != STRANGER or self._addresses.get(name) == ADDRESS.get()

    def _visits(self, who: Person) -> bool:
        return not self.people.can(who, "annotator")

    def _begin(self, who: Person, name: str, arguments: Mapping[str, str]) -> None:
        role = "visitor" if self._visits(who) else who.role
        self.jobs.start(who, "batch", name, arguments={**arguments, "role": role})

    def _make_thumb(self, source: Source) -> bytes:
        try:
            data = self.reader.open_source(source)
            return b"" if data is None else shrink(self.reader.picture(data), THUMB_SIDE)
        except ImageError:
            return b""

    def _job(self, who: Person, name: str) -> Job:
        jobs = self.jobs.list(name) if self.folders.exists(name) else ()
        if not jobs or jobs[0].by not in (who.name, STRANGER):
            raise NotFound(
                "This batch is gone: batches are deleted a day after they were handed in. Hand it "
                "in again."
            )
        return jobs[0]

    def _work(self, handle: JobHandle) -> None:
        job, name = handle.job, handle.job.subject
        tasks = self.task_set(job.arguments["task_set"])
        try:
            sources, failures = self._list(name, job)
            most = MOST_OF_VISITORS if _is_visitors(job) else MOST
            if len(sources) > most:
                raise InputError(
                    f"There are {len(sources):,} memes, and {most:,} is the most for one batch "
                    "here. Hand in fewer, or ask whoever runs this studio: 'memeclip predict' has "
                    "no limit."
                )
        except (DatasetError, InputError) as error:
            self.folders.empty(name)  # nothing of it will ever be answered
            raise InputError(str(error).partition(" Known are:")[0]) from None
        kept = Kept(self.folders.journal(name))
        for answer in self.predict(
            sources,
            task_sets=[tasks.key],
            beside=self._others(tasks),
            kept=kept,
            on_progress=handle.report,
        ):
            handle.count("failed" if isinstance(answer.told, Failure) else "predicted")
        for place, failure in enumerate(failures, start=len(sources)):
            handle.count("failed")
            kept.add(Answer(place=place, told=failure))

    def _others(self, tasks: TaskSet) -> tuple[str, ...]:
        """Return the model that is asked beside: the starter, or sentences where it answers."""
        active = self.catalogue.active_version(tasks.key)
        if not active:
            return ()
        for model in self.catalogue.models(tasks.key):
            if model.origin == "starter" and model.version != active:
                return (model.version,)
        shared = self.catalogue.find(tasks).encoder.shared_dim
        return (ZERO_SHOT,) if shared else ()

    def _list(self, name: str, job: Job) -> tuple[list[Source], list[Failure]]:
        order = ImportOrder(path=self.folders.source(name), columns=_columns(job))
        with ImportSource(order) as found:
            failures = [*found.failures]
            failures += [
                Failure(
                    filename=one.lost,
                    reason=f"{one.place} names this image, and it is not here. {_ALONE}",
                )
                for one in found.candidates
                if one.lost
            ]
            sources = [
                Source(
                    filename=one.name,
                    path=one.path,
                    text=None if one.row is None else given_text(one.row.text),
                )
                for one in found.candidates
                if not one.lost
            ]
            failures += list_passed_over(order.path)
        return sources, failures


def _is_visitors(job: Job) -> bool:
    """Say whether whoever started a batch could only predict then."""
    return job.arguments.get("role", job.by) == "visitor"


def _columns(job: Job) -> dict[str, str] | None:
    words = job.arguments["columns"]
    return json.loads(words) if words else None
