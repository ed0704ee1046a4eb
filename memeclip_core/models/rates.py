"""What a starter gets wrong, by class and by group of people, as it was measured once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from memeclip_core.records.model import ErrorRate
from memeclip_core.storage.files import load_json

RATES = "rates.json"


def read_error_rates(folder: Path) -> tuple[ErrorRate, ...]:
    """Return a checkpoint's rates; none where none were measured, or the file is damaged."""
    try:
        tasks = load_json((folder / RATES).read_bytes())["tasks"]
        return tuple(
            _read(task, item, kind == "groups")
            for task, found in tasks.items()
            for kind in ("classes", "groups")
            for item in found[kind]
            if kind == "groups" or item["missed"]["n"]
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return ()


def _read(task: str, item: dict[str, Any], group: bool) -> ErrorRate:
    values = item if group else item["missed"]
    return ErrorRate(
        task=task, subject=str(item["group" if group else "class"]), group=group,
        n=int(values["n"]), rate=float(values["rate"]), low=float(values["low"]),
        high=float(values["high"]),
    )  # fmt: skip
