"""Retraining as a job: refused or started, followed, cancelled, and never half done.

One retraining runs at a time per home. Its lock is held from start to end and dies with its
process, so a job that says "running" while the lock is free was interrupted.
"""

from __future__ import annotations

import logging
import re
import secrets
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from memeclip_core.errors import JobError, MemeclipError, StoreError
from memeclip_core.records import Job, JobState, Labelled, Person, Progress
from memeclip_core.service.correcting import Corrector, utc_now
from memeclip_core.service.encoder_facts import equip_model
from memeclip_core.service.engines import Engines
from memeclip_core.service.shelf import Shelf
from memeclip_core.service.teaching import Teacher, digest_labels
from memeclip_core.splits import is_held_out
from memeclip_core.stores.files import locked
from memeclip_core.stores.jobs import JobStore
from memeclip_core.stores.model_store import ModelStore
from memeclip_core.stores.paths import Home
from memeclip_core.tasks import TaskSet

WRITE_SECONDS = 0.3
"""How often a running job's file is replaced, at most."""

_RUNNING = ("queued", "running")
_log = logging.getLogger("memeclip")


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrainFacts:
    """What decides whether retraining makes sense; see ``StudioStatus``."""

    corrected: int
    held_out: int
    new: int
    reason: str
    job: Job | None


class Retrainer:
    """Start, follow and cancel retrainings of one home."""

    def __init__(
        self,
        *,
        home: Home,
        jobs: JobStore,
        models: ModelStore,
        shelf: Shelf,
        corrector: Corrector,
        teacher: Teacher,
        engines: Engines,
        task_sets: tuple[TaskSet, ...],
    ) -> None:
        self._home = home
        self._jobs = jobs
        self._models = models
        self._shelf = shelf
        self._corrector = corrector
        self._teacher = teacher
        self._engines = engines
        self._task_sets = {tasks.key: tasks for tasks in task_sets}
        self._mutex = threading.Lock()
        self._own: Job | None = None
        self._stop = threading.Event()

    def facts(self, task_set: str) -> RetrainFacts:
        """Return what is new, and why retraining would be refused now, or ""."""
        memes = self._corrector.labelled(self._task_sets[task_set])
        running = self._running()
        held_out = sum(is_held_out(item.meme) for item in memes)
        base, seen = self._baseline(task_set)
        new = len({digest_labels(item) for item in memes} ^ seen)
        reason = self._reason(task_set, memes, held_out, base, new)
        if running is not None:
            reason = f"A retraining of '{running.task_set}' is running. Wait for it, or cancel it."
        return RetrainFacts(
            corrected=len(memes),
            held_out=held_out,
            new=new,
            reason=reason,
            job=running if running is not None and running.task_set == task_set else None,
        )

    def start(self, who: Person, tasks: TaskSet) -> Job:
        """Begin a retraining in the background."""
        job, release = self._begin(who, tasks)
        if job.state == "refused":
            return job
        thread = threading.Thread(
            target=self._work, args=(job, tasks, release, None), name="retrain", daemon=True
        )
        thread.start()
        return job

    def run(
        self, who: Person, tasks: TaskSet, on_progress: Callable[[Progress], None] | None
    ) -> Job:
        """Retrain in this thread."""
        job, release = self._begin(who, tasks)
        if job.state == "refused":
            return job
        return self._work(job, tasks, release, on_progress)

    def job(self, job_id: str) -> Job:
        """Return a job as it stands now."""
        with self._mutex:
            if self._own is not None and self._own.id == job_id:
                return self._own
        self._running()
        return self._jobs.read(job_id)

    def jobs(self, task_set: str) -> tuple[Job, ...]:
        """Return the jobs of a task set, newest first."""
        self._running()
        with self._mutex:
            own = self._own
        return tuple(
            own if own is not None and own.id == job.id else job
            for job in self._jobs.list()
            if job.task_set == task_set
        )

    def cancel(self, job_id: str) -> Job:
        """Ask a job to stop, in whichever process it runs."""
        job = self.job(job_id)
        if job.state not in _RUNNING:
            raise JobError(f"The job '{job_id}' is {job.state} and cannot be cancelled any more.")
        with self._mutex:
            if self._own is not None and self._own.id == job_id:
                self._stop.set()
        self._jobs.ask_to_stop(job_id)
        return self.job(job_id)

    def recover(self) -> None:
        """Tidy up after a process that died: its job, and what it left half written."""
        self._running()
        with suppress(StoreError), locked(self._lock, timeout=0):
            self._models.sweep()

    @property
    def _lock(self) -> Path:
        return self._home.lock("retrain")

    def _running(self) -> Job | None:
        """Return the job that is running, here or in another process."""
        with self._mutex:
            if self._own is not None:
                return self._own
        claimed = [job for job in self._jobs.list() if job.state in _RUNNING]
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
            if job.state in _RUNNING:
                reason = (
                    "The program ended before the retraining did. Nothing was lost but the time: "
                    "the model in service is unchanged. Start it again."
                )
                self._finish(job, "interrupted", reason)

    def _baseline(self, task_set: str) -> tuple[str, set[str]]:
        """Return the newest model that corrections went into, and which those were."""
        candidate = self._shelf.candidate(task_set)
        base = candidate.version if candidate else self._shelf.active_version(task_set)
        seen = self._shelf.manifest(base).get("data", {}).get("seen", [])
        return base, set(seen)

    def _reason(
        self, task_set: str, memes: tuple[Labelled, ...], held_out: int, base: str, new: int
    ) -> str:
        if not base:
            return (
                f"The encoder '{self._engines.encoder_name}' has no trained heads for "
                f"'{task_set}' to start from. Build a starter: "
                "python -m memeclip_core build-starter --help"
            )
        if not memes:
            return "No meme is corrected yet. Correct at least one and start again."
        if len(memes) == held_out:
            return (
                f"All {held_out} corrected memes belong to the fifth that is held out to measure "
                "on, so there is none to learn from. Correct a few more and start again."
            )
        if new == 0:
            return (
                f"Nothing was corrected since '{base}' was trained. Correct more memes first, or "
                "promote or discard that model."
            )
        return ""

    def _begin(self, who: Person, tasks: TaskSet) -> tuple[Job, ExitStack]:
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
            facts = self.facts(tasks.key)
            job = Job(
                id=f"{utc_now():%Y%m%dT%H%M%S}-{secrets.token_hex(3)}",
                task_set=tasks.key,
                state="refused" if facts.reason else "running",
                started=utc_now(),
                ended=utc_now() if facts.reason else None,
                by=who.name,
                progress=Progress(done=0, total=100, message="starting"),
                base="" if facts.reason else self._shelf.active_version(tasks.key),
                candidate="" if facts.reason else self._next_version(tasks.key),
                counts={"corrected": facts.corrected, "held_out": facts.held_out},
                reason=facts.reason,
            )
            self._jobs.write(job)
            if facts.reason:
                return job, ExitStack()
            with self._mutex:
                self._own = job
            self._stop.clear()
            return job, stack.pop_all()

    def _next_version(self, task_set: str) -> str:
        """Count up past every version that was ever handed out; the caller holds the lock."""
        prefix = name_version(task_set, self._engines.encoder_name)
        used = [str(manifest.get("version")) for manifest in self._models.list()]
        used += [change.version for change in self._models.history()]
        used += [job.candidate for job in self._jobs.list()]
        ends = [version.removeprefix(prefix) for version in used if version.startswith(prefix)]
        numbers = [int(end) for end in ends if end.isdecimal()]
        return f"{prefix}{max(numbers, default=0) + 1}"

    def _work(
        self,
        job: Job,
        tasks: TaskSet,
        release: ExitStack,
        on_progress: Callable[[Progress], None] | None,
    ) -> Job:
        """Carry out a job whose lock is held; whatever happens ends in a state and a reason."""
        stop = _StopSign(self._stop, self._jobs, job.id)
        with release:
            try:
                return self._finish(self._retrain(job, tasks, stop, on_progress), "done", "")
            except MemeclipError as error:
                state: JobState = "cancelled" if stop() else "failed"
                return self._finish(self._current(job), state, str(error))
            except Exception:
                _log.exception("the retraining %s failed", job.id)
                reason = "Something unexpected went wrong; the log says what. No model was changed."
                return self._finish(self._current(job), "failed", reason)
            except BaseException:
                self._finish(self._current(job), "cancelled", "The program was stopped.")
                raise
            finally:
                with self._mutex:
                    self._own = None

    def _retrain(
        self,
        job: Job,
        tasks: TaskSet,
        stop: _StopSign,
        on_progress: Callable[[Progress], None] | None,
    ) -> Job:
        written = 0.0

        def report(progress: Progress) -> None:
            nonlocal written
            if stop():
                raise JobError("The retraining was cancelled; the model in service is unchanged.")
            now = replace(self._current(job), progress=progress)
            with self._mutex:
                self._own = now
            if time.monotonic() - written >= WRITE_SECONDS:
                self._jobs.write(now)
                written = time.monotonic()
            if on_progress is not None:
                on_progress(progress)

        model = self._shelf.load(job.base)
        equip_model(model, self._engines.encoder())
        memes = self._corrector.labelled(tasks)
        lesson = self._teacher.prepare(tasks, model, memes, report)
        replay = self._models.read_replay(model.replay or model.version)
        candidate = self._teacher.teach(
            tasks,
            model,
            replay,
            lesson,
            version=job.candidate,
            created=utc_now(),
            report=report,
            should_stop=stop,
        )
        seen = sorted(digest_labels(item) for item in memes)
        data = {**candidate.model.data, "seen": seen, "job": job.id}
        replay_of = model.replay or model.version
        self._models.write(replace(candidate.model, data=data, replay=replay_of))
        counts = {
            "corrected": len(memes),
            "learnt": len(lesson.learn),
            "held_out": len(lesson.held_out),
            "skipped": lesson.skipped,
            "replay": len(replay.features),
        }
        return replace(
            self._current(job),
            counts=counts,
            comparison=candidate.comparison,
            progress=Progress(done=100, total=100, message="done"),
        )

    def _current(self, job: Job) -> Job:
        with self._mutex:
            return self._own if self._own is not None and self._own.id == job.id else job

    def _finish(self, job: Job, state: JobState, reason: str) -> Job:
        candidate = job.candidate if state == "done" else ""
        ended = replace(job, state=state, reason=reason, ended=utc_now(), candidate=candidate)
        self._jobs.write(ended)
        self._jobs.forget_mark(job.id)
        _log.info("retraining %s: %s", job.id, state)
        return ended


def name_version(task_set: str, encoder: str) -> str:
    """Return the start of a retrained model's version, safe as a folder's name.

    Of an encoder that is a folder, only its own name is taken.
    """
    last = encoder.replace("\\", "/").rstrip("/").split("/")
    is_path = encoder.startswith(("/", ".", "~")) or ":" in encoder or len(last) > 2
    parts = (task_set, last[-1] if is_path else encoder)
    words = (re.sub(r"[^A-Za-z0-9]+", "-", part).strip("-")[:50].strip("-") for part in parts)
    return "-".join(word or "x" for word in words) + "-r"


class _StopSign:
    """Say whether somebody asked to stop; looks at the disk no more than a few times a second."""

    def __init__(self, event: threading.Event, jobs: JobStore, job_id: str) -> None:
        self._event = event
        self._jobs = jobs
        self._id = job_id
        self._looked = 0.0

    def __call__(self) -> bool:
        now = time.monotonic()
        if not self._event.is_set() and now - self._looked >= WRITE_SECONDS:
            self._looked = now
            if self._jobs.is_asked_to_stop(self._id):
                self._event.set()
        return self._event.is_set()
