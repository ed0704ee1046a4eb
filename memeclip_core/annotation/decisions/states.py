"""What the decisions on memes add up to, written where it can be asked for.

Invariants: ``decision`` is the only truth; ``item``, ``answer``, ``mark``, ``tally`` and
``meme.open`` are folded from a meme's whole history, in the transaction that adds to it, and can
be rebuilt at any time. The decisions on a meme that was removed from its project add up to nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection

from memeclip_core.annotation.decisions import bulk, queries
from memeclip_core.annotation.decisions.decided import (
    measure_disputes,
    read_resolved,
)
from memeclip_core.annotation.decisions.history import History
from memeclip_core.annotation.decisions.progress import open_memes
from memeclip_core.annotation.projects.meme_changes import select_removed
from memeclip_core.annotation.review.votes import Answer
from memeclip_core.database.engine import keep_order
from memeclip_core.database.parts import split_values
from memeclip_core.records.decision import Labelled
from memeclip_core.records.project import Project
from memeclip_core.tasks import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where decisions are made, and how they read there now.

    Attributes:
        project: the project's key, or "" for the page.
        task_set: the key of the task set.
        rules: the project; ``None`` for the page and for one that is gone. There one person
            decides a meme, and no answers are kept: they depend on who asks.
    """

    project: str
    task_set: str
    rules: Project | None = None

    def wanted(self, meme: str) -> int:
        """Return how many people label a meme."""
        return 1 if self.rules is None else self.rules.wanted(meme)

    def resolve(self, history: History) -> Labelled | None:
        """Return what a meme's decisions add up to; ``None`` if nobody decided."""
        if self.rules is None:
            return None
        return read_resolved(self.rules, history)


def settle(connection: Connection, place: Place, memes: Iterable[str]) -> None:
    """Write what the decisions on memes add up to now.

    Args:
        connection: of the transaction that has added to their histories.
        place: where.
        memes: to which something has happened.
    """
    for chunk in split_values(dict.fromkeys(memes)):
        found = History.of_many(connection, place.task_set, place.project, chunk)
        for meme in select_removed(connection, place.project, chunk) if place.project else ():
            del found[meme]
        items, answers, marks = _fold(place, found)
        queries.write_states(
            connection,
            place.project,
            place.task_set,
            items=items,
            answers=answers,
            marks=marks,
            open_now={row["meme"]: _is_open(place, row) for row in items},
        )


def drop(connection: Connection, place: Place, meme: str) -> None:
    """Delete what the decisions on a meme add up to, before it is removed from a project."""
    bulk.drop_states(connection, place.project, place.task_set, meme)


def rebuild(connection: Connection, place: Place) -> None:
    """Write anew what all decisions of a place add up to: in bulk, and without what was there."""
    bulk.clear_states(connection, place.project, place.task_set)
    for piece in bulk.iterate_memes(connection, place.task_set, place.project):
        removed = select_removed(connection, place.project, piece) if place.project else ()
        histories = {meme: History(own) for meme, own in piece.items() if meme not in removed}
        bulk.add_states(connection, place.project, place.task_set, *_fold(place, histories))
    bulk.count_states(connection, place.project, place.task_set)
    if place.project:
        open_memes(connection, place.project, place.task_set)


def rebuild_project(connection: Connection, project: Project) -> None:
    """Write anew what a project's decisions add up to, after a change of its labels or overlap."""
    keep_order(connection, queries.ORDER)
    rebuild(connection, Place(project=project.key, task_set=project.tasks.key, rules=project))


def _fold(
    place: Place, histories: Mapping[str, History]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the rows of ``item``, ``answer`` and ``mark`` that histories add up to."""
    known = {meme: history for meme, history in histories.items() if history.changed}
    resolved = {meme: place.resolve(history) for meme, history in known.items()}
    return (
        [_item(place, meme, history, resolved[meme]) for meme, history in known.items()],
        list(_answers(place, known, resolved)),
        [mark for meme, history in known.items() for mark in _marks(meme, history)],
    )


def _item(place: Place, meme: str, history: History, resolved: Labelled | None) -> dict[str, Any]:
    decided, adjudicated = len(history.decisions), history.adjudicated
    complete = adjudicated is not None or decided >= place.wanted(meme)
    return {
        "meme": meme,
        "decided": decided,
        "awaited": len(history.awaited),
        "flags": len(history.flags),
        "adjudicated": "" if adjudicated is None else adjudicated.save,
        "changed": history.changed,
        "complete": complete,
        "settled": complete and not (resolved is not None and resolved.tied),
    }


def _is_open(place: Place, row: Mapping[str, Any]) -> bool:
    taken = row["decided"] + row["awaited"] >= place.wanted(row["meme"])
    return not row["adjudicated"] and not taken


def _marks(meme: str, history: History) -> Iterable[dict[str, Any]]:
    for person, (state, since) in history.people.items():
        standing = history.standing(person)
        yield {
            "meme": meme,
            "person": person,
            "state": state,
            "save": "" if standing.decision is None else standing.decision.save,
            "flagged": standing.flag is not None,
            "returned": standing.returned is not None,
            "since": since,
        }


def _answers(
    place: Place, histories: Mapping[str, History], resolved: Mapping[str, Labelled | None]
) -> Iterator[dict[str, Any]]:
    """Yield the answers to the tasks that somebody answered, and how far people differ."""
    if place.rules is None:
        return
    reviewed = {meme for meme, history in histories.items() if history.adjudicated is not None}
    for task in place.rules.tasks:
        for meme, found in resolved.items():
            if found is None:
                continue
            said, status = found.votes.get(task.key, ()), found.statuses.get(task.key, "")
            if meme in reviewed:
                # What a reviewer decided is disputed no more.
                said = (found.labels[task.key],) * 2 if task.key in found.labels else ()
            # Who said what does not matter.
            dispute = _differ(task, tuple(sorted(said)))
            if status or dispute is not None:
                labels = found.labels.get(task.key)
                yield {
                    "meme": meme, "task": task.key, "labels": labels, "status": status,
                    "dispute": dispute,
                }  # fmt: skip


@lru_cache(maxsize=8192)
def _differ(task: Task, answers: tuple[Answer, ...]) -> float | None:
    """Return how far answers differ; most memes have one of a few combinations."""
    return float(measure_disputes(task, [answers])[0]) if len(answers) > 1 else None
