"""Projects of homes from before there was a database: read once, and left where they are."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Connection

from memeclip_core.annotation.decisions.states import rebuild_project
from memeclip_core.annotation.projects import queries
from memeclip_core.annotation.projects.predictions import (
    KEPT,
    PredictionTable,
    TaskTable,
    write_table,
)
from memeclip_core.annotation.projects.suggestions import choose_model
from memeclip_core.database.deletions import select_deleted
from memeclip_core.database.engine import Database
from memeclip_core.errors import MemeclipError
from memeclip_core.records.project import Project, ProjectMeme
from memeclip_core.records.schemas import from_plain
from memeclip_core.storage.files import disk_errors, load_json, locked
from memeclip_core.storage.home import Home

_log = logging.getLogger("memeclip")


def take_over_projects(home: Home, database: Database) -> None:
    """Put the projects of a home into its database, unless they are there already.

    A project's folder held ``project.json``, ``memes.jsonl`` with a line for each meme, ``salt``
    and the predictions. A damaged project is named in the log, and looked at again at the next
    start.

    Raises:
        StoreError: if the database cannot be used.
    """
    with database.read() as connection:
        known = {*queries.select_keys(connection), *select_deleted(connection)}
    for path in sorted(home.projects.glob("*/project.json")):
        key = path.parent.name
        if key in known:
            continue
        try:
            with locked(home.lock(f"project-{key}")), disk_errors("read", path):
                _take_over(path.parent, database)
        except (MemeclipError, KeyError, TypeError, ValueError, AttributeError) as error:
            kind = type(error).__name__  # its words may quote a line of memes
            _log.warning("%s was not taken over (%s): put a backup back", path.parent.name, kind)


def _take_over(folder: Path, database: Database) -> None:
    project = read_project((folder / "project.json").read_bytes())
    salt = folder / "salt"
    hides = salt.read_text(encoding="ascii") if salt.exists() else secrets.token_hex(16)
    with database.write(f"project-{project.key}") as connection:
        if queries.select_revision(connection, project.key) is not None:
            return
        queries.insert_project(connection, project, hides)
        queries.add_memes(connection, project, read_memes(folder / "memes.jsonl"))
        _take_over_predictions(connection, project.key, folder / "predictions")
        rebuild_project(connection, project)
    _log.info("took the project %s over into the database", project.key)


def read_project(data: bytes) -> Project:
    """Rebuild a project; ValueError on a rule that is unknown here, which would be lost."""
    rest = {name: value for name, value in load_json(data).items() if name != "schema"}
    unknown = rest.keys() - {field.name for field in fields(Project)}
    if unknown:
        raise ValueError(f"unknown rules: {', '.join(sorted(unknown))}")
    return from_plain(Project, rest)


def read_memes(path: Path) -> Iterator[ProjectMeme]:
    """Yield the memes of a file in import order; a later line about one replaces the earlier.

    Damaged lines are passed over. A last line without its line feed is a write that was cut short.
    """
    data = path.read_bytes() if path.exists() else b""
    found: dict[str, ProjectMeme] = {}
    for line in data[: data.rfind(b"\n") + 1].splitlines():
        try:
            plain: Mapping[str, Any] = {"filename": "", "text": "", **load_json(line)}
            meme = from_plain(ProjectMeme, plain)
        except (KeyError, TypeError, ValueError, AttributeError):
            _log.warning("%s: a damaged line of %d bytes is passed over", path, len(line))
            continue
        found[meme.id] = meme
    yield from found.values()


def _take_over_predictions(connection: Connection, key: str, folder: Path) -> None:
    """Take over what the model in use and the latest others say; the rest is computed again."""
    files = sorted(folder.glob("*.npz"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    chosen = ""
    with suppress(FileNotFoundError, ValueError, KeyError, TypeError):
        chosen = str(load_json((folder / "current.json").read_bytes())["model"])
    files.sort(key=lambda path: path.stem != chosen)
    for path in reversed(files[:KEPT]):
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                table = read_table(arrays)
        except Exception as error:  # numpy raises nearly anything on a damaged archive
            _log.warning("%s is damaged (%s); predicted anew", path.name, type(error).__name__)
            continue
        write_table(connection, key, table)
        if table.model == chosen:
            choose_model(connection, key, chosen)


def read_table(arrays: Mapping[str, np.ndarray]) -> PredictionTable:
    """Rebuild a table; raises nearly anything if the arrays are of no use."""
    facts = load_json(arrays["facts"].tobytes())
    ids = tuple(row.tobytes().hex() for row in arrays["ids"])
    tasks = {
        task: TaskTable(
            labels=tuple(part["labels"]),
            probabilities=arrays[f"task{number}"],
            threshold=part["threshold"],
        )
        for number, (task, part) in enumerate(facts["tasks"].items())
    }
    vectors = arrays["vectors"].astype(np.float32)
    shapes = {len(vectors), *(len(part.probabilities) for part in tasks.values())}
    if shapes != {len(ids)}:
        raise ValueError(f"arrays of {sorted(shapes)} rows for {len(ids)} memes")
    return PredictionTable(model=facts["model"], ids=ids, tasks=tasks, vectors=vectors)
