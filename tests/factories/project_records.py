"""A project and memes to keep."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from memeclip_core.records.project import Migration, Project, ProjectMeme
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


MIGRATED = make_project(
    version=2,
    migrations=(
        Migration(
            version=2, tasks={"hate": {"Hate": None, "No Hate": "No Hate"}}, time=TIME, by="b"
        ),
    ),
)
