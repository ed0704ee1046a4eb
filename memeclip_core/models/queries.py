"""The tables of models in SQL: which there are, which answers, and what was done with them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, delete, func, insert, select

from memeclip_core.database.facts import read_fact, write_fact
from memeclip_core.database.schema import active_model, model_change, model_version
from memeclip_core.database.upsert import insert_missing, upsert

OLD_POINTER: Final = "old active.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRow:
    """What a list of models is chosen from: a manifest's first facts."""

    version: str
    task_set: str
    encoder: str
    origin: str
    created: datetime
    job: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One line of the models' history; ``action`` is add, promote, roll-back or discard."""

    time: datetime
    task_set: str
    version: str
    by: str
    action: str


def select_revision(connection: Connection) -> int:
    """Return a number that grows with every change."""
    return connection.execute(select(func.max(model_change.c.number))).scalar() or 0


def select_models(connection: Connection, task_set: str) -> list[ModelRow]:
    """Return a task set's models, the newest first."""
    wanted = select(model_version).where(model_version.c.task_set == task_set)
    newest = wanted.order_by(model_version.c.created.desc(), model_version.c.version.desc())
    return [ModelRow(**row) for row in connection.execute(newest).mappings()]


def select_versions(connection: Connection) -> set[str]:
    """Return the names of all models."""
    return set(connection.execute(select(model_version.c.version)).scalars())


def select_used(connection: Connection, prefix: str) -> set[str]:
    """Return the names that begin so, of the models that there are or were."""
    found = select_versions(connection)
    found |= set(connection.execute(select(model_change.c.version).distinct()).scalars())
    return {version for version in found if version.startswith(prefix)}


def select_history(connection: Connection, task_set: str) -> tuple[Change, ...]:
    """Return what was done with a task set's models, oldest first."""
    known = model_change.c
    wanted = select(known.time, known.task_set, known.version, known.by, known.action)
    wanted = wanted.where(known.task_set == task_set).order_by(known.number)
    return tuple(Change(**row) for row in connection.execute(wanted).mappings())


def select_active(connection: Connection, task_set: str) -> str:
    """Return the version that was chosen for a task set, or ""."""
    wanted = select(active_model.c.version).where(active_model.c.task_set == task_set)
    return connection.execute(wanted).scalar() or ""


def is_active(connection: Connection, version: str) -> bool:
    """Say whether a model was chosen for any task set."""
    wanted = select(active_model.c.task_set).where(active_model.c.version == version)
    return connection.execute(wanted).first() is not None


def insert_models(connection: Connection, rows: Sequence[ModelRow], change: Change | None) -> None:
    """Add models that are not there yet, with a line of the history."""
    insert_missing(connection, model_version, [asdict(row) for row in rows])
    if change is not None:
        insert_change(connection, change)


def delete_model(connection: Connection, version: str) -> None:
    """Forget a model."""
    connection.execute(delete(model_version).where(model_version.c.version == version))


def insert_change(connection: Connection, change: Change) -> None:
    """Add a line to the history."""
    connection.execute(insert(model_change), asdict(change))


def write_active(connection: Connection, task_set: str, version: str) -> None:
    """Let a version answer for a task set from now on; "" leaves it to the starter."""
    if version:
        upsert(connection, active_model, [{"task_set": task_set, "version": version}])
    else:
        connection.execute(delete(active_model).where(active_model.c.task_set == task_set))


def insert_old_pointer(
    connection: Connection, active: dict[str, str], history: Iterable[Change]
) -> None:
    """Take over the pointer of an earlier release, once; what was chosen since stays chosen."""
    if read_fact(connection, OLD_POINTER):
        return
    rows = [{"task_set": key, "version": version} for key, version in active.items()]
    insert_missing(connection, active_model, rows)
    for change in history:
        insert_change(connection, change)
    write_fact(connection, OLD_POINTER, True)
