"""Exports for other programs and for pay: soft labels, Label Studio's JSON, work by the week."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Any, Final, Protocol

from memeclip_core.annotation.decisions.decided import read_labels, read_resolved
from memeclip_core.annotation.decisions.history import History
from memeclip_core.annotation.decisions.log_rows import format_time
from memeclip_core.annotation.exchange.export_rows import (
    join_rows,
    label_column,
    label_value,
    neutralise_all,
)
from memeclip_core.records.decision import Correction, Decision
from memeclip_core.records.project import Project, ProjectMeme


class TakenHome(Protocol):
    """What an export is written by, meme by meme."""

    def add(
        self, meme: ProjectMeme, name: str, history: History, rows: Sequence[Correction]
    ) -> tuple[str, int]:
        """Return what a meme adds to the file, and how many lines of it that is."""

    def end(self) -> str:
        """Return what stands at the end; the file is whole after it at any time."""


class SoftLabels:
    """A line for each meme that people decided, and for each label the share who chose it.

    ``task.people`` is how many answered a task; a reviewer's decision is no vote.
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        self._begun = False

    def add(
        self, meme: ProjectMeme, name: str, history: History, rows: Sequence[Correction]
    ) -> tuple[str, int]:
        labelled = read_resolved(self._project, history)
        if labelled is None or not labelled.votes:
            return "", 0
        cells: dict[str, str] = {"name": name, "meme": meme.id}
        for task in self._project.tasks:
            votes = labelled.votes.get(task.key, ())
            column = label_column(task)
            cells[f"{column}.people"] = str(len(votes))
            for label in task.labels:
                chose = sum(label.name in answer for answer in votes)
                share = f"{chose / len(votes):.4f}" if votes else ""
                cells[f"{column}.{label.value}"] = share
        head, self._begun = [] if self._begun else [list(cells)], True
        return _csv([*head, list(cells.values())]), 1

    def end(self) -> str:
        return ""


class Work:
    """A line for each person and week (Monday to Sunday, UTC), to pay by.

    ``memes`` are those whose decision in force the person made in the week: one that was decided
    anew later is a meme of the later week. ``minutes`` are of all decisions, also of those that
    were made anew or taken back. What was done on memes that were removed since then is in both.
    """

    def __init__(self, project: Project) -> None:
        self._memes: dict[tuple[str, str], set[str]] = defaultdict(set)
        self._saves: dict[tuple[str, str], int] = defaultdict(int)
        self._seconds: dict[tuple[str, str], float] = defaultdict(float)

    def add(
        self, meme: ProjectMeme, name: str, history: History, rows: Sequence[Correction]
    ) -> tuple[str, int]:
        decided = (row for row in rows if row.action in ("label", "adjudicate"))
        for _, save in groupby(decided, key=lambda row: row.save):
            row = next(save)
            year, week, _ = row.time.isocalendar()
            place = row.annotator, f"{year}-W{week:02}"
            self._saves[place] += 1
            self._seconds[place] += row.seconds or 0.0
            if history.in_force(row):
                self._memes[place].add(meme.id)
        return "", 0

    def end(self) -> str:
        lines = [
            [*place, str(len(self._memes[place])), str(saves), f"{self._seconds[place] / 60:.1f}"]
            for place, saves in sorted(self._saves.items())
        ]
        return _csv([["person", "week", "memes", "decisions", "minutes"], *lines])


class LabelStudio:
    """Tasks as Label Studio reads them: one ``choices`` for each question, under its column."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._tasks = 0

    def add(
        self, meme: ProjectMeme, name: str, history: History, rows: Sequence[Correction]
    ) -> tuple[str, int]:
        final = history.adjudicated
        said = [*history.decisions, *([] if final is None else [final])]
        if not said:
            return "", 0
        start = ",\n" if self._tasks else "[\n"
        self._tasks += 1
        task = {
            # Its converter wants a number in each; an import there gives others.
            "id": self._tasks,
            "data": {"image": name, "text": meme.text, "meme": meme.id},
            "annotations": [self._annotation(one, one is final) for one in said],
        }
        return start + json.dumps(task, ensure_ascii=False), 1

    def end(self) -> str:
        return "\n]\n" if self._tasks else "[]\n"

    def _annotation(self, one: Decision, final: bool) -> dict[str, Any]:
        labels = read_labels(self._project, one)
        result = []
        for task in self._project.tasks:
            value = label_value(task, labels.get(task.key))
            if value is not None:
                chosen = value if isinstance(value, list) else [value]
                result.append(
                    {
                        "from_name": label_column(task),
                        "to_name": "image",
                        "type": "choices",
                        "value": {"choices": chosen},
                    }
                )
        return {
            "completed_by": {"email": one.annotator}, "created_at": format_time(one.time),
            "lead_time": one.seconds, "ground_truth": final, "result": result,
        }  # fmt: skip


TAKEN_HOME: Final[Mapping[str, Callable[[Project], TakenHome]]] = {
    "soft-labels": SoftLabels, "label-studio": LabelStudio, "work": Work,
}  # fmt: skip


def _csv(rows: Sequence[Sequence[str]]) -> str:
    return join_rows(neutralise_all(row) for row in rows)
