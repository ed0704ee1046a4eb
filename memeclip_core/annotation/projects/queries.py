"""The SQL of projects: rules and label sets, memes, and what models say of them.

All functions run within the transaction of the connection that they are given.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import Connection, bindparam, delete, exists, func, insert, select, update

from memeclip_core.database.parts import split_values
from memeclip_core.database.prepared import Prepared
from memeclip_core.database.schema import label_set, meme, prediction, project, suggestion, vector
from memeclip_core.records.prediction import KeptPrediction
from memeclip_core.records.project import Labels, Migration, Project, ProjectMeme
from memeclip_core.records.schemas import from_plain, to_plain
from memeclip_core.tasks import TaskSet

_RULES = (
    "key", "title", "guidelines", "overlap", "overlap_share", "hidden_share", "lease_minutes",
    "retrain_every", "break_minutes", "closed", "version", "created", "by",
)  # fmt: skip
"""The attributes of a project that are columns of the same name."""
_REVISION = Prepared(select(project.c.revision).where(project.c.key == bindparam("key")))
_PREDICTION = select(prediction).where(prediction.c.project == bindparam("key"))
_OF_MODEL = Prepared(_PREDICTION.where(prediction.c.model == bindparam("name")))
_CHOSEN = select(project.c.model).where(project.c.key == bindparam("key"))
_IN_USE = Prepared(_PREDICTION.where(prediction.c.model == _CHOSEN.scalar_subquery()))
_FACTS = tuple(field.name for field in fields(ProjectMeme))
_IN_ORDER = select(*(meme.c[name] for name in _FACTS)).order_by(meme.c.place)
_LOOKED_UP = Prepared(
    select(meme.c.place, *(meme.c[name] for name in _FACTS))
    .where(meme.c.project == bindparam("key"), meme.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(meme.c.place + 0)  # not through the order
)
_SAID = select(suggestion.c.task, suggestion.c.meme, suggestion.c.probabilities).where(
    suggestion.c.project == bindparam("key"),
    suggestion.c.model == bindparam("model"),
    suggestion.c.task.in_(bindparam("tasks", expanding=True)),
)
_SAID_OF_ALL = Prepared(_SAID)
_SAID_OF_SOME = Prepared(_SAID.where(suggestion.c.meme.in_(bindparam("memes", expanding=True))))


# --- projects ---------------------------------------------------------------------------------


def select_keys(connection: Connection) -> tuple[str, ...]:
    """Return the keys of all projects, in alphabetical order."""
    return tuple(sorted(connection.execute(select(project.c.key)).scalars()))


def select_revision(connection: Connection, key: str) -> int | None:
    """Return the number that grows whenever a project's rules or memes change."""
    return next((row[0] for row in _REVISION.rows(connection, key=key)), None)


def select_project(connection: Connection, key: str) -> Project | None:
    """Return a project, or ``None`` if there is none of this key.

    Raises:
        KeyError, TypeError, ValueError, AttributeError: if its label set is damaged.
    """
    row = connection.execute(select(project).where(project.c.key == key)).first()
    if row is None:
        return None
    sets = connection.execute(
        select(label_set).where(label_set.c.project == key).order_by(label_set.c.version)
    ).all()
    return Project(
        **{name: getattr(row, name) for name in _RULES},
        order=row.ordering,
        tasks=from_plain(TaskSet, next(one.tasks for one in sets if one.version == row.version)),
        migrations=tuple(
            Migration(version=one.version, tasks=one.moves, time=one.time, by=one.by)
            for one in sets
            if 1 < one.version <= row.version
        ),
    )


def insert_project(connection: Connection, one: Project, salt: str) -> None:
    """Add a project with its label set; earlier versions of it stay unknown."""
    connection.execute(insert(project), {**_rules_of(one), "task_set": one.tasks.key, "salt": salt})
    _write_label_sets(connection, one, since=0)


def update_project(connection: Connection, one: Project) -> None:
    """Replace a project's rules; a label set of a new version is added to those before.

    What the rules say of each meme is rewritten where it changed.
    """
    columns = (project.c[name] for name in ("overlap", "overlap_share", "hidden_share", "version"))
    before = connection.execute(select(*columns).where(project.c.key == one.key)).one()
    connection.execute(
        update(project)
        .where(project.c.key == one.key)
        .values(**_rules_of(one), revision=project.c.revision + 1)
    )
    _write_label_sets(connection, one, since=before.version)
    if tuple(before[:3]) != (one.overlap, one.overlap_share, one.hidden_share):
        apply_shares(connection, one)


def select_salt(connection: Connection, key: str) -> str:
    """Return what hides names in a project: random, its own, and the same from then on."""
    return str(connection.execute(select(project.c.salt).where(project.c.key == key)).scalar_one())


def _write_label_sets(connection: Connection, one: Project, *, since: int) -> None:
    """Write the label set of today, and how each version after ``since`` follows from another.

    The tasks of a version that was replaced before it could be written are ``{}``.
    """
    first = {version: Migration(version=version, tasks={}, time=one.created, by=one.by)
             for version in (1, one.version)}  # fmt: skip
    steps = first | {step.version: step for step in one.migrations}
    fresh = [step for step in steps.values() if step.version > since or step.version == one.version]
    again = label_set.c.version.in_([step.version for step in fresh])
    connection.execute(delete(label_set).where(label_set.c.project == one.key, again))
    rows = [
        {"project": one.key, "version": step.version, "time": step.time, "by": step.by,
         "tasks": to_plain(one.tasks) if step.version == one.version else {},
         "moves": to_plain(step.tasks)}
        for step in fresh
    ]  # fmt: skip
    connection.execute(insert(label_set), rows)


def _rules_of(one: Project) -> dict[str, Any]:
    return {name: getattr(one, name) for name in _RULES} | {"ordering": one.order}


# --- memes ------------------------------------------------------------------------------------


def count_memes(connection: Connection, key: str) -> int:
    """Return how many memes a project has: places have no gaps."""
    last = connection.scalar(select(func.max(meme.c.place)).where(meme.c.project == key))
    return 0 if last is None else last + 1


def select_ids(connection: Connection, key: str) -> tuple[str, ...]:
    """Return the content ids of a project's memes in import order."""
    found = select(meme.c.id).where(meme.c.project == key).order_by(meme.c.place)
    return tuple(connection.execute(found).scalars())


def select_memes(
    connection: Connection, key: str, ids: Iterable[str] | None = None
) -> Iterator[ProjectMeme]:
    """Yield memes of a project in import order: all, or, by chunks, those of some ids."""
    if ids is None:
        yield from _read_memes(connection, key)
        return
    yield from (found for _, found in select_placed(connection, key, ids))


def select_placed(
    connection: Connection, key: str, ids: Iterable[str]
) -> Iterator[tuple[int, ProjectMeme]]:
    """Yield those memes of some ids that a project has, each with its place from 0, by chunks."""
    for part in split_values(dict.fromkeys(ids)):
        for place, *facts in _LOOKED_UP.rows(connection, key=key, ids=part):
            yield place, _meme_of(facts)


def select_labelled(connection: Connection, key: str) -> Iterator[ProjectMeme]:
    """Yield the memes of a project with which labels came along, in import order."""
    yield from _read_memes(connection, key, meme.c.given != {})


def select_gold(connection: Connection, key: str) -> dict[str, Labels]:
    """Return the labels that people are measured against, by meme."""
    found = select(meme.c.id, meme.c.given).where(meme.c.project == key, meme.c.gold)
    return {row.id: {task: tuple(names) for task, names in row.given.items()}
            for row in connection.execute(found)}  # fmt: skip


def select_given(connection: Connection, key: str) -> dict[str, bool | None]:
    """Return whether labels came along with each meme: ``None`` if not, else whether as gold."""
    found = select(meme.c.id, meme.c.gold, meme.c.given == {}).where(meme.c.project == key)
    return {own: None if none else gold for own, gold, none in connection.execute(found)}


def add_memes(connection: Connection, one: Project, memes: Iterable[ProjectMeme]) -> list[str]:
    """Add memes at the end of the import order, or replace what is known of those there are.

    Returns:
        the ids of those that are new.
    """
    key, added = one.key, list[str]()
    place = count_memes(connection, key) - 1
    for part in split_values(memes):
        fresh = {row.id: row for row in part}
        known = set(
            connection.execute(
                select(meme.c.id).where(meme.c.project == key, meme.c.id.in_(fresh))
            ).scalars()
        )
        again = [_facts_of(row) for row in fresh.values() if row.id in known]
        rows = []
        for row in fresh.values():
            if row.id not in known:
                place += 1
                own = {"project": key, "place": place, **_shares(one, row.id)}
                rows.append(own | _facts_of(row))
        if rows:
            connection.execute(insert(meme), rows)
            added += [row["id"] for row in rows]
        if again:
            _update_memes(connection, key, again)
    connection.execute(
        update(project).where(project.c.key == key).values(revision=project.c.revision + 1)
    )
    return added


def apply_shares(connection: Connection, one: Project) -> None:
    """Write anew what a project's rules say of each of its memes."""
    found = select(meme.c.id, meme.c.wanted, meme.c.hidden).where(meme.c.project == one.key)
    changed = [
        {"id": row.id, **shares}
        for row in connection.execute(found).all()
        if (shares := _shares(one, row.id)) != {"wanted": row.wanted, "hidden": row.hidden}
    ]
    if changed:
        _update_memes(connection, one.key, changed)


def _update_memes(connection: Connection, key: str, rows: Sequence[Mapping[str, Any]]) -> None:
    names = [name for name in rows[0] if name != "id"]
    change = (
        update(meme)
        .where(meme.c.project == key, meme.c.id == bindparam("own"))
        .values({name: bindparam(f"new_{name}") for name in names})
    )
    connection.execute(
        change, [{"own": row["id"], **{f"new_{name}": row[name] for name in names}} for row in rows]
    )


def _read_memes(connection: Connection, key: str, *where: Any) -> Iterator[ProjectMeme]:
    yield from map(_meme_of, connection.execute(_IN_ORDER.where(meme.c.project == key, *where)))


def _meme_of(row: Iterable[Any]) -> ProjectMeme:
    facts = dict(zip(_FACTS, row, strict=True))
    given = {task: tuple(names) for task, names in facts.pop("given").items()}
    return ProjectMeme(given=given, **facts)


def _facts_of(row: ProjectMeme) -> dict[str, Any]:
    facts = {name: getattr(row, name) for name in _FACTS}
    return facts | {"words": f"{row.filename}\n{row.text}".casefold()}


def _shares(one: Project, own: str) -> dict[str, Any]:
    return {"wanted": one.wanted(own), "hidden": one.hides(own)}


# --- what models say ----------------------------------------------------------------------------


def select_models(connection: Connection, key: str) -> tuple[str, ...]:
    """Return the models of which a project has suggestions, the latest written first."""
    found = select(prediction.c.model).where(prediction.c.project == key)
    return tuple(connection.execute(found.order_by(prediction.c.changed.desc())).scalars())


def select_prediction(connection: Connection, key: str, model: str | None) -> KeptPrediction | None:
    """Return the row of a model's suggestions (``None``: of the model in use), if there is one."""
    found = (_IN_USE if model is None else _OF_MODEL).rows(connection, key=key, name=model)
    return KeptPrediction(*found[0]) if found else None


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
    found = select(meme.c.id).where(meme.c.project == key, ~there).order_by(meme.c.place)
    return tuple(connection.execute(found).scalars())
