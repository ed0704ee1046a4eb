"""Labelling projects of a few harmless pictures, predicted ahead."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path

from memeclip_core.app.studio import Studio
from memeclip_core.records.decision import Person
from memeclip_core.records.queue import QueueFilter
from tests.factories.studios import draw_png, read_log

GUIDELINES = "# What we ask\n\nLook at the **whole** meme.\n\n- one\n- two <img src=x onerror=x()>"
HOSTILE = '<img src=x onerror="window.hacked = 1"> {{value}} ${1}'


@dataclass(frozen=True, kw_only=True)
class Work:
    """A project, and what the log says of it."""

    studio: Studio
    key: str

    @property
    def admin(self) -> Person:
        """Who sets projects up: the person at the machine, or "root" of the users file."""
        return Person(name="local" if self.studio.settings.auth is None else "root", role="admin")

    def ids(self) -> list[str]:
        """Return the content ids in the order of import."""
        everything = QueueFilter(state=None)
        page = self.studio.queue.browse(self.admin, self.key, filters=everything, size=200)
        return [row.id for row in page.rows]

    def rows(self, *actions: str) -> list[dict[str, str]]:
        """Return the log's rows, of these actions if any are named."""
        found = [row for row in read_log(self.studio) if row["project"] == self.key]
        for row in found:
            row["labels"] = ", ".join(json.loads(row["labels"] or "[]"))
        return [row for row in found if not actions or row["action"] in actions]

    def saved(self) -> dict[str, str]:
        """Return the labels of the last decision by task."""
        found = self.rows("label")
        return {row["task"]: row["labels"] for row in found if row["save"] == found[-1]["save"]}

    def decided(self) -> list[str]:
        """Return the memes of all decisions, in order; one entry a save."""
        return list({row["save"]: row["meme"] for row in self.rows("label")}.values())


def make_project(
    studio: Studio, folder: Path, count: int = 6, *, key: str = "colours", **rules: object
) -> Work:
    """Create a project of so many pictures and wait for its predictions."""
    work = Work(studio=studio, key=key)
    given = {
        "order": "import", "hidden_share": 0.0, "guidelines": "", "task_set": "pridemm", **rules,
    }  # fmt: skip
    studio.projects.create(work.admin, key=key, title=key, **given)
    folder.mkdir(exist_ok=True)
    for n in range(count):
        (folder / f"{n:02d}.png").write_bytes(draw_png((200, 40 + n, 90), (320, 240 + n)))
    job = studio.projects.start_import(work.admin, key, folder)
    ends = time.monotonic() + 60
    while studio.projects.job(work.admin, key, job.id).live:
        assert time.monotonic() < ends, "the import takes too long"
        time.sleep(0.02)
    assert studio.projects.job(work.admin, key, job.id).state == "done"
    return work
