"""Retraining as a job of four steps: prepare, train, compare, write. One runs at a time."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Final

from memeclip_core.database.engine import Database
from memeclip_core.database.job_handle import JobHandle
from memeclip_core.database.jobs import Jobs
from memeclip_core.encoders.features import Features
from memeclip_core.heads.model import HeadModel, check_captioner
from memeclip_core.heads.registry import find_model_needs
from memeclip_core.inference.engines import Engines
from memeclip_core.inference.features import MemeEncoder
from memeclip_core.inference.reading import Reader
from memeclip_core.models.catalogue import Catalogue, TaskSetModels
from memeclip_core.models.lessons import digest_labels
from memeclip_core.models.readiness import Decisions, Readiness, RetrainFacts
from memeclip_core.models.retraining_steps import (
    describe_rows,
    describe_step,
    find_gaps,
    measure_candidate,
    prepare_rows,
    train_candidate,
)
from memeclip_core.models.versions import ModelStore
from memeclip_core.records.clock import utc_now
from memeclip_core.records.decision import Labelled, Person
from memeclip_core.records.job import OF_PROJECT, Job, Progress
from memeclip_core.records.meme import Meme
from memeclip_core.storage.images import ImageStore
from memeclip_core.tasks import TaskSet
from memeclip_core.training.retrain import RetrainConfig

DECISIONS: Final = "decisions"
"""The count of a job that says how many decisions there were when it began."""


OnProgress = Callable[[Progress], None]


class Retrainer:
    """Start retrainings of one home.

    Args:
        jobs: where they are followed and cancelled.
        database: where it is counted what is new.
        models, catalogue: the parts behind.
        decisions: what people decided.
        images, reader, encoder: how corrected memes become features.
        engines: the frozen models.
        config: how heads go on learning.
        device: where they do; asked when a retraining begins.
    """

    def __init__(
        self,
        *,
        jobs: Jobs,
        database: Database,
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
        self.jobs = jobs
        self._models = models
        self._catalogue = catalogue
        self._decisions = decisions
        self._images = images
        self._reader = reader
        self._encoder = encoder
        self._engines = engines
        self._config = config
        self._device = device
        self._readiness = Readiness(
            database=database, catalogue=catalogue, models=models, decisions=decisions
        )

    def facts(self, tasks: TaskSet, models: TaskSetModels) -> RetrainFacts:
        """Return what is new, and why retraining would be refused now, or ""."""
        # Without the database predicting goes on, and a start says what is wrong.
        running = None if models.listing.trouble else next(iter(self.jobs.live()), None)
        return self._readiness.facts(tasks, models, running)

    def start(self, who: Person, tasks: TaskSet, *, ties: bool = False) -> Job:
        """Begin a retraining in the background.

        Args:
            who: who asks for it, or what: the name is all that is kept.
            tasks: the task set whose heads are retrained.
            ties: whether to learn, where people are even, what the latest of them decided.
        """
        handle = self._claim(who, tasks, ties)
        if handle.job.live:
            self.jobs.begin(handle, partial(self._retrain, tasks, ties, None))
        return handle.job

    def run(
        self,
        who: Person,
        tasks: TaskSet,
        on_progress: OnProgress | None,
        *,
        ties: bool = False,
    ) -> Job:
        """Retrain in this thread; see ``start``."""
        handle = self._claim(who, tasks, ties)
        if not handle.job.live:
            return handle.job
        return self.jobs.carry_out(handle, partial(self._retrain, tasks, ties, on_progress))

    def _claim(self, who: Person, tasks: TaskSet, ties: bool) -> JobHandle:
        """Write down the job, and close it at once where it makes no sense now."""
        arguments = {"ties": "yes"} if ties else {}
        handle = self.jobs.claim(who, "retrain", tasks.key, arguments=arguments)
        try:
            models = self._catalogue.status(tasks.key)
            facts = self._readiness.facts(tasks, models, None, wait=True)
            handle.change(
                counts={
                    "corrected": facts.corrected,
                    "held_out": facts.held_out,
                    "unread": facts.unread,
                    "tied": 0 if ties else facts.tied,
                    **self._count_decisions(tasks.key),
                },
            )
            # What is not new or not enough without ties may be so with them.
            if facts.reason and not (ties and facts.tied and models.version):
                self.jobs.finish(handle, "refused", facts.reason)
            else:
                prefix = name_version(tasks.key, self._engines.encoder_name)
                candidate = self._models.next_version(prefix)
                handle.change(base=models.version, candidate=candidate)
                # From here on it is counted anew what is decided.
                self.jobs.write_down(handle)
        except BaseException as error:
            self.jobs.finish(handle, "failed", str(error))
            raise
        return handle

    def _retrain(
        self, tasks: TaskSet, ties: bool, on_progress: OnProgress | None, handle: JobHandle
    ) -> None:
        job = handle.job

        def report(progress: Progress) -> None:
            if progress.message != handle.job.progress.message:
                handle.say(describe_step(progress))
            handle.report(progress)
            if on_progress is not None:
                on_progress(progress)

        # Prepare.
        model = self._catalogue.load(job.base)
        if find_model_needs(model).captions:
            check_captioner(model, self._engines.captioner().fingerprint)
        handle.report(Progress(done=0, total=100, message="reading the decisions"))
        every = self._decisions.labelled(tasks, newest=False)
        digests = frozenset(map(digest_labels, every))
        handle.say(f"{len(every):,} corrected memes; starting from {job.base}")
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
            encode=partial(self.encode, model=model),
            report=report,
        )
        handle.say(describe_rows({**job.counts, **rows.counts}))
        for gap in find_gaps(starter, replay, job.base, before):
            handle.say(gap)
        # Train.
        candidate = train_candidate(
            model,
            rows,
            config=self._config,
            device=self._device(),
            version=job.candidate,
            created=utc_now(),
            report=report,
            should_stop=handle.stopped,
        )
        # Compare.
        candidate, comparison = measure_candidate(model, candidate, rows, report)
        # Write.
        data = {**candidate.data, "job": job.id}
        data.pop("seen", None)
        learnt = replace(rows.learnt, digests=digests)
        self._models.write(replace(candidate, data=data, replay=starter), learnt)
        handle.say(f"{job.candidate} is written and waits for a verdict")
        handle.change(
            counts={**job.counts, **rows.counts, "corrected": len(every)},
            comparison=comparison,
            progress=Progress(done=100, total=100, message="done"),
        )

    def encode(self, item: Labelled, model: HeadModel) -> Features:
        """Return a corrected meme's features as a model reads it; what is cached is not encoded
        again.
        """
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

    def _count_decisions(self, task_set: str) -> dict[str, int]:
        """Return how many decisions count on a task set, in all and in each project."""
        counts = self._decisions.count_decisions(task_set)
        each = {OF_PROJECT.format(key): n for key, n in counts.items() if key}
        return {DECISIONS: sum(counts.values()), **each}


def name_version(task_set: str, encoder: str) -> str:
    """Return the start of a retrained model's version, safe as a folder's name.

    Of an encoder that is a folder, only its own name is taken.
    """
    last = encoder.replace("\\", "/").rstrip("/").split("/")
    is_path = encoder.startswith(("/", ".", "~")) or ":" in encoder or len(last) > 2
    parts = (task_set, last[-1] if is_path else encoder)
    words = (re.sub(r"[^A-Za-z0-9]+", "-", part).strip("-")[:50].strip("-") for part in parts)
    return "-".join(word or "x" for word in words) + "-r"
