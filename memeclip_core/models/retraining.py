"""Retraining as a job of four steps: prepare, train, compare, write.

Invariants: one retraining runs at a time per home. Its lock "retrain" is held from start to end and
dies with its process, so a job that says "running" while the lock is free was interrupted. The lock
is taken by the thread that starts the job and given back by the one that works; ``_mutex`` guards
which job this process carries out, and nothing is done while it is held.
"""

from __future__ import annotations

import logging
import re
import secrets
import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from typing import Final

from memeclip_core.encoders.features import Features
from memeclip_core.errors import JobError, MemeclipError, StoreError
from memeclip_core.heads.model import HeadModel, check_captioner
from memeclip_core.heads.registry import find_model_needs
from memeclip_core.inference.engines import Engines
from memeclip_core.inference.features import MemeEncoder
from memeclip_core.inference.reading import Reader
from memeclip_core.models.catalogue import Catalogue, TaskSetModels
from memeclip_core.models.readiness import Decisions, Readiness, RetrainFacts
from memeclip_core.models.retraining_steps import (
    describe_rows,
    find_gaps,
    measure_candidate,
    prepare_rows,
    train_candidate,
)
from memeclip_core.models.running_job import RunningJob, close_job, end_job
from memeclip_core.models.versions import ModelStore
from memeclip_core.records.clock import utc_now
from memeclip_core.records.decision import Labelled, Person
from memeclip_core.records.job import Job, Progress
from memeclip_core.records.meme import Meme
from memeclip_core.storage.files import locked
from memeclip_core.storage.home import Home
from memeclip_core.storage.images import ImageStore
from memeclip_core.storage.job_files import JobFiles
from memeclip_core.tasks import TaskSet
from memeclip_core.training.retrain import RetrainConfig

DECISIONS: Final = "decisions"
"""The count of a job that says how many decisions there were when it began."""

OF_PROJECT: Final = "decisions in {}"
"""The count of a job that says so of one project, by its key."""


_log = logging.getLogger("memeclip")

OnProgress = Callable[[Progress], None]


class Retrainer:
    """Start, follow and cancel retrainings of one home.

    Args:
        home: where the lock lies.
        jobs, models, catalogue: the parts behind.
        decisions: what people decided.
        images, reader, encoder: how corrected memes become features.
        engines: the frozen models.
        config: how heads go on learning.
        device: where they do; asked when a retraining begins.
    """

    def __init__(
        self,
        *,
        home: Home,
        jobs: JobFiles[Job],
        models: ModelStore,
        catalogue: Catalogue,
        decisions: Decisions,
        images: ImageStore,
        reader: Reader,
        encoder: MemeEncoder,
        engines: Engines,
        config: RetrainConfig,
        device: Callable[[], str] = lambda: "cpu",
    ) -> None:
        self._lock = home.lock("retrain")
        self._jobs = jobs
        self._models = models
        self._catalogue = catalogue
        self._decisions = decisions
        self._images = images
        self._reader = reader
        self._encoder = encoder
        self._engines = engines
        self._config = config
        self._device = device
        self._readiness = Readiness(catalogue=catalogue, models=models, decisions=decisions)
        self._mutex = threading.Lock()
        self._own: RunningJob | None = None

    def facts(self, tasks: TaskSet, models: TaskSetModels | None = None) -> RetrainFacts:
        """Return what is new, and why retraining would be refused now, or ""."""
        running = self._running()
        return self._readiness.facts(tasks, models or self._catalogue.status(tasks.key), running)

    @property
    def busy(self) -> bool:
        """Whether this process is retraining just now; costs nothing."""
        return self._here() is not None

    def start(self, who: Person, tasks: TaskSet, *, ties: bool = False) -> Job:
        """Begin a retraining in the background.

        Args:
            who: who asks for it, or what: the name is all that is kept.
            tasks: the task set whose heads are retrained.
            ties: whether to learn, where people are even, what the latest of them decided.
        """
        job, run, release = self._begin(who, tasks, ties)
        if run is not None:
            thread = threading.Thread(
                target=self._work,
                args=(run, tasks, ties, release, None),
                name="retrain",
                daemon=True,
            )
            thread.start()
        return job

    def run(
        self,
        who: Person,
        tasks: TaskSet,
        on_progress: OnProgress | None,
        *,
        ties: bool = False,
    ) -> Job:
        """Retrain in this thread; see ``start``."""
        job, run, release = self._begin(who, tasks, ties)
        return job if run is None else self._work(run, tasks, ties, release, on_progress)

    def job(self, job_id: str) -> Job:
        """Return a job as it stands now."""
        own = self._here()
        if own is not None and own.id == job_id:
            return own
        self._running()
        return self._jobs.read(job_id)

    def jobs(self, task_set: str) -> tuple[Job, ...]:
        """Return the jobs of a task set, newest first."""
        self._running()
        own = self._here()
        return tuple(
            own if own is not None and own.id == job.id else job
            for job in self._jobs.list()
            if job.task_set == task_set
        )

    def cancel(self, job_id: str) -> Job:
        """Ask a job to stop, in whichever process it runs."""
        job = self.job(job_id)
        if not job.live:
            raise JobError(f"The job '{job_id}' is {job.state} and cannot be cancelled any more.")
        with self._mutex:
            if self._own is not None and self._own.job.id == job_id:
                self._own.stop()
        self._jobs.ask_to_stop(job_id)
        return self.job(job_id)

    def recover(self) -> None:
        """Close the job of a process that died."""
        self._running()

    def _here(self) -> Job | None:
        """Return the job that runs in this process."""
        with self._mutex:
            return None if self._own is None else self._own.job

    def _running(self) -> Job | None:
        """Return the job that is running, here or in another process."""
        own = self._here()
        if own is not None:
            return own
        claimed = [job for job in self._jobs.list() if job.live]
        if not claimed:
            return None
        try:
            with locked(self._lock, timeout=0):
                self._mark_interrupted()
        except StoreError:
            return claimed[0]
        return None

    def _mark_interrupted(self) -> None:
        """Close the jobs of processes that died; the caller holds the lock."""
        for job in self._jobs.list():
            if job.live:
                reason = (
                    "The program ended before the retraining did. Nothing was lost but the time: "
                    "the model in service is unchanged. Start it again."
                )
                close_job(self._jobs, end_job(job, "interrupted", reason))

    def _begin(
        self, who: Person, tasks: TaskSet, ties: bool
    ) -> tuple[Job, RunningJob | None, ExitStack]:
        """Take the lock and write down the job; the lock goes over to whoever works."""
        with ExitStack() as stack:
            try:
                stack.enter_context(locked(self._lock, timeout=0))
            except StoreError as error:
                running = self._running()
                if running is None:
                    raise JobError(str(error)) from None
                raise JobError(
                    f"The retraining '{running.id}' is running, and one runs at a time. "
                    "Wait for it, or cancel it."
                ) from None
            self._mark_interrupted()
            facts = self.facts(tasks)
            base = self._catalogue.active_version(tasks.key)
            # What is not new or not enough without ties may be so with them.
            reason = "" if ties and facts.tied and base else facts.reason
            job = Job(
                id=f"{utc_now():%Y%m%dT%H%M%S}-{secrets.token_hex(3)}",
                task_set=tasks.key,
                state="running",
                started=utc_now(),
                by=who.name,
                progress=Progress(done=0, total=100, message="starting"),
                base="" if reason else base,
                candidate="" if reason else self._next_version(tasks.key),
                counts={
                    "corrected": facts.corrected,
                    "held_out": facts.held_out,
                    "unread": facts.unread,
                    "tied": 0 if ties else facts.tied,
                    **self._count_decisions(tasks.key),
                },
            )
            if reason:
                job = end_job(job, "refused", reason)
                close_job(self._jobs, job)
                return job, None, ExitStack()
            self._jobs.write(job)
            run = RunningJob(job, self._jobs)
            with self._mutex:
                self._own = run
            return job, run, stack.pop_all()

    def _work(
        self,
        run: RunningJob,
        tasks: TaskSet,
        ties: bool,
        release: ExitStack,
        on_progress: OnProgress | None,
    ) -> Job:
        """Carry out a job, which is the own one until its lock is free; it ends in a state."""
        release.callback(self._forget)
        with release:
            try:
                self._retrain(run, tasks, ties, on_progress)
                return run.finish("done", "")
            except MemeclipError as error:
                return run.finish("cancelled" if run.stopped() else "failed", str(error))
            except Exception:
                _log.exception("the retraining %s failed", run.job.id)
                reason = "Something unexpected went wrong; the log says what. No model was changed."
                return run.finish("failed", reason)
            except BaseException:
                run.finish("cancelled", "The program was stopped.")
                raise

    def _retrain(
        self, run: RunningJob, tasks: TaskSet, ties: bool, on_progress: OnProgress | None
    ) -> None:
        def report(progress: Progress) -> None:
            run.report(progress)
            if on_progress is not None:
                on_progress(progress)

        job = run.job
        # Prepare.
        model = self._catalogue.load(job.base)
        if find_model_needs(model).captions:
            check_captioner(model, self._engines.captioner().fingerprint)
        gathered = self._decisions.gathered(tasks)
        digests, every = gathered.digests(), gathered.oldest_first()
        run.say(f"{len(every):,} corrected memes; starting from {job.base}")
        if ties:
            every = tuple(replace(m, labels={**m.contested, **m.labels}) for m in every)
        starter = model.replay or model.version
        replay, before = self._models.read_replay(starter), self._models.read_learnt(job.base)
        rows = prepare_rows(
            tasks,
            model,
            replay,
            before,
            [item for item in every if item.labels],
            encode=partial(self._encode, model=model),
            report=report,
        )
        run.say(describe_rows({**job.counts, **rows.counts}))
        for gap in find_gaps(starter, replay, job.base, before):
            run.say(gap)
        # Train.
        candidate = train_candidate(
            model,
            rows,
            config=self._config,
            device=self._device(),
            version=job.candidate,
            created=utc_now(),
            report=report,
            should_stop=run.stopped,
        )
        # Compare.
        candidate, comparison = measure_candidate(model, candidate, rows, report)
        # Write.
        data = {**candidate.data, "job": job.id}
        data.pop("seen", None)
        learnt = replace(rows.learnt, digests=digests)
        self._models.write(replace(candidate, data=data, replay=starter), learnt)
        run.say(f"{job.candidate} is written and waits for a verdict")
        run.change(
            counts={**job.counts, **rows.counts, "corrected": len(every)},
            comparison=comparison,
            progress=Progress(done=100, total=100, message="done"),
        )

    def _encode(self, item: Labelled, model: HeadModel) -> Features:
        """Return a corrected meme's features; what is cached is not encoded again."""
        picture = None
        if item.image and "image" in model.reads:
            data = self._images.read(item.meme)
            picture = None if data is None else self._reader.load(data).image
        meme = Meme(
            id=item.meme,
            filename=item.image,
            text=item.text,
            text_source=item.text_source,
            has_image=bool(item.image),
        )
        needs = find_model_needs(model)
        return self._encoder.features(meme, picture, reads=model.reads, needs=needs)

    def _forget(self) -> None:
        with self._mutex:
            self._own = None

    def _count_decisions(self, task_set: str) -> dict[str, int]:
        """Return how many decisions count on a task set, in all and in each project."""
        counts = self._decisions.count_decisions(task_set)
        each = {OF_PROJECT.format(key): n for key, n in counts.items() if key}
        return {DECISIONS: sum(counts.values()), **each}

    def _next_version(self, task_set: str) -> str:
        """Count up past every version that was ever handed out; the caller holds the lock."""
        prefix = name_version(task_set, self._engines.encoder_name)
        listing = self._models.look()
        used = [str(manifest.get("version")) for manifest in listing.manifests.values()]
        used += [change.version for change in listing.history]
        used += [job.candidate for job in self._jobs.list()]
        ends = [version.removeprefix(prefix) for version in used if version.startswith(prefix)]
        numbers = [int(end) for end in ends if end.isdecimal()]
        return f"{prefix}{max(numbers, default=0) + 1}"


def name_version(task_set: str, encoder: str) -> str:
    """Return the start of a retrained model's version, safe as a folder's name.

    Of an encoder that is a folder, only its own name is taken.
    """
    last = encoder.replace("\\", "/").rstrip("/").split("/")
    is_path = encoder.startswith(("/", ".", "~")) or ":" in encoder or len(last) > 2
    parts = (task_set, last[-1] if is_path else encoder)
    words = (re.sub(r"[^A-Za-z0-9]+", "-", part).strip("-")[:50].strip("-") for part in parts)
    return "-".join(word or "x" for word in words) + "-r"
