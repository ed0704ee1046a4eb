"""What people decide: saving, taking back, and what it adds up to."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from memeclip_core.errors import InputError, LabelError
from memeclip_core.fold import Decision, fold_decisions, fold_labels, fold_saves
from memeclip_core.records import Correction, Labelled, Meme, Person, Prediction, SaveReceipt
from memeclip_core.service.reading import Reader
from memeclip_core.stores.correction_rows import check_text
from memeclip_core.stores.corrections import CorrectionStore
from memeclip_core.stores.exports import write_pridemm_csv
from memeclip_core.stores.images import ImageStore
from memeclip_core.tasks import TaskSet

MAX_NOTE = 4_000
_log = logging.getLogger("memeclip")


def utc_now() -> datetime:
    """Return the time in UTC to the millisecond, as the log keeps it."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


class Corrector:
    """The one way into the corrections log, and the views folded from it."""

    def __init__(
        self,
        *,
        log: CorrectionStore,
        images: ImageStore,
        reader: Reader,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._log = log
        self._images = images
        self._reader = reader
        self._clock = clock

    def correct(
        self,
        who: Person,
        tasks: TaskSet,
        prediction: Prediction,
        data: bytes | None,
        labels: dict[str, tuple[str, ...]],
        note: str,
    ) -> SaveReceipt:
        """Save a decision; see ``Studio.correct``."""
        decided = check_labels(tasks, labels)
        check_text(note, "note")
        if len(note) > MAX_NOTE:
            raise InputError(
                f"The note has {len(note):,} characters; at most {MAX_NOTE:,} are allowed."
            )
        image = self._keep_image(prediction.meme, data)
        with self._log.transaction() as log:
            current = fold_decisions(log.rows, tasks.key)
            before = current.get((who.name, prediction.meme.id))
            if before is not None and _is_same(before, prediction.meme, decided, note):
                total = len({meme for _, meme in current})
                return SaveReceipt(save=before.save, time=before.time, rows=0, total=total)
            save, time = uuid.uuid4().hex, self._clock()
            rows = [
                Correction(
                    event=uuid.uuid4().hex,
                    save=save,
                    time=time,
                    annotator=who.name,
                    action="label",
                    meme=prediction.meme.id,
                    image=image,
                    text=prediction.meme.text,
                    text_source=prediction.meme.text_source,
                    task_set=tasks.key,
                    task=task,
                    predicted=prediction.task(task).labels,
                    probability=prediction.task(task).probability,
                    model=prediction.task(task).model,
                    labels=chosen,
                    note=note,
                )
                for task, chosen in decided.items()
            ]
            log.append(rows)
            total = len(fold_labels(log.rows, tasks.key))
        _log.info("saved %s: meme %s, %d rows", save, prediction.meme.id[:12], len(rows))
        return SaveReceipt(save=save, time=time, rows=len(rows), total=total)

    def undo(self, who: Person, tasks: TaskSet) -> SaveReceipt:
        """Append a retraction of this person's last save; see ``Studio.undo``."""
        with self._log.transaction() as log:
            saves = [s for s in fold_saves(log.rows, tasks.key) if s.annotator == who.name]
            if not saves:
                raise InputError("There is nothing to undo: you have no saved correction here.")
            last, time = saves[-1].save, self._clock()
            taken_back = [row for row in log.rows if row.save == last and row.action == "label"]
            log.append(
                [
                    replace(
                        row, event=uuid.uuid4().hex, time=time, action="retract", labels=(), note=""
                    )
                    for row in taken_back
                ]
            )
            total = len(fold_labels(log.rows, tasks.key))
        _log.info("took back %s: %d rows", last, len(taken_back))
        return SaveReceipt(save=last, time=time, rows=len(taken_back), total=total)

    def labelled(self, tasks: TaskSet) -> tuple[Labelled, ...]:
        """Return the corrected memes, newest first."""
        return fold_labels(self._log.read(), tasks.key)

    def history(self, tasks: TaskSet, limit: int) -> tuple[Correction, ...]:
        """Return the last rows of the log, newest first."""
        rows = [row for row in self._log.read() if row.task_set == tasks.key]
        return tuple(reversed(rows[-limit:])) if limit > 0 else ()

    def current_labels(
        self, tasks: TaskSet, meme_id: str, annotator: str
    ) -> dict[str, tuple[str, ...]] | None:
        """Return a person's current labels of a meme."""
        decision = fold_decisions(self._log.read(), tasks.key).get((annotator, meme_id))
        return None if decision is None else dict(decision.labels)

    def saved_image(self, meme_id: str) -> bytes | None:
        """Return a kept image's bytes."""
        return self._images.read(meme_id)

    def export(self, tasks: TaskSet) -> bytes:
        """Return the current labels as CSV, oldest first."""
        return write_pridemm_csv(tasks, reversed(self.labelled(tasks)))

    def _keep_image(self, meme: Meme, data: bytes | None) -> str:
        """Put the image on the disk before any row names it."""
        if not meme.has_image:
            return ""
        if data is None:
            raise InputError("The meme's image is missing. Open it again and save once more.")
        loaded = self._reader.load(data)
        if loaded.content_id != meme.id:
            raise InputError(
                "The image is not the one that was predicted. Open it again and save once more."
            )
        return self._images.keep(meme.id, data, self._reader.extension(data))


def check_labels(tasks: TaskSet, labels: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Return the labels of the tasks that apply, by key in the task set's order.

    Raises:
        LabelError: on an unknown task or label, or a task that applies and has no decision.
    """
    given = {tasks.task(key).key: chosen for key, chosen in labels.items()}
    decided: dict[str, tuple[str, ...]] = {}
    for task in tasks:
        if not tasks.applies(task.key, decided):
            continue
        if task.key not in given:
            raise LabelError(
                f"{task.title} has no label. Choose one of: "
                f"{', '.join(label.display for label in task.labels)}."
            )
        decided[task.key] = task.check(given[task.key])
    return decided


def _is_same(before: Decision, meme: Meme, labels: dict[str, tuple[str, ...]], note: str) -> bool:
    return before.labels == labels and before.text == meme.text and before.note == note
