"""One retraining from its first step to its verdict: followed, logged, stopped, never half done."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace

from memeclip_core.annotation.decisions.corrector import Corrector, utc_now
from memeclip_core.errors import JobError, MemeclipError
from memeclip_core.heads.model import check_captioner
from memeclip_core.heads.registry import find_model_needs
from memeclip_core.inference.engines import Engines
from memeclip_core.models.catalogue import Shelf
from memeclip_core.models.learnt import Learnt
from memeclip_core.models.replay import Replay
from memeclip_core.models.teaching import Teacher
from memeclip_core.models.versions import ModelStore
from memeclip_core.records.job import Job, JobState, Progress
from memeclip_core.storage.job_files import JobFiles
from memeclip_core.tasks import TaskSet
from memeclip_core.training.encoder_facts import equip_model

WRITE_SECONDS = 0.3
"""How often a running job's file is replaced, at most."""

MAX_LINES = 400
"""Lines of a job's log that are kept: the first ones, and those of its end."""

_RARER = {
    "replay_left": "rows of the starter left out, as corrected memes are like them",
    "validation": "taken for validation, as the starter was chosen on them",
    "aside": "neither learnt nor measured on: once kept aside, they are like memes learnt since",
    "unread": "with labels that the heads do not know",
    "tied": "on which people are even, whose answers there teach nothing",
}
"""What a line says of counts that are not 0."""

_log = logging.getLogger("memeclip")


class RetrainRun:
    """Carry out one job whose lock is held by the caller.

    Args:
        ties: whether to learn, where people are even, what the latest of them decided.
    """

    def __init__(
        self,
        job: Job,
        *,
        ties: bool,
        jobs: JobFiles[Job],
        models: ModelStore,
        shelf: Shelf,
        corrector: Corrector,
        teacher: Teacher,
        engines: Engines,
    ) -> None:
        self._ties = ties
        self._jobs = jobs
        self._models = models
        self._shelf = shelf
        self._corrector = corrector
        self._teacher = teacher
        self._engines = engines
        self._mutex = threading.Lock()
        self._job = job
        self._stop = threading.Event()
        self._looked = 0.0
        self._written = 0.0

    @property
    def job(self) -> Job:
        """The job as it stands now."""
        with self._mutex:
            return self._job

    def stop(self) -> None:
        """Ask the run to end at its next step."""
        self._stop.set()

    def work(
        self, tasks: TaskSet, release: ExitStack, on_progress: Callable[[Progress], None] | None
    ) -> Job:
        """Carry out the job; whatever happens ends in a state and a reason."""
        with release:
            try:
                self._retrain(tasks, on_progress)
                return self._finish("done", "")
            except MemeclipError as error:
                return self._finish("cancelled" if self._stopped() else "failed", str(error))
            except Exception:
                _log.exception("the retraining %s failed", self.job.id)
                reason = "Something unexpected went wrong; the log says what. No model was changed."
                return self._finish("failed", reason)
            except BaseException:
                self._finish("cancelled", "The program was stopped.")
                raise

    def _retrain(self, tasks: TaskSet, on_progress: Callable[[Progress], None] | None) -> None:
        def report(progress: Progress) -> None:
            if self._stopped():
                raise JobError("The retraining was cancelled; the model in service is unchanged.")
            self._note(progress)
            if on_progress is not None:
                on_progress(progress)

        job = self.job
        model = self._shelf.load(job.base)
        equip_model(model, self._engines.encoder())
        if find_model_needs(model).captions:
            check_captioner(model, self._engines.captioner().fingerprint)
        gathered = self._corrector.gathered(tasks)
        digests, every = gathered.digests(), gathered.oldest_first()
        self._say(f"{len(every):,} corrected memes; starting from {job.base}")
        if self._ties:
            every = tuple(replace(m, labels={**m.contested, **m.labels}) for m in every)
        memes = [item for item in every if item.labels]
        replay_of = model.replay or model.version
        replay = self._models.read_replay(replay_of)
        before = self._models.read_learnt(job.base)
        lesson = self._teacher.prepare(tasks, model, replay, before, memes, report)
        self._say(describe_lesson({**job.counts, **lesson.counts}))
        for gap in find_gaps(replay_of, replay, job.base, before):
            self._say(gap)
        candidate = self._teacher.teach(
            tasks,
            model,
            lesson,
            version=job.candidate,
            created=utc_now(),
            report=report,
            should_stop=self._stopped,
        )
        data = {**candidate.model.data, "job": job.id}
        data.pop("seen", None)
        learnt = replace(lesson.learnt, digests=digests)
        self._models.write(replace(candidate.model, data=data, replay=replay_of), learnt)
        self._say(f"{job.candidate} is written and waits for a verdict")
        with self._mutex:
            self._job = replace(
                self._job,
                counts={**self._job.counts, **lesson.counts, "corrected": len(every)},
                comparison=candidate.comparison,
                progress=Progress(done=100, total=100, message="done"),
            )

    def _note(self, progress: Progress) -> None:
        """Keep how far it is; a step that is new becomes a line of the log."""
        new = progress.message != self.job.progress.message
        with self._mutex:
            self._job = replace(self._job, progress=progress)
        if new:
            facts = [progress.message]
            if progress.loss is not None:
                facts.append(f"loss {progress.loss:.4f}")
            if progress.score is not None:
                facts.append(f"validation score {progress.score:.3f}")
            self._say(", ".join(facts))
        if time.monotonic() - self._written >= WRITE_SECONDS:
            self._jobs.write(self.job)
            self._written = time.monotonic()

    def _say(self, line: str) -> None:
        with self._mutex:
            if len(self._job.log) < MAX_LINES:
                self._job = add_line(self._job, line)

    def _stopped(self) -> bool:
        """Say whether somebody asked to stop; looks at the disk a few times a second at most."""
        now = time.monotonic()
        if not self._stop.is_set() and now - self._looked >= WRITE_SECONDS:
            self._looked = now
            if self._jobs.is_asked_to_stop(self.job.id):
                self._stop.set()
        return self._stop.is_set()

    def _finish(self, state: JobState, reason: str) -> Job:
        job = end_job(self.job, state, reason)
        close_job(self._jobs, job)
        with self._mutex:
            self._job = job
        return job


def find_gaps(starter: str, replay: Replay, base: str, before: Learnt) -> tuple[str, ...]:
    """Say what older models do not record, so that some memes cannot be told to be the same."""
    gaps = []
    if replay.keys is None:
        gaps.append(
            f"{starter} keeps no record of its rows' texts: which memes it was trained on is known "
            "by their pictures alone, or by equal texts where it read no picture"
        )
    if before.digests and not len(before.keys):
        gaps.append(
            f"{base} keeps no record of the memes that it learnt: that none of those held out is "
            "nearly the same as one of them is not known"
        )
    return tuple(gaps)


def describe_lesson(counts: Mapping[str, int]) -> str:
    """Say in a line of the log where memes and rows went; see ``Lesson``."""
    line = (
        f"learning from {counts['learnt']:,} of them and {counts['replay']:,} rows of the starter; "
        f"{counts['held_out']:,} kept aside; {counts['skipped']:,} could not be used"
    )
    for name, what in _RARER.items():
        line += f"; {counts[name]:,} {what}" if counts.get(name) else ""
    return line


def add_line(job: Job, line: str) -> Job:
    """Return a job with one more line in its log, after the time in UTC."""
    return replace(job, log=(*job.log, f"{utc_now():%H:%M:%S} {line}"))


def end_job(job: Job, state: JobState, reason: str) -> Job:
    """Return a job as it ended; only one that is done has a candidate."""
    candidate = job.candidate if state == "done" else ""
    ended = replace(job, state=state, reason=reason, ended=utc_now(), candidate=candidate)
    return add_line(ended, f"{state}: {reason}" if reason else state)


def close_job(jobs: JobFiles[Job], job: Job) -> None:
    """Write down how a job ended, and forget that somebody may have asked it to stop."""
    jobs.write(job)
    jobs.forget_mark(job.id)
    _log.info("retraining %s: %s", job.id, job.state)
