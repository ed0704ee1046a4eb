"""A project in a tiny studio that several people have labelled, with harmless words."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from memeclip_core.annotation.projects.store import ProjectStore
from memeclip_core.app.studio import Studio
from memeclip_core.database.engine import Database
from memeclip_core.records.decision import Person
from memeclip_core.records.project import ProjectMeme
from memeclip_core.storage.home import Home
from tests.factories.page_records import HOSTILE

KEY = "cats"
NO = {"hate": ("No Hate",), "stance": ("Neutral",), "humour": ("Humour",)}
YES = {
    "hate": ("Hate",),
    "target": ("Individual",),
    "stance": ("Oppose",),
    "humour": ("Humour",),
}


def meme_id(number: int) -> str:
    return hashlib.sha256(f"cat {number}".encode()).hexdigest()


def store_of(studio: Studio) -> ProjectStore:
    home = Home(studio.settings.home.resolve())
    return ProjectStore(home, Database.of_home(home.root))


def make_reviewed(studio: Studio, title: str = "Cats") -> Studio:
    """Make a project: of three memes two people agree on the first and differ on the others."""
    studio.projects.create(studio.owner(), key=KEY, title=title, task_set="pridemm", overlap=2)
    store_of(studio).add(
        KEY,
        [
            ProjectMeme(
                id=meme_id(n),
                filename=f"{n}.png",
                text=f"a cat on keyboard {n} {HOSTILE}",
                text_source="file",
                added=datetime(2026, 1, 2, tzinfo=UTC),
            )
            for n in range(4)
        ],
    )
    for number, (first, second) in enumerate([(NO, NO), (YES, NO), (YES, {**YES, **_OTHER})]):
        say(studio, "ann", number, first)
        say(studio, "bob", number, second)
    return studio


_OTHER = {"stance": ("Support",)}


def say(studio: Studio, who: str, number: int, labels: dict[str, tuple[str, ...]]) -> None:
    studio.queue.save(
        Person(name=who, role="annotator"), KEY, save=f"save-{who}-{number}-{len(labels)}",
        meme=meme_id(number), labels=labels, note=HOSTILE, seconds=4.0, version=1,
    )  # fmt: skip
