"""Tasks that Label Studio exported, as the records of any other list."""

from __future__ import annotations

from collections import Counter
from pathlib import PurePosixPath
from typing import Any

from memeclip_core.datasets.formats.rows import Item


def flatten_task(item: Item) -> Item:
    """Return a task of Label Studio as a record: its data, and the choices by their control.

    What a reviewer marked as the truth counts, or else what more annotators chose than anything
    else; where they are even, the control has no answer. Other records are returned as they are.
    """
    data = None if isinstance(item, str) else item.get("data")
    if isinstance(item, str) or not isinstance(data, dict):
        return item
    given: Any = item.get("annotations", item.get("completions"))
    if not isinstance(given, list):
        return item
    made = [one for one in given if isinstance(one, dict) and not one.get("was_cancelled")]
    made = [one for one in made if one.get("ground_truth")] or made
    record: dict[str, object] = dict(data)
    if isinstance(record.get("image"), str):
        # An address, or a path of Label Studio's own: the file is known by its name.
        record["image"] = PurePosixPath(str(record["image"]).partition("?")[0]).name
    votes: dict[str, Counter[tuple[str, ...]]] = {}
    for one in made:
        for name, chosen in _choices(one).items():
            votes.setdefault(name, Counter())[chosen] += 1
    for name, counted in votes.items():
        (first, most), *others = counted.most_common(2)
        if not others or others[0][1] < most:
            record[name] = list(first) if len(first) != 1 else first[0]
    return record


def _choices(annotation: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    found = {}
    for part in annotation.get("result") or []:
        if isinstance(part, dict) and part.get("type") == "choices":
            value = part.get("value")
            chosen = value.get("choices") if isinstance(value, dict) else None
            if isinstance(chosen, list):
                found[str(part.get("from_name"))] = tuple(sorted(map(str, chosen)))
    return found
