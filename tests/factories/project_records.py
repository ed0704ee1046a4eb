"""A project, memes and jobs of both kinds to keep."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import update

from memeclip_core.database.engine import Database
from memeclip_core.database.schema import label_set
from memeclip_core.records.job import Job, Progress
from memeclip_core.records.meme import Failure
from memeclip_core.records.model import ClassChange, Flip, Metric, TaskComparison
from memeclip_core.records.project import DEMO, Migration, Project, ProjectMeme, Suggestion
from tests.factories.workbench import shipped_tasks

TIME = datetime(2026, 3, 4, 5, 6, 7, 89000, tzinfo=UTC)


def make_id(number: int) -> str:
    return hashlib.sha256(f"meme {number}".encode()).hexdigest()


def make_meme(number: int = 0, **changes) -> ProjectMeme:
    own = make_id(number)
    facts = {
        "id": own,
        "filename": f"{number}.png",
        "text": f'a "cat",\nnumber {number} ü',
        "text_source": "rapidocr",
        "image": f"{own}.png",
        "width": 16,
        "height": 12,
        "added": TIME,
    }
    return ProjectMeme(**{**facts, **changes})


def make_project(key: str = "cats", tasks: str = "pridemm", **changes) -> Project:
    facts = {
        "key": key,
        "title": "Cats = fun",
        "tasks": shipped_tasks(tasks),
        "created": TIME,
        "by": "ana",
    }
    return Project(**{**facts, **changes})


def make_demo(key: str = "demo-1") -> Project:
    """Return a project that is a demo; its label set is known as ``demo--pridemm``."""
    own = make_project(key)
    return replace(own, tasks=replace(own.tasks, key=f"{DEMO}{own.tasks.key}"))


MIGRATED = make_project(
    version=2,
    migrations=(
        Migration(
            version=2, tasks={"hate": {"Hate": None, "No Hate": "No Hate"}}, time=TIME, by="b"
        ),
    ),
)


def damage_project(database: Database, key: str, tasks: object = None) -> None:
    """Write something over a project's label set that is none."""
    with database.write() as connection:
        connection.execute(
            update(label_set).where(label_set.c.project == key).values(tasks=tasks or {})
        )


METRIC = Metric(name="accuracy", value=0.5, n=4, low=0.25, high=0.75)
RETRAINING = Job(
    id="j1",
    kind="retrain",
    subject="toys",
    state="done",
    started=datetime(2026, 1, 2, 3, 4, 5, 6000, tzinfo=UTC),
    ended=datetime(2026, 1, 2, 3, 5, tzinfo=UTC),
    by="ann",
    progress=Progress(done=3, total=9, message="m", loss=0.5, score=None),
    base="toy",
    candidate="toy-r1",
    counts={"learnt": 2},
    reason="",
    comparison=(
        TaskComparison(
            task="colour",
            rows="corrected",
            n=4,
            active=METRIC,
            candidate=METRIC,
            flips=1,
            p=0.25,
            classes=(ClassChange(label="red", n=3, active=METRIC, candidate=METRIC, p=0.5),),
            flipped=(Flip(meme="m1", truth=("red",), active=(), candidate=("red", "blue")),),
        ),
    ),
    log=("10:00:00 starting",),
)


IMPORT = Job(
    id="20260304T050607-ab",
    kind="import",
    subject="cats",
    state="done",
    started=TIME,
    by="ana",
    progress=Progress(done=3, total=4, message="importing"),
    ended=TIME,
    counts={"added": 3},
    failures=(Failure(filename="x.png", reason="broken"),),
    arguments={"source": "memes"},
)


def ids_of(memes):
    """Return the ids of a project's memes in import order."""
    return tuple(row.id for row in memes.rows)


def suggest(table, meme):
    """Return what a table of predictions says of a meme, by task key; {} where it says nothing."""
    if meme not in table.ids:
        return {}
    row, found = table.ids.index(meme), {}
    for key, part in table.tasks.items():
        said = dict(zip(part.labels, map(float, part.probabilities[row]), strict=True))
        (labels,) = table.read_suggested(key, [meme])
        found[key] = Suggestion(labels=labels, probabilities=said, model=table.model)
    return found


def list_keys(tables):
    """Return the projects and subjects that any row is of."""
    own = ("project", "subject", "key")
    return {
        value for rows in tables.values() for one in rows
        for name, value in one._mapping.items() if name in own
    }  # fmt: skip
