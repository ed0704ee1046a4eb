"""How many files one meme's prediction, one decision's save and one status line walk through.

Counted are *file changes*: of two functions of the package that are entered one after the other
(whatever of other libraries runs between them), the second lies in another file. Returning counts
nothing; a generator counts as entered whenever it goes on. All threads count that begin meanwhile.
How a statement is carried out (``STATEMENTS``) is no leg of a walk, as SQLAlchemy below it is none:
it is the same for every statement, and nobody who follows a value goes there.
Each of the three is done once before it is counted, so that nothing is loaded any more:

- predict: ``Studio.predict`` of a picture and its text, the same one again;
- save: ``LabelQueue.save`` of one meme of a project, after another of it was saved;
- status: ``Studio.status`` after these, with nothing new.

Run from the repository's root: ``python -m benchmarks.walks [predict|save|status]``. With a name
the walk itself is printed, a line for each file that is entered, with the functions called there.
"""

from __future__ import annotations

import io
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from PIL import Image

import memeclip_core
from memeclip_core.app.build import build_studio
from memeclip_core.config import ROOT, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from memeclip_core.app.studio import Studio
    from memeclip_core.records.project import Labels

PACKAGE = Path(memeclip_core.__file__).parent
STATEMENTS = tuple(f"database/{name}.py" for name in ("parts", "prepared", "types", "upsert"))
TASK_SET = "pridemm"
LABELS: Labels = {"hate": ("No Hate",), "stance": ("Neutral",), "humour": ("No Humour",)}


@dataclass
class Walk:
    """The functions of the package in the order in which they are entered, as (file, name)."""

    steps: list[tuple[str, str]] = field(default_factory=list)

    def __call__(self, frame: FrameType, event: str, _: object) -> None:
        path = Path(frame.f_code.co_filename)
        if event == "call" and path.is_relative_to(PACKAGE):
            self.steps.append((path.relative_to(PACKAGE).as_posix(), frame.f_code.co_qualname))

    @property
    def legs(self) -> list[tuple[str, list[str]]]:
        """The files in the order in which they are entered, each with what is called there."""
        found: list[tuple[str, list[str]]] = []
        for file, name in self.steps:
            if file in STATEMENTS:
                continue
            if not found or found[-1][0] != file:
                found.append((file, []))
            found[-1][1].append(name)
        return found

    @property
    def changes(self) -> int:
        """How often the file changes."""
        return max(0, len(self.legs) - 1)


@contextmanager
def watch() -> Iterator[Walk]:
    """Record what is entered in the block, in this thread and in those that it starts."""
    walk = Walk()
    threading.setprofile(walk)
    sys.setprofile(walk)
    try:
        yield walk
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


def measure(studio: Studio, folder: Path) -> Mapping[str, Walk]:
    """Return the walks of a studio whose home is empty; ``folder`` is for pictures to import."""
    who, data = studio.owner(), draw(0)
    project = make_project(studio, folder)
    items = studio.queue.next(who, project, client="walks")

    def predict() -> None:
        studio.predict(data, "a.png", task_set=TASK_SET, text="words on a picture")

    places = iter(items)

    def save() -> None:
        item = next(places)
        studio.queue.save(
            who, project, save=f"walks-{item.meme.id[:8]}", meme=item.meme.id, labels=LABELS,
            shown=True, model=item.model, version=item.version,
        )  # fmt: skip

    return {
        "predict": walk_again(predict),
        "save": walk_again(save),
        "status": walk_again(lambda: studio.status(TASK_SET)),
    }


def walk_again(do: Callable[[], Any]) -> Walk:
    """Return the walk of the second time."""
    do()
    with watch() as walk:
        do()
    return walk


def make_project(studio: Studio, folder: Path) -> str:
    """Create a project of three plain pictures, predicted ahead, and return its key."""
    who, key = studio.owner(), "walks"
    studio.projects.create(who, key=key, title="Walks", task_set=TASK_SET, hidden_share=0.0)
    for number in range(1, 4):
        (folder / f"{number}.png").write_bytes(draw(number))
    job = studio.projects.start_import(who, key, folder)
    while job.live:
        time.sleep(0.02)
        job = studio.projects.job(who, key, job.id)
    if job.state != "done":
        raise RuntimeError(f"The pictures were not imported: {job.reason}")
    return key


def draw(number: int) -> bytes:
    """Return a one-coloured PNG; another number is another meme."""
    sink = io.BytesIO()
    Image.new("RGB", (64, 48), (40 * number % 256, 90, 120)).save(sink, "PNG")
    return sink.getvalue()


def main(names: list[str]) -> None:
    """Print the number of file changes of each, or the walks that are named."""
    with tempfile.TemporaryDirectory() as place:
        home, pictures = Path(place) / "home", Path(place) / "pictures"
        pictures.mkdir()
        studio = build_studio(Settings(home=home, checkpoints=ROOT / "checkpoints"))
        walks = measure(studio, pictures)
    for name, walk in walks.items():
        print(f"{name}: {walk.changes} file changes")
        for file, called in walk.legs if name in names else ():
            print(f"  {file}: {', '.join(dict.fromkeys(called))}")


if __name__ == "__main__":
    main(sys.argv[1:])
