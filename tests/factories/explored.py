"""A project to explore: red memes are hate and blue ones are not, but for two planted errors."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
from PIL import Image

from memeclip_core.app.studio import Studio
from memeclip_core.records.decision import Person
from memeclip_core.records.job import Job
from tests.factories.dataset_files import write
from tests.factories.projects import import_all
from tests.factories.waits import until

COUNT = 32
FLIPPED = (4, 7)
"""Memes whose label is not that of their colour."""
SAME_TEXT, NEAR_TEXT, NEAR_PICTURE = (10, 13), (14, 17), (20, 23)
BARE = 25
"""A meme without a text."""
COLLECTION = "project:memes"
ANN = Person(name="ann", role="annotator")
BOB = Person(name="bob", role="annotator")
REV = Person(name="rev", role="reviewer")
VISITOR = Person(name="eve", role="visitor")
_LONG = "nobody told the cat that the warm keyboard was needed for work today, so it {} there"


def is_red(number: int) -> bool:
    """Say which colour a meme has: a near copy that of its original."""
    return (number - 3 if number == NEAR_PICTURE[1] else number) % 2 == 0


def draw(number: int, side: int = 96) -> Image.Image:
    """Return a red or blue picture of its own pattern."""
    original = NEAR_PICTURE[0] if number == NEAR_PICTURE[1] else number
    pattern = np.random.default_rng(original).integers(0, 60, (8, 8, 3), np.uint8)
    pattern[:, :, 0 if is_red(number) else 2] += 160
    return Image.fromarray(pattern).resize((96, 96), 0).resize((side, side), Image.Resampling.BOX)


def picture(number: int) -> bytes:
    """Return a meme's file; the near copy is smaller, and saved with losses."""
    sink = io.BytesIO()
    if number == NEAR_PICTURE[1]:
        draw(number, 80).save(sink, "JPEG", quality=85)
    else:
        draw(number).save(sink, "PNG")
    return sink.getvalue()


def text(number: int) -> str:
    """Return a meme's text."""
    if number in NEAR_TEXT:
        return _LONG.format("sat" if number == NEAR_TEXT[0] else "sits")
    if number == BARE:
        return ""
    own = SAME_TEXT[0] if number == SAME_TEXT[1] else number
    return f"{'tea' if is_red(number) or own == SAME_TEXT[0] else 'oil'} {own * 7919} of {own}"


def label(number: int) -> str:
    """Return what a meme is labelled."""
    return "Hate" if is_red(number) != (number in FLIPPED) else "No Hate"


def write_dataset(folder: Path) -> Path:
    """Write the memes as a list with pictures, and return the list."""
    sink = io.StringIO()
    rows = csv.writer(sink)
    rows.writerow(["image", "text", "hate", "split"])
    for number in range(COUNT):
        name = f"{number:02}.{'jpg' if number == NEAR_PICTURE[1] else 'png'}"
        write(folder / name, picture(number))
        rows.writerow([name, text(number), label(number), "train" if number % 4 else "val"])
    return write(folder / "memes.csv", sink.getvalue())


def make_explored(studio: Studio, folder: Path, **rules: object) -> Studio:
    """Create the project "memes" of these."""
    given = {"hidden_share": 0.0, "order": "import", **rules}
    studio.projects.create(studio.owner(), key="memes", title="Memes", task_set="pridemm", **given)
    job = import_all(studio, "memes", write_dataset(folder))
    assert job.state == "done", job.reason
    until(lambda: not studio.projects.facts(studio.owner(), "memes").stale, "nothing is predicted")
    return studio


def ids_of(studio: Studio, collection: str = COLLECTION) -> tuple[str, ...]:
    """Return the memes' ids in the order of import."""
    return studio.explore._library.open(collection).ids


def ended(studio: Studio, job: Job) -> Job:
    """Return a job once it has ended."""
    who, own = studio.owner(), studio.explore
    until(lambda: not own.job(who, job.subject, job.id).live, "the job did not end")
    return own.job(who, job.subject, job.id)


def quiet(progress: object) -> None:
    """Take progress and say nothing."""
