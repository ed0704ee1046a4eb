"""What has to hold of a home after its server was killed, whatever it was doing."""

from __future__ import annotations

import csv
import json
import shutil
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from sqlalchemy import Connection, delete, func, select

from benchmarks.made_up import KEY
from benchmarks.victim import PICTURES
from memeclip_core.annotation.decisions.csv_follower import CsvFollower
from memeclip_core.annotation.decisions.queries import select_rows
from memeclip_core.annotation.decisions.states import Place, rebuild, rebuild_project
from memeclip_core.annotation.projects.store import ProjectStore
from memeclip_core.database.engine import Database
from memeclip_core.database.queries import select_jobs
from memeclip_core.database.schema import (
    active_model,
    answer,
    decision,
    item,
    mark,
    meme,
    model_version,
    progress,
    tally,
)
from memeclip_core.database.snapshot import write_snapshot
from memeclip_core.errors import MemeclipError
from memeclip_core.models.checkpoints import read_checkpoint
from memeclip_core.records.job import Job
from memeclip_core.storage.home import DATABASE, Home

_STATES = (item, answer, mark, tally, progress)
_KINDS = ("retrain", "import", "export", "predict")


def audit_kill(home: Home) -> Iterator[str]:
    """Yield what is wrong right after a kill: the file has rows that the database lacks."""
    kept, written = _read_events(home)
    if written != kept[: len(written)]:
        yield f"corrections.csv has {len(written)} rows that do not begin the {len(kept)} kept"


def audit_home(home: Home, checkpoints: Path, acknowledged: Mapping[str, str]) -> Iterator[str]:
    """Yield what is wrong once a server runs again and has nothing to do any more.

    Args:
        home: which.
        checkpoints: the starters' folder.
        acknowledged: the memes of all saves that were answered, by the saves' ids.
    """
    database = Database.of_home(home.root)
    try:
        with database.read() as connection:
            yield from _audit_decisions(connection, acknowledged)
            yield from _audit_models(connection, home, checkpoints)
            jobs = [claim.job for claim in select_jobs(connection, _KINDS)]
            yield from _audit_imports(connection, jobs)
    finally:
        database.close()
    kept, written = _read_events(home)
    if kept != written:
        yield f"corrections.csv has {len(written)} rows and the database {len(kept)}"
    for job in jobs:
        if job.live or (job.state != "done" and not job.reason):
            yield f"the {job.kind} {job.id} is {job.state} without a reason"
    yield from _audit_exports(home, jobs)
    yield from _audit_states(home)


def count_states(home: Home) -> Counter[str]:
    """Return how many jobs of which kind ended how, and how many of these were taken up."""
    database = Database.of_home(home.root)
    with database.read() as connection:
        jobs = [claim.job for claim in select_jobs(connection, _KINDS)]
    database.close()
    found = Counter(f"{job.kind} {job.state}" for job in jobs)
    found["taken up"] = sum(job.tries > 0 for job in jobs)
    return found


def has_work(home: Home) -> bool:
    """Say whether a job is under way."""
    database = Database.of_home(home.root)
    with database.read() as connection:
        found = bool(select_jobs(connection, _KINDS, live=True))
    database.close()
    return found


def _read_events(home: Home) -> tuple[list[str], list[str]]:
    """Return the events of the log in the database and in the file."""
    database = Database.of_home(home.root)
    with database.read() as connection:
        kept = [row.event for _, row in select_rows(connection)]
    pieces = CsvFollower(home, database).iterate_rows() if home.corrections.exists() else ()
    written = [row.event for piece in pieces for row in piece]
    database.close()
    return kept, written


def _audit_decisions(connection: Connection, acknowledged: Mapping[str, str]) -> Iterator[str]:
    rows = [row for _, row in select_rows(connection)]
    memes = {row.save: row.meme for row in rows}
    for save, where in acknowledged.items():
        if memes.get(save) != where:
            yield f"the save {save} was acknowledged and is lost"
    for (save, task), count in Counter((row.save, row.task) for row in rows).items():
        if count > 1:
            yield f"the save {save} is there {count} times on {task}"
    people = Counter(name for name, _ in {(row.meme, row.annotator) for row in rows})
    for name, count in people.items():
        if count > 1:
            yield f"the meme {name[:12]} went to {count} people"


def _audit_models(connection: Connection, home: Home, checkpoints: Path) -> Iterator[str]:
    listed = set(connection.scalars(select(model_version.c.version)))
    there = {path.name for path in home.models.iterdir() if path.name[0] != "."}
    if listed - there:
        yield f"models are listed that are not there: {sorted(listed - there)}"
    for name in there:
        try:
            read_checkpoint(home.models / name)
        except MemeclipError as error:
            yield f"the model {name} is not whole: {error}"
    for version in connection.scalars(select(active_model.c.version)):
        if version not in there and not (checkpoints / version).is_dir():
            yield f"the active model {version} is not there"


def _audit_imports(connection: Connection, jobs: Sequence[Job]) -> Iterator[str]:
    names = Counter(connection.scalars(select(meme.c.filename).where(meme.c.project == KEY)))
    for name, count in names.items():
        if count > 1:
            yield f"the meme {name} is there {count} times"
    for job in jobs:
        if job.kind == "import" and job.state == "done":
            source = Path(job.arguments["source"]).name
            lost = sum(f"{source}-{place}.png" not in names for place in range(PICTURES))
            if lost:
                yield f"the import of {source} is done and lacks {lost} memes"
    places = connection.scalar(select(func.count(meme.c.place.distinct())))
    if places != names.total():
        yield f"{names.total()} memes have {places} places"


def _audit_exports(home: Home, jobs: Sequence[Job]) -> Iterator[str]:
    folder = home.project(KEY) / "exports"
    whole = {job.file: job for job in jobs if job.kind == "export" and job.state == "done"}
    there = {path.name for path in folder.glob("*")} if folder.is_dir() else set()
    for name in there - whole.keys():
        if not name.endswith(".part") and "-partial" not in name:
            yield f"the export {name} is nobody's"
    for name, job in whole.items():
        rows = _count_rows(folder / name) if name in there else -1
        if rows != job.counts.get("rows", 0):
            yield f"the export {name} has {rows} rows instead of {job.counts.get('rows', 0)}"


def _count_rows(path: Path) -> int:
    if path.suffix == ".jsonl":
        return len([json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()])
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            if archive.testzip() is not None:
                return -1
            lines = archive.read("metadata.csv").decode().splitlines(keepends=True)
    else:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = list(file)
    return len(list(csv.reader(lines))) - 1


def _audit_states(home: Home) -> Iterator[str]:
    """Compare what decisions add up to with what all of them add up to from the first."""
    copy = home.root.with_name(f"{home.root.name}-audited")
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir()
    write_snapshot(home.root, copy / DATABASE)
    database = Database.of_home(copy)
    project = ProjectStore(Home(copy), database).read(KEY)
    with database.write() as connection:
        before = _read_states(connection)
        for table in _STATES:
            connection.execute(delete(table))
        rebuild_project(connection, project)
        alone = select(decision.c.task_set).where(decision.c.project == "").distinct()
        for task_set in connection.scalars(alone).all():
            rebuild(connection, Place(project="", task_set=task_set, rules=None))
        after = _read_states(connection)
    database.close()
    shutil.rmtree(copy)
    for name, rows in before.items():
        if rows != after[name]:
            yield f"{len(rows ^ after[name])} rows of {name} are not what decisions add up to"


def _read_states(connection: Connection) -> dict[str, set[str]]:
    queries = {table.name: select(table) for table in _STATES}
    queries["meme"] = select(meme.c.id, meme.c.open)
    return {
        name: {repr(tuple(row)) for row in connection.execute(query)}
        for name, query in queries.items()
    }
