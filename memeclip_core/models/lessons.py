"""The table ``lesson`` in SQL: what all decisions teach of the memes of a task set.

Whoever folds decisions writes it; whether a retraining makes sense is counted from it. What the
next retraining would do with a meme stands beside what is taught, as it was dealt last.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    and_,
    bindparam,
    case,
    func,
    select,
    update,
)

from memeclip_core.database.prepared import Prepared
from memeclip_core.database.schema import lesson
from memeclip_core.database.upsert import upsert
from memeclip_core.memes.near_duplicates import key_memes
from memeclip_core.memes.splits import SKETCH, GroupKeys
from memeclip_core.records.decision import Labelled
from memeclip_core.tasks import TaskSet

LEARN: Final = "learn"
HELD_OUT: Final = "held out"
_KEYS = np.dtype([("text", "<u8"), ("sketch", "u1", SKETCH)])
_DECIDED = lesson.c.digest != ""
_TASK_SET: BindParameter[str] = bindparam("own_task_set")
_MOVE = Prepared(
    update(lesson)
    .where(lesson.c.task_set == _TASK_SET, lesson.c.meme == bindparam("own_meme"))
    .values(side=bindparam("new_side"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What all decisions teach of a meme.

    Attributes:
        item: its labels; ``None`` where nothing is decided that the task set knows.
        first, last: the numbers of the first and the last decision that counts; 0 without any.
        unread: whether somebody chose labels that the task set does not know.
    """

    meme: str
    item: Labelled | None
    first: int = 0
    last: int = 0
    unread: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonCounts:
    """How many memes of a task set are decided, and of these tied, learnt from and held out.

    ``unread`` are all that have labels which the task set does not know.
    """

    decided: int
    unread: int
    tied: int
    learn: int
    held_out: int


def write_lessons(connection: Connection, task_set: str, lessons: Iterable[Lesson]) -> None:
    """Write what is taught of some memes, in place of what was; their sides stay as dealt."""
    upsert(connection, lesson, [{"task_set": task_set, **_values(one)} for one in lessons])


def count_lessons(connection: Connection, task_set: str) -> LessonCounts:
    """Return how many memes are so."""

    def count(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
        return func.coalesce(func.sum(case((and_(*conditions), 1), else_=0)), 0)

    sums = (
        count(_DECIDED), count(lesson.c.unread), count(lesson.c.tied),
        *(count(_DECIDED, lesson.c.side == side) for side in (LEARN, HELD_OUT)),
    )  # fmt: skip
    found = connection.execute(select(*sums).where(lesson.c.task_set == task_set)).one()
    names = ("decided", "unread", "tied", "learn", "held_out")
    return LessonCounts(**dict(zip(names, found, strict=True)))


def select_digests(connection: Connection, task_set: str) -> frozenset[str]:
    """Return what changes with each decided meme's text or labels; see ``digest_labels``."""
    found = select(lesson.c.digest).where(lesson.c.task_set == task_set, _DECIDED)
    return frozenset(connection.scalars(found))


def select_keys(connection: Connection, task_set: str) -> GroupKeys:
    """Return what memes with labels are recognised by, that which was decided first in front."""
    found = select(lesson.c.meme, lesson.c["keys"]).where(
        lesson.c.task_set == task_set, _DECIDED, lesson.c.labels != {}
    )
    rows = connection.execute(found.order_by(lesson.c.first)).all()
    keys = np.frombuffer(b"".join(data for _, data in rows), _KEYS)
    return GroupKeys(
        ids=tuple(meme for meme, _ in rows),
        texts=keys["text"].astype(np.uint64),
        sketches=np.ascontiguousarray(keys["sketch"]),
    )


def select_decided(connection: Connection, task_set: str, *, newest: bool) -> list[str]:
    """Return the decided memes, newest decision first; or that which was decided first in front."""
    order = lesson.c.last.desc() if newest else lesson.c.first
    found = select(lesson.c.meme).where(lesson.c.task_set == task_set, _DECIDED)
    return list(connection.scalars(found.order_by(order)))


def write_sides(connection: Connection, task_set: str, sides: Mapping[str, str]) -> None:
    """Write on which sides memes are, by id; all others are on none."""
    found = select(lesson.c.meme, lesson.c.side).where(lesson.c.task_set == task_set)
    rows = [
        {"own_task_set": task_set, "own_meme": meme, "new_side": sides.get(meme, "")}
        for meme, side in connection.execute(found)
        if side != sides.get(meme, "")
    ]
    _MOVE.run(connection, rows)


def differ(connection: Connection, tasks: TaskSet) -> bool:
    """Say whether some task has two answers to learn from."""
    found = select(lesson.c.labels).distinct()
    known = connection.scalars(
        found.where(lesson.c.task_set == tasks.key, _DECIDED, lesson.c.side == LEARN)
    ).all()
    answers = (
        {frozenset(labels[task.key]) for labels in known if task.key in labels} for task in tasks
    )
    return any(len(given) > 1 for given in answers)


def digest_labels(item: Labelled) -> str:
    """Return what changes whenever a meme's text or labels do."""
    plain = json.dumps([item.meme, item.text, sorted(item.labels.items())], ensure_ascii=True)
    return hashlib.sha256(plain.encode("ascii")).hexdigest()[:16]


def _values(one: Lesson) -> dict[str, Any]:
    item = one.item
    keys = np.zeros(1, _KEYS)
    if item is not None:
        found = key_memes([item.meme], [item.text])
        keys["text"], keys["sketch"] = found.texts, found.sketches
    return {
        "meme": one.meme,
        "first": one.first,
        "last": one.last,
        "unread": one.unread,
        "tied": item is not None and item.tied,
        "labels": {} if item is None else item.labels,
        "digest": "" if item is None else digest_labels(item),
        "keys": keys.tobytes(),
    }
