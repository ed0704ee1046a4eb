"""Whether retraining makes sense now, and why not if it does not."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, replace

from memeclip_core.records import Job, Labelled
from memeclip_core.service.correcting import Corrector
from memeclip_core.service.engines import Engines
from memeclip_core.service.gathering import Gathered
from memeclip_core.service.shelf import Shelf
from memeclip_core.splits import is_held_out
from memeclip_core.tasks import TaskSet

ONE_CLASS_FROM = 10
"""Corrected memes from which on one and the same answer to everything is no accident any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrainFacts:
    """What decides whether retraining makes sense; see ``StudioStatus``."""

    corrected: int
    held_out: int
    new: int
    reason: str
    job: Job | None


class Readiness:
    """Compare what people decided with what the newest model has learnt from.

    A look costs little while nothing is decided and no model is new.
    """

    def __init__(self, *, shelf: Shelf, corrector: Corrector, engines: Engines) -> None:
        self._shelf = shelf
        self._corrector = corrector
        self._engines = engines
        self._mutex = threading.Lock()
        self._seen: dict[str, frozenset[str]] = {}
        self._facts: dict[str, tuple[object, RetrainFacts]] = {}

    def facts(self, tasks: TaskSet, running: Job | None) -> RetrainFacts:
        """Return what is new, and why retraining would be refused now, or ""."""
        gathered = self._corrector.gathered(tasks)
        base = self._base(tasks.key)
        at = (gathered, gathered.revision, base)
        with self._mutex:
            known = self._facts.get(tasks.key)
            if known is None or known[0] != at:
                known = (at, self._look(tasks, gathered, base))
                self._facts[tasks.key] = known
        if running is None:
            return known[1]
        return replace(
            known[1],
            reason=f"A retraining of '{running.task_set}' is running. Wait for it, or cancel it.",
            job=running if running.task_set == tasks.key else None,
        )

    def _look(self, tasks: TaskSet, gathered: Gathered, base: str) -> RetrainFacts:
        new = len(gathered.digests() ^ self._learnt(base))
        return RetrainFacts(
            corrected=len(gathered),
            held_out=gathered.held_out,
            new=new,
            reason=self._reason(tasks, gathered, base, new),
            job=None,
        )

    def _base(self, task_set: str) -> str:
        """Return the newest model that corrections went into."""
        candidate = self._shelf.candidate(task_set)
        return candidate.version if candidate else self._shelf.active_version(task_set)

    def _learnt(self, version: str) -> frozenset[str]:
        """Return the digests of what went into a model, which never change."""
        if version not in self._seen:
            seen = self._shelf.manifest(version).get("data", {}).get("seen", [])
            self._seen = {version: frozenset(seen)}
        return self._seen[version]

    def _reason(self, tasks: TaskSet, gathered: Gathered, base: str, new: int) -> str:
        held_out, learnt = gathered.held_out, len(gathered) - gathered.held_out
        if not base:
            return (
                f"The encoder '{self._engines.encoder_name}' has no trained heads for "
                f"'{tasks.key}' to start from. Build a starter: "
                "python -m memeclip_core build-starter --help"
            )
        if not len(gathered):
            return "No meme is corrected yet. Correct at least one and start again."
        if not learnt:
            return (
                f"All {held_out} corrected memes belong to the fifth that is held out to measure "
                "on, so there is none to learn from. Correct a few more and start again."
            )
        if new == 0:
            return (
                f"Nothing was corrected since '{base}' was trained. Correct more memes first, or "
                "promote or discard that model."
            )
        if learnt >= ONE_CLASS_FROM and not _differ(tasks, gathered.memes()):
            return (
                f"All {learnt} corrected memes to learn from have the same answer to every "
                "question, and a model that is shown one answer learns to give no other. Correct "
                "memes of another kind as well and start again."
            )
        return ""


def _differ(tasks: TaskSet, memes: Iterable[Labelled]) -> bool:
    """Say whether some task has two answers to learn from; stops at the first that does."""
    learnt = [item for item in memes if not is_held_out(item.meme)]
    for task in tasks:
        first: tuple[str, ...] | None = None
        for item in learnt:
            answer = item.labels.get(task.key)
            if answer is None:
                continue
            if first is None:
                first = answer
            elif set(answer) != set(first):
                return True
    return False
