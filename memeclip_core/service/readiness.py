"""Whether retraining makes sense now, and why not if it does not."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

from memeclip_core.records import Job, Labelled
from memeclip_core.service.correcting import Corrector
from memeclip_core.service.engines import Engines
from memeclip_core.service.shelf import Shelf
from memeclip_core.service.teaching import digest_labels
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

    Digests are remembered by meme, so that a look costs little while few labels change.
    """

    def __init__(self, *, shelf: Shelf, corrector: Corrector, engines: Engines) -> None:
        self._shelf = shelf
        self._corrector = corrector
        self._engines = engines
        self._mutex = threading.Lock()
        self._digests: dict[str, dict[str, tuple[Labelled, str]]] = {}

    def facts(self, tasks: TaskSet, running: Job | None) -> RetrainFacts:
        """Return what is new, and why retraining would be refused now, or ""."""
        memes = self._corrector.labelled(tasks)
        held_out = sum(is_held_out(item.meme) for item in memes)
        base, seen = self._baseline(tasks.key)
        new = len(self.digests(tasks, memes) ^ seen)
        reason = self._reason(tasks, memes, held_out, base, new)
        if running is not None:
            reason = f"A retraining of '{running.task_set}' is running. Wait for it, or cancel it."
        return RetrainFacts(
            corrected=len(memes),
            held_out=held_out,
            new=new,
            reason=reason,
            job=running if running is not None and running.task_set == tasks.key else None,
        )

    def digests(self, tasks: TaskSet, memes: Sequence[Labelled]) -> set[str]:
        """Return what changes whenever a text or a label of these memes does."""
        with self._mutex:
            before = self._digests.get(tasks.key, {})
            now = {}
            for item in memes:
                known = before.get(item.meme)
                if known is None or known[0] is not item:
                    known = (item, digest_labels(item))
                now[item.meme] = known
            self._digests[tasks.key] = now
        return {digest for _, digest in now.values()}

    def _baseline(self, task_set: str) -> tuple[str, set[str]]:
        """Return the newest model that corrections went into, and which those were."""
        candidate = self._shelf.candidate(task_set)
        base = candidate.version if candidate else self._shelf.active_version(task_set)
        seen = self._shelf.manifest(base).get("data", {}).get("seen", [])
        return base, set(seen)

    def _reason(
        self, tasks: TaskSet, memes: Sequence[Labelled], held_out: int, base: str, new: int
    ) -> str:
        if not base:
            return (
                f"The encoder '{self._engines.encoder_name}' has no trained heads for "
                f"'{tasks.key}' to start from. Build a starter: "
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
        learnt = [item for item in memes if not is_held_out(item.meme)]
        if len(learnt) >= ONE_CLASS_FROM and not _differ(tasks, learnt):
            return (
                f"All {len(learnt)} corrected memes to learn from have the same answer to every "
                "question, and a model that is shown one answer learns to give no other. Correct "
                "memes of another kind as well and start again."
            )
        return ""


def _differ(tasks: TaskSet, memes: Sequence[Labelled]) -> bool:
    """Say whether some task has two answers; stops at the first that does."""
    for task in tasks:
        first: tuple[str, ...] | None = None
        for item in memes:
            answer = item.labels.get(task.key)
            if answer is None:
                continue
            if first is None:
                first = answer
            elif set(answer) != set(first):
                return True
    return False
