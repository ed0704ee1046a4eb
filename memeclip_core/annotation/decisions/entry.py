"""One thing that a person does to one meme, checked and turned into rows of the log."""

from __future__ import annotations

import math
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from memeclip_core.annotation.decisions.history import History, find_save
from memeclip_core.annotation.decisions.queries import Numbered
from memeclip_core.errors import InputError, LabelError
from memeclip_core.records.decision import Action, Correction, Decision, Person, Verdict
from memeclip_core.records.limits import check_text
from memeclip_core.records.meme import TextSource
from memeclip_core.records.prediction import Prediction
from memeclip_core.records.project import Labels, Project, ProjectMeme, Suggestion
from memeclip_core.tasks import TaskSet

MAX_NOTE = 4_000
LONGEST_LOOK = 24 * 3600.0
"""Seconds; a longer look says that a clock jumped or a tab was forgotten."""

_SAVE = re.compile(r"[A-Za-z0-9._-]{8,80}")


def new_save() -> str:
    """Return a fresh id of a save."""
    return uuid.uuid4().hex


def undo_event(who: Person, project: str, undo: str) -> str:
    """Return the event with which an undo begins in the log, by the caller's own id of it."""
    return uuid.uuid5(uuid.NAMESPACE_OID, "\n".join((who.name, project, undo))).hex


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a person does to a meme.

    Attributes:
        save: the caller's own id of it, 8 to 80 letters, digits, dots, dashes and underscores.
            The same entry under the same id is written once, however often it is sent.
        action: anything but ``retract``; see ``Corrector.undo``.
        meme, image, text, text_source: the meme; ``image`` is its file name in the home, or "".
        labels: by task key. A label or an adjudication decides every task that applies, a draft
            any of them; skips, flags, unflags and returns have none.
        note: free text; the reason of a skip, a flag or a return.
        project, version: the project and the version of its label set that the labels are of, or
            ``None`` for the current one; "" is the page, which has no versions.
        suggestions: what the model says, by task key, whether or not it was shown.
        shown: whether the person could see it.
        model: whose suggestions the person could see; "" is the current one.
        seconds: how long the person looked, or ``None``; impossible values count as unknown.
        target: whose decision is sent back, or whose flag is taken off ("" is the person's own).
    """

    save: str
    action: Action
    meme: str
    image: str = ""
    text: str = ""
    text_source: TextSource = "none"
    labels: Labels = field(default_factory=dict)
    note: str = ""
    project: str = ""
    version: int | None = None
    suggestions: Mapping[str, Suggestion | None] = field(default_factory=dict)
    shown: bool = False
    model: str = ""
    seconds: float | None = None
    target: str = ""


def enter_meme(
    project: Project, meme: ProjectMeme, *, save: str, action: Action, **rest: Any
) -> Entry:
    """Return an entry about a project's meme; ``rest`` are further attributes of ``Entry``."""
    return Entry(
        save=save,
        action=action,
        meme=meme.id,
        image=meme.image,
        text=meme.text,
        text_source=meme.text_source,
        project=project.key,
        version=project.version,
        **rest,
    )


def read_suggestions(prediction: Prediction) -> dict[str, Suggestion | None]:
    """Return what a prediction says, by task key."""
    return {
        task.task: Suggestion(
            labels=task.labels,
            probabilities={score.label: score.probability for score in task.scores},
            model=task.model,
        )
        for task in prediction.tasks
    }


def check_entry(tasks: TaskSet, entry: Entry) -> Labels:
    """Return an entry's labels, by key in the task set's order.

    Raises:
        LabelError: on an unknown task or label, or a task that applies and has no decision.
        InputError: on an id or a note of another form, or labels where none belong.
        TextError: if the note cannot be stored.
    """
    if not _SAVE.fullmatch(entry.save):
        raise InputError(
            f"'{entry.save[:80]}' cannot be the id of a save. Use 8 to 80 letters, digits and . _ -"
        )
    check_text(entry.note, "note")
    if len(entry.note) > MAX_NOTE:
        raise InputError(
            f"The note has {len(entry.note):,} characters; at most {MAX_NOTE:,} are allowed."
        )
    if entry.action == "retract":
        raise InputError("A save is taken back with undo, not with an entry.")
    if entry.action == "return" and not entry.target:
        raise InputError("Say to whom the meme goes back.")
    if entry.action in ("label", "adjudicate"):
        return check_labels(tasks, entry.labels)
    if entry.action == "draft":
        return check_draft(tasks, entry.labels)
    if entry.labels:
        raise InputError(f"A {entry.action} has no labels; {len(entry.labels)} were given.")
    return {}


def check_labels(tasks: TaskSet, labels: Labels) -> Labels:
    """Return the labels of the tasks that apply, by key in the task set's order.

    Raises:
        LabelError: on an unknown task or label, or a task that applies and has no decision.
    """
    given = {tasks.task(key).key: chosen for key, chosen in labels.items()}
    decided: Labels = {}
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


def check_draft(tasks: TaskSet, labels: Labels) -> Labels:
    """Return labels that are not decided yet, by key in the task set's order.

    "None of these" is a choice like others where several may hold.

    Raises:
        LabelError: on an unknown task or label, or several where one belongs.
    """
    given = {tasks.task(key).key: chosen for key, chosen in labels.items()}
    return {
        task.key: task.check(given[task.key])
        for task in tasks
        if given.get(task.key) or (task.key in given and task.kind == "multilabel")
    }


def write_rows(
    who: Person, tasks: TaskSet, entry: Entry, labels: Labels, time: datetime
) -> list[Correction]:
    """Return the rows of an entry: one per task with labels, or a single one without a task."""
    decides = entry.action in ("label", "adjudicate")
    probabilities = {task: seen.probability for task, seen in entry.suggestions.items() if seen}
    rows = []
    for task, chosen in labels.items() or {"": ()}.items():
        seen = entry.suggestions.get(task)
        rows.append(
            Correction(
                event=uuid.uuid4().hex,
                save=entry.save,
                time=time,
                annotator=who.name,
                action=entry.action,
                meme=entry.meme,
                image=entry.image,
                text=entry.text,
                text_source=entry.text_source,
                task_set=tasks.key,
                task=task,
                predicted=() if seen is None else seen.labels,
                probability=probabilities.get(task),
                model="" if seen is None else seen.model,
                labels=chosen,
                note=entry.note,
                project=entry.project,
                version=entry.version or 1,
                verdict=judge(chosen, seen, shown=entry.shown) if decides else "",
                seconds=_plausible(entry.seconds),
                target=entry.target,
            )
        )
    return rows


def find_due(
    connection: Connection,
    known: Sequence[Numbered],
    who: Person,
    tasks: TaskSet,
    entry: Entry,
    labels: Labels,
    time: datetime,
) -> tuple[datetime, list[Correction]]:
    """Return what of an entry is not in the log yet, and since when the entry counts."""
    found = find_save(known)
    if found is not None:
        before, _ = found
        _check_same(before, who, tasks, entry, labels)
        missing = {task: labels[task] for task in labels if task not in before.labels}
        # A kill between two rows of one write left the first, in a release before this one.
        rows = write_rows(who, tasks, entry, missing, before.time) if missing else []
        return before.time, rows
    if entry.action == "return":
        _check_return(connection, tasks, entry)
    return time, write_rows(who, tasks, entry, labels, time)


def _check_same(
    before: Decision, who: Person, tasks: TaskSet, entry: Entry, labels: Labels
) -> None:
    """Raise InputError unless an id stands for this very entry, or for its first rows."""
    if before.annotator != who.name:
        raise InputError(f"The save '{entry.save}' is somebody else's. Save under a new id.")
    stands = (before.task_set, before.project, before.meme, before.action, before.note,
              before.target)  # fmt: skip
    wanted = (tasks.key, entry.project, entry.meme, entry.action, entry.note, entry.target)
    if stands != wanted or not before.labels.items() <= labels.items():
        raise InputError(
            f"The save '{entry.save}' already stands for another decision, which is in the log. "
            "Save this one under a new id."
        )


def _check_return(connection: Connection, tasks: TaskSet, entry: Entry) -> None:
    history = History.of(connection, tasks.key, entry.project, entry.meme)
    if history.decision(entry.target) is None:
        raise InputError(
            f"'{entry.target}' has no decision on this meme that could be sent back. "
            "It was taken back, skipped or sent back meanwhile."
        )


def judge(labels: tuple[str, ...], seen: Suggestion | None, *, shown: bool) -> Verdict:
    """Say how a task's decision stands to the model's; see ``Verdict``."""
    if seen is None:
        return ""
    if not shown:
        return "unaided"
    return "confirmed" if set(labels) == set(seen.labels) else "corrected"


def _plausible(seconds: float | None) -> float | None:
    if seconds is None or not math.isfinite(seconds) or not 0 <= seconds <= LONGEST_LOOK:
        return None
    return round(seconds, 3)
