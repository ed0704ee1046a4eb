"""A studio with a labelling project of a few harmless pictures, predicted ahead."""

from __future__ import annotations

import csv
import io
import json
import time
from pathlib import Path

from memeclip_core.labelling import Project
from memeclip_core.records import Person
from memeclip_core.service.labelling.work import QueueFilter
from memeclip_core.service.studio import Studio
from tests.studios import draw_png

KEY = "colours"
GUIDELINES = "# What we ask\n\nLook at the **whole** meme.\n\n- one\n- two <img src=x onerror=x()>"
HOSTILE = '<img src=x onerror="window.hacked = 1"> {{value}} ${1}'


def admin_of(studio: Studio) -> Person:
    """Return who sets projects up: the person at the machine, or "root" of the users file."""
    return Person(name="local" if studio.settings.auth is None else "root", role="admin")


def make_project(studio: Studio, folder: Path, count: int = 6, **rules: object) -> Project:
    """Create a project of so many pictures and wait for its predictions."""
    admin = admin_of(studio)
    given = {"order": "import", "hidden_share": 0.0, "guidelines": "", **rules}
    project = studio.projects.create(admin, key=KEY, title="Colours", task_set="pridemm", **given)
    folder.mkdir(exist_ok=True)
    for n in range(count):
        (folder / f"{n:02d}.png").write_bytes(draw_png((200, 40 + n, 90), (320, 240 + n)))
    job = studio.projects.start_import(admin, KEY, folder)
    ends = time.monotonic() + 60
    while studio.projects.job(admin, KEY, job.id).live:
        assert time.monotonic() < ends, "the import takes too long"
        time.sleep(0.02)
    assert studio.projects.job(admin, KEY, job.id).state == "done"
    return project


def ids(studio: Studio) -> list[str]:
    """Return the project's content ids in the order of import."""
    page = studio.queue.browse(admin_of(studio), KEY, filters=QueueFilter(state=None), size=200)
    return [row.id for row in page.rows]


def rows(studio: Studio, *actions: str) -> list[dict[str, str]]:
    """Return the log's rows of the project, of these actions if any are named."""
    path = studio.settings.home / "corrections.csv"
    if not path.exists():
        return []
    with io.StringIO(path.read_text(encoding="utf-8"), newline="") as file:
        found = [row for row in csv.DictReader(file) if row["project"] == KEY]
    for row in found:
        row["labels"] = ", ".join(json.loads(row["labels"] or "[]"))
    return [row for row in found if not actions or row["action"] in actions]


def decided(studio: Studio, *actions: str) -> list[str]:
    """Return the memes of the log's saves, in order; one entry a save."""
    found = {row["save"]: row["meme"] for row in rows(studio, *(actions or ("label",)))}
    return list(found.values())
