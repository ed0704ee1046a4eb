"""What a log of corrections and undos adds up to.

The order of the log decides, not its clocks: the rows of one file were written one after another
under a lock, while the clocks of two machines may disagree.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from memeclip_core.records import Correction, Labelled, TextSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One press of "Save": a person's labels of one meme, by task key."""

    save: str
    annotator: str
    time: datetime
    task_set: str
    meme: str
    image: str
    text: str
    text_source: TextSource
    labels: dict[str, tuple[str, ...]]
    note: str


def fold_saves(log: Iterable[Correction], task_set: str) -> tuple[Decision, ...]:
    """Return the saves of a task set that are not taken back, in the log's order."""
    rows: dict[str, list[Correction]] = {}
    for row in log:
        if row.task_set != task_set:
            continue
        if row.action == "retract":
            rows.pop(row.save, None)
        else:
            rows.setdefault(row.save, []).append(row)
    return tuple(_decision(group) for group in rows.values())


def fold_decisions(log: Iterable[Correction], task_set: str) -> dict[tuple[str, str], Decision]:
    """Return each person's current decision by (annotator, meme id), oldest save first.

    A save replaces that person's earlier one on the same meme as a whole: a task that no longer
    applies leaves no label behind.
    """
    current: dict[tuple[str, str], Decision] = {}
    for save in fold_saves(log, task_set):
        current.pop((save.annotator, save.meme), None)
        current[save.annotator, save.meme] = save
    return current


def fold_labels(log: Iterable[Correction], task_set: str) -> tuple[Labelled, ...]:
    """Return every corrected meme once, newest decision first.

    Where several people labelled a meme, the latest decision counts as a whole; ``annotators``
    names all who have a current decision on it, in the order of their saves.
    """
    memes: dict[str, list[Decision]] = {}
    for decision in fold_decisions(log, task_set).values():
        group = memes.pop(decision.meme, [])
        memes[decision.meme] = [*group, decision]
    return tuple(_labelled(group) for group in reversed(memes.values()))


def _decision(rows: list[Correction]) -> Decision:
    last = rows[-1]
    return Decision(
        save=last.save,
        annotator=last.annotator,
        time=last.time,
        task_set=last.task_set,
        meme=last.meme,
        image=last.image,
        text=last.text,
        text_source=last.text_source,
        labels={row.task: row.labels for row in rows},
        note=last.note,
    )


def _labelled(decisions: list[Decision]) -> Labelled:
    last = decisions[-1]
    return Labelled(
        meme=last.meme,
        image=last.image,
        text=last.text,
        text_source=last.text_source,
        labels=last.labels,
        time=last.time,
        annotators=tuple(item.annotator for item in decisions),
        note=last.note,
    )
