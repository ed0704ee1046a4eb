"""The SQL of what models say of a project's memes: suggestions, and vectors for orders.

All functions run within the transaction of the connection that they are given.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, exists, func, insert, select, update

from memeclip_core.annotation.projects.queries import count_memes
from memeclip_core.database.parts import split_values
from memeclip_core.database.prepared import Prepared
from memeclip_core.database.schema import meme, prediction, project, suggestion, vector
from memeclip_core.records.prediction import BROUGHT_IN, KeptPrediction, is_brought_in

_PREDICTION = select(prediction).where(prediction.c.project == bindparam("key"))
_OF_MODEL = Prepared(_PREDICTION.where(prediction.c.model == bindparam("name")))
_CHOSEN = select(project.c.model).where(project.c.key == bindparam("key"))
_IN_USE = Prepared(_PREDICTION.where(prediction.c.model == _CHOSEN.scalar_subquery()))
_SAID = select(suggestion.c.task, suggestion.c.meme, suggestion.c.probabilities).where(
    suggestion.c.project == bindparam("key"),
    suggestion.c.model == bindparam("model"),
    suggestion.c.task.in_(bindparam("tasks", expanding=True)),
)
_SAID_OF_ALL = Prepared(_SAID)
_SAID_OF_SOME = Prepared(_SAID.where(suggestion.c.meme.in_(bindparam("memes", expanding=True))))


def order_of(project: str) -> str:
    """Return the order of the transactions that write what models say of a project's memes."""
    return f"predictions-{project}"


def select_models(connection: Connection, key: str) -> tuple[str, ...]:
    """Return the models of which a project has suggestions, the latest written first."""
    found = select(prediction.c.model).where(prediction.c.project == key)
    return tuple(connection.execute(found.order_by(prediction.c.changed.desc())).scalars())


def select_prediction(connection: Connection, key: str, model: str | None) -> KeptPrediction | None:
    """Return the row of a model's suggestions (``None``: of the model in use), if there is one."""
    found = (_IN_USE if model is None else _OF_MODEL).rows(connection, key=key, name=model)
    return KeptPrediction(*found[0]) if found else None


def select_beside(connection: Connection, key: str) -> KeptPrediction | None:
    """Return the row of the studio's own model that answers what one brought in does not."""
    own = (model for model in select_models(connection, key) if not is_brought_in(model))
    model = next(own, None)
    return None if model is None else select_prediction(connection, key, model)


def touch_model(connection: Connection, key: str, model: str, now: datetime) -> None:
    """Let a model of the studio be the one that stands beside those that were brought in."""
    row = select_beside(connection, key)
    if row is not None and row.model != model:
        own = (prediction.c.project == key) & (prediction.c.model == model)
        connection.execute(update(prediction).where(own).values(changed=now))


def choose_model(connection: Connection, key: str, model: str) -> None:
    """Let the page suggest what a model says; "" suggests nothing for now."""
    connection.execute(update(project).where(project.c.key == key).values(model=model))


def write_prediction(
    connection: Connection,
    row: Mapping[str, Any],
    suggestions: Mapping[str, Sequence[Mapping[str, Any]]],
    vectors: Mapping[str, bytes],
) -> None:
    """Write what a model says of some memes, in place of what it said of them.

    Args:
        connection: of a transaction that writes.
        row: the columns of ``prediction``; where the tasks differ from those of before, all that
            the model said before goes.
        suggestions: the other columns of ``suggestion``, by task.
        vectors: by meme; those that are known stay.
    """
    key, model = row["project"], row["model"]
    before = select_prediction(connection, key, model)
    if before is None or before.tasks != row["tasks"]:
        delete_prediction(connection, key, model)
        connection.execute(
            insert(prediction), {**row, "revision": 1 + (before.revision if before else 0)}
        )
    else:
        own = (prediction.c.project == key) & (prediction.c.model == model)
        connection.execute(
            update(prediction).where(own).values(
                revision=prediction.c.revision + 1, changed=row["changed"]
            )
        )  # fmt: skip
    for task, rows in suggestions.items():
        own = (suggestion.c.project == key) & (suggestion.c.model == model)
        for part in split_values(rows):
            again = suggestion.c.meme.in_([one["meme"] for one in part])
            connection.execute(delete(suggestion).where(own, suggestion.c.task == task, again))
            where = {"project": key, "model": model, "task": task}
            connection.execute(insert(suggestion), [{**where, **one} for one in part])
    space = row["space"] if before is None else before.space
    for memes in split_values(vectors):
        known = select_vectors(connection, key, space, memes)
        fresh = [
            {"project": key, "space": space, "meme": meme_id, "values": vectors[meme_id]}
            for meme_id in memes
            if meme_id not in known
        ]
        if fresh:
            connection.execute(insert(vector), fresh)


def delete_prediction(connection: Connection, key: str, model: str) -> None:
    """Delete what a model says of a project's memes, and vectors that no model goes with."""
    for table in (prediction, suggestion):
        own = (table.c.project == key) & (table.c.model == model)
        connection.execute(delete(table).where(own))
    kept = select(prediction.c.space).where(prediction.c.project == key)
    connection.execute(delete(vector).where(vector.c.project == key, vector.c.space.not_in(kept)))


def forget_memes(connection: Connection, key: str, memes: Sequence[str]) -> None:
    """Delete what the studio's models say of some memes, so that it is computed anew.

    What another model said and was brought in stays: nothing here could compute it.
    """
    for part in split_values(memes):
        said = (suggestion.c.project == key) & suggestion.c.meme.in_(part)
        computed = ~suggestion.c.model.endswith(BROUGHT_IN, autoescape=True)
        connection.execute(delete(suggestion).where(said, computed))
        seen = (vector.c.project == key) & vector.c.meme.in_(part)
        connection.execute(delete(vector).where(seen))
    if memes:
        connection.execute(
            update(prediction)
            .where(prediction.c.project == key)
            .values(revision=prediction.c.revision + 1)
        )


def select_probabilities(
    connection: Connection,
    key: str,
    model: str,
    tasks: Iterable[str],
    memes: Iterable[str] | None = None,
) -> dict[str, tuple[list[str], list[bytes]]]:
    """Return what a model says on tasks, of all memes or of some: ids in order, and their bytes."""
    where = {"key": key, "model": model, "tasks": list(tasks), "memes": list(memes or ())}
    found = sorted((_SAID_OF_ALL if memes is None else _SAID_OF_SOME).rows(connection, **where))
    said: dict[str, tuple[list[str], list[bytes]]] = {task: ([], []) for task in tasks}
    for task, own, values in found:
        said[task][0].append(own)
        said[task][1].append(values)
    return said


def select_vectors(
    connection: Connection, key: str, space: str, memes: Iterable[str] | None = None
) -> dict[str, bytes]:
    """Return the vectors of memes by id and in the order of the ids: of all, or of some."""
    found = select(vector.c.meme, vector.c["values"]).where(
        vector.c.project == key, vector.c.space == space
    )
    if memes is not None:
        found = found.where(vector.c.meme.in_(list(memes)))
    return {row[0]: row[1] for row in connection.execute(found.order_by(vector.c.meme))}


def select_missing(
    connection: Connection, key: str, model: str, task: str, space: str
) -> tuple[str, ...]:
    """Return the memes of which a model says nothing yet, in import order.

    Args:
        connection: of a transaction.
        key, model: whose.
        task: one of which the model speaks; "" where there is none, and vectors tell.
        space: of these vectors.
    """
    if task:
        said = select(func.count()).where(
            suggestion.c.project == key, suggestion.c.model == model, suggestion.c.task == task
        )
        if connection.execute(said).scalar_one() == count_memes(connection, key):
            return ()
        there = exists().where(
            suggestion.c.project == key,
            suggestion.c.model == model,
            suggestion.c.task == task,
            suggestion.c.meme == meme.c.id,
        )
    else:
        there = exists().where(
            vector.c.project == key, vector.c.space == space, vector.c.meme == meme.c.id
        )
    found = select(meme.c.id).where(meme.c.project == key, ~meme.c.removed, ~there)
    found = found.order_by(meme.c.place)
    return tuple(connection.execute(found).scalars())
