"""Write what the starters get wrong, by class and by group of people: checkpoints/*/rates.json.

    .venv/bin/python scripts/rates.py DATA

The rows are those that a starter was not trained on, with their features from its replay file. DATA
holds the datasets' own files (``pridemm/PrideMM.csv``, ``propaganda/val.jsonl`` and so on), since a
replay file has no texts: only counts are written. ``assets/groups.yaml`` says by which words a text
is about whom. ``scripts/cards.py`` puts the rates into the cards.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from memeclip_core.evaluation.rates import NO_GROUP, GroupRates, Rate, compute_group_rates
from memeclip_core.experiments.outcomes import Outcome, score_outcome
from memeclip_core.memes.text import text_id
from memeclip_core.models.checkpoints import HEAD, read_checkpoint, read_manifest, read_replay
from memeclip_core.models.rates import RATES
from memeclip_core.models.replay import VAL
from memeclip_core.training.rows import LabelledRows

ROOT = Path(__file__).resolve().parent.parent
FEWEST = 5
"""A group of fewer rows is left out: its rate says nothing."""


def measure(folder: Path, texts: dict[str, str]) -> dict[str, Any]:
    """Return a starter's error rates on the rows that it was not trained on.

    Args:
        folder: the checkpoint's.
        texts: of memes, by their ids; rows without one are in no group of people.
    """
    model, replay = read_checkpoint(folder), read_replay(folder)
    every = LabelledRows(features=replay.features, labels=replay.labels)
    rows = every.take(replay.rows(VAL))
    words = yaml.safe_load((ROOT / "assets" / "groups.yaml").read_text(encoding="utf-8"))
    tasks = {}
    for task in model.heads:
        outcome = score_outcome(model, task, rows, rows.features.ids)
        groups = [find_groups(texts.get(place, ""), words) for place in outcome.places]
        if task == "hate" and "target" in model.heads:
            add_targets(groups, outcome, rows, model.heads["target"].labels)
        tasks[task] = {
            "rows": len(outcome.labels),
            "classes": list(measure_classes(outcome)),
            "groups": [
                {"group": one.group, **to_plain(wrong(one))}
                for one in compute_group_rates(outcome.labels, outcome.decisions, groups)
                if one.group != NO_GROUP and one.n >= FEWEST
            ],
        }
    return {"head": read_manifest(folder)["files"][HEAD], "rows": len(rows), "tasks": tasks}


def measure_classes(outcome: Outcome) -> Iterator[dict[str, Any]]:
    """Yield for each class how often it is missed, and how often said where it does not hold."""
    (every,) = compute_group_rates(outcome.labels, outcome.decisions, [()] * len(outcome.labels))
    for name, found, alarms in zip(outcome.names, every.found, every.alarms, strict=True):
        yield {"class": name, "missed": to_plain(invert(found)), "alarms": to_plain(alarms)}


def find_groups(text: str, words: dict[str, list[str]]) -> list[str]:
    """Return the groups of people that a text names."""
    said = set(re.findall(r"[a-z]+(?:-[a-z]+)?", text.lower()))
    said |= {part for word in said for part in word.split("-")}
    return [group for group, names in words.items() if not said.isdisjoint(names)]


def add_targets(
    groups: list[list[str]], outcome: Outcome, rows: LabelledRows, names: tuple[str, ...]
) -> None:
    """Add to each hateful row at whom it is aimed."""
    places = {place: row for row, place in enumerate(rows.features.ids)}
    for own, place in zip(groups, outcome.places, strict=True):
        target = int(rows.labels["target"][places[place]])
        if target >= 0:
            own.append(f"hate aimed at: {names[target]}")


def wrong(group: GroupRates) -> Rate:
    """Return how many rows of a group are wrong in some class."""
    return invert(group.right)


def invert(rate: Rate) -> Rate:
    return Rate(
        hits=rate.n - rate.hits, n=rate.n, value=1 - rate.value, low=1 - rate.high,
        high=1 - rate.low,
    )  # fmt: skip


def to_plain(rate: Rate) -> dict[str, Any]:
    """Return a rate as JSON has it, rounded to what is shown."""
    if rate.n == 0:
        return {"n": 0}
    shown = (("rate", rate.value), ("low", rate.low), ("high", rate.high))
    return {"n": int(rate.n), **{name: round(float(value), 3) for name, value in shown}}


def read_texts(data: Path) -> dict[str, str]:
    """Return the texts of all datasets by the ids of their memes."""
    texts = []
    with (data / "pridemm" / "PrideMM.csv").open(encoding="utf-8", newline="") as file:
        texts += [row["text"] for row in csv.DictReader(file)]
    for name in ("restore/train.json", "restore/val.json", "axiom/train.json"):
        texts += [row["ocr_text"] for row in json.loads((data / name).read_text(encoding="utf-8"))]
    found = {text_id(text): text for text in texts}
    lines = (data / "propaganda" / "val.jsonl").read_text(encoding="utf-8").splitlines()
    for row in map(json.loads, lines):
        for path in (data / "propaganda").rglob(Path(row["image"]).name):
            found[hashlib.sha256(path.read_bytes()).hexdigest()] = row["text"]
    return found


def main(words: list[str]) -> None:
    """Write all files."""
    texts = read_texts(Path(words[0]))
    for folder in sorted(path.parent for path in (ROOT / "checkpoints").glob("*/manifest.json")):
        found = measure(folder, texts)
        text = json.dumps(found, indent=1, ensure_ascii=False)
        (folder / RATES).write_text(text + "\n", encoding="utf-8")
        print(f"{folder.name}: {found['rows']} rows")


if __name__ == "__main__":
    np.seterr(all="raise")
    main(sys.argv[1:])
