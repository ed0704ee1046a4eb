"""Small published files with harmless words, and what is made of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from memeclip_core.config import Settings
from memeclip_core.encoders.base import Encoder
from memeclip_core.encoders.captioner import Captioner
from memeclip_core.encoders.fake import FakeEncoder
from memeclip_core.experiments.choices import DatasetFiles, Deal
from memeclip_core.experiments.material import Material, read_material
from memeclip_core.experiments.results import Results
from memeclip_core.experiments.workbench import Workbench
from memeclip_core.storage.task_files import read_named_task_set
from memeclip_core.tasks import TaskSet

NOW = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
CATEGORIES = ("Nervousness", "Excessive Worry", "Restlessness")
TINY = ("map_dim=8", "epochs=2", "lr=0.01")
"""Settings of ``--set`` that train in a moment."""

_WORDS = ("attee", "onion", "noise", "tattoo", "sonata", "estate", "ratio", "innate", "oasis")


def words(i: int) -> str:
    """Return a harmless text that no other number gives, and that is near to no other."""
    return " ".join(_WORDS[(i // 9**k + k * i) % 9] + "aeiou"[(i + k) % 5] * k for k in range(5))


def write_pridemm(folder: Path, *, train: int = 24, val: int = 12) -> Path:
    """Write a PrideMM.csv whose hate column can be read off the text."""
    lines = ["name,hate,target,stance,humour,split,text"]
    for i in range(train + val):
        hate = i % 2
        text = f"{'eeee ' * 4 if hate else 'oooo ' * 4}{words(i)}"
        target = str(i // 2 % 4) if hate else "NA"
        split = "train" if i < train else "val"
        lines.append(f"{i}.png,{hate},{target},{i % 3},{(i + 1) % 2},{split},{text}")
    lines.append("t.png,1,0,0,0,test,never seen in training")
    path = folder / "PrideMM.csv"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


OTHER_COLUMNS = ("text=said", "hate=level", "hate:Hate=bad|awful", "hate:No_Hate=mild")
"""What ``--test-columns`` says of the set that ``write_other`` writes."""


def write_other(folder: Path, rows: int = 12, *, also: Sequence[str] = ()) -> Path:
    """Write other.csv: memes that PrideMM's do not hold, whose hate has three levels.

    A third each is mild, bad and awful; ``also`` are further lines.
    """
    lines = ["said,level"]
    for i in range(rows):
        text = f"{'eeee ' * 4 if i % 3 else 'oooo ' * 4}{words(200 + i)}"
        lines.append(f"{text},{('mild', 'bad', 'awful')[i % 3]}")
    path = folder / "other.csv"
    path.write_text("\n".join([*lines, *also]) + "\n", "utf-8")
    return path


def write_axiom(folder: Path, rows: int = 30) -> Path:
    """Write AxiOM's train.json, which has no validation file beside it."""
    items: list[dict[str, Any]] = [
        {
            "sample_id": f"TR-{i}",
            "ocr_text": words(i),
            "meme_anxiety_category": CATEGORIES[i % len(CATEGORIES)],
        }
        for i in range(rows)
    ]
    path = folder / "train.json"
    path.write_text(json.dumps(items), "utf-8")
    return path


def shipped_tasks(name: str) -> TaskSet:
    """Return a task set that ships with the app."""
    return read_named_task_set(name, Settings().assets)


def fake_material(
    path: Path,
    tasks: str = "pridemm",
    *,
    deal: Deal | None = None,
    encoder: Encoder | None = None,
    captioner: Captioner | None = None,
    **options: Any,
) -> Material:
    """Return a file in the fake encoder's features, unless another one is given."""
    bench = Workbench(
        settings=Settings(device="cpu"),
        encoder=encoder or FakeEncoder(),
        captioner=captioner,
        keeps=False,
    )
    files = DatasetFiles(source=(path,))
    return read_material(bench, files, deal or Deal(), task_set=shipped_tasks(tasks), **options)


def pridemm_material(folder: Path, **options: Any) -> Material:
    """Return the small PrideMM in the fake encoder's features."""
    return fake_material(write_pridemm(folder), **options)


def fresh_results(**facts: Any) -> Results:
    """Return results without cells."""
    return Results(kind="train", command="memeclip train", version="0", created=NOW, facts=facts)
