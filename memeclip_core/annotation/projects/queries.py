"""The SQL of projects: rules and label sets, and memes.

All functions run within the transaction of the connection that they are given.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import (
    Connection,
    bindparam,
    delete,
    exists,
    false,
    func,
    insert,
    select,
    true,
    update,
)

from memeclip_core.database.parts import split_values
from memeclip_core.database.prepared import Prepared
from memeclip_core.database.schema import (
    comment,
    decision,
    gold_answer,
    label_set,
    meme,
    project,
)
from memeclip_core.records.project import Labels, Migration, Project, ProjectMeme
from memeclip_core.records.schemas import from_plain, to_plain
from memeclip_core.tasks import TaskSet

_RULES = (
    "key", "title", "guidelines", "overlap", "overlap_share", "hidden_share", "lease_minutes",
    "retrain_every", "break_minutes", "closed", "members_only", "qualify", "qualify_share",
    "qualify_tries", "version", "created", "by",
)  # fmt: skip
"""The attributes of a project that are columns of the same name."""
_REVISION = Prepared(select(project.c.revision).where(project.c.key == bindparam("key")))
_FACTS = tuple(field.name for field in fields(ProjectMeme))
_THERE = meme.c.removed == false()
_IN_ORDER = select(*(meme.c[name] for name in _FACTS)).order_by(meme.c.place)
_NAMED = (
    select(meme.c.place, *(meme.c[name] for name in _FACTS))
    .where(meme.c.project == bindparam("key"), meme.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(meme.c.place + 0)  # not through the order
)
_LOOKED_UP = {False: Prepared(_NAMED.where(_THERE)), True: Prepared(_NAMED)}
"""By whether memes that an admin removed are meant, too."""


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


def count_contents(connection: Connection, one: Project) -> dict[str, int]:
    """Return how much there is of a project, by the attributes of ``ProjectContents``, and more.

    ``exported`` are the rows of decisions that an export of everything has.
    """
    own, said = meme.c.project == one.key, decision.c.project == one.key
    alone = (
        meme.c.image != "",
        meme.c.id.not_in(select(meme.c.id).where(meme.c.project != one.key)),
        ~exists().where(decision.c.meme == meme.c.id, decision.c.project != one.key),
    )
    here = decision.c.task_set == one.tasks.key, decision.c.meme.in_(select(meme.c.id).where(own))
    found = {
        "memes": select(func.count()).where(own),
        "pictures": select(func.count()).where(own, *alone),
        "decisions": select(func.count()).where(said),
        "people": select(func.count(func.distinct(decision.c.annotator))).where(said),
        "comments": select(func.count()).where(comment.c.project == one.key),
        "exported": select(func.count()).where(said, *here),
    }
    return {name: connection.scalar(count) or 0 for name, count in found.items()}


# --- memes ------------------------------------------------------------------------------------


def count_places(connection: Connection, key: str) -> int:
    """Return how many places the order of import has, those of removed memes included."""
    last = connection.scalar(select(func.max(meme.c.place)).where(meme.c.project == key))
    return 0 if last is None else last + 1


def count_memes(connection: Connection, key: str) -> int:
    """Return how many memes a project has: places have no gaps."""
    removed = select(func.count()).where(meme.c.project == key, meme.c.removed == true())
    return count_places(connection, key) - (connection.scalar(removed) or 0)


def select_ids(connection: Connection, key: str) -> tuple[str, ...]:
    """Return the content ids of a project's memes in import order."""
    found = select(meme.c.id).where(meme.c.project == key, _THERE).order_by(meme.c.place)
    return tuple(connection.execute(found).scalars())


def select_memes(
    connection: Connection, key: str, ids: Iterable[str] | None = None, *, removed: bool = False
) -> Iterator[ProjectMeme]:
    """Yield memes of a project in import order: all, or, by chunks, those of some ids.

    Also those that an admin removed, if ``removed``.
    """
    if ids is None:
        yield from _read_memes(connection, key, *([] if removed else [_THERE]))
        return
    yield from (found for _, found in select_placed(connection, key, ids, removed=removed))


def select_placed(
    connection: Connection, key: str, ids: Iterable[str], *, removed: bool = False
) -> Iterator[tuple[int, ProjectMeme]]:
    """Yield those memes of some ids that a project has, each with its place from 0, by chunks."""
    for part in split_values(dict.fromkeys(ids)):
        for place, *facts in _LOOKED_UP[removed].rows(connection, key=key, ids=part):
            yield place, _meme_of(facts)


def select_labelled(connection: Connection, key: str) -> Iterator[ProjectMeme]:
    """Yield the memes of a project with which labels came along, in import order."""
    yield from _read_memes(connection, key, _THERE, meme.c.given != {})


def select_gold(connection: Connection, key: str) -> dict[str, Labels]:
    """Return the labels that people are measured against, by meme."""
    found = select(meme.c.id, meme.c.given).where(meme.c.project == key, meme.c.gold, _THERE)
    return {row.id: {task: tuple(names) for task, names in row.given.items()}
            for row in connection.execute(found)}  # fmt: skip


def select_told(connection: Connection, key: str) -> frozenset[tuple[str, str]]:
    """Return memes with the persons who were told what is right on them."""
    found = select(gold_answer.c.meme, gold_answer.c.person).where(gold_answer.c.project == key)
    return frozenset((row[0], row[1]) for row in connection.execute(found))


def select_given(connection: Connection, key: str) -> dict[str, bool | None]:
    """Return whether labels came along with each meme: ``None`` if not, else whether as gold.

    Also of those that an admin removed: they are imported no second time.
    """
    found = select(meme.c.id, meme.c.gold, meme.c.given == {}).where(meme.c.project == key)
    return {own: None if none else gold for own, gold, none in connection.execute(found)}


def add_memes(connection: Connection, one: Project, memes: Iterable[ProjectMeme]) -> list[str]:
    """Add memes at the end of the import order, or replace what is known of those there are.

    Returns:
        the ids of those that are new.
    """
    key, added = one.key, list[str]()
    place = count_places(connection, key) - 1
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
