"""What a starter is meant for, what it was taught on and what it cannot do."""

from __future__ import annotations

from pathlib import Path

from memeclip_core.records.model import ModelCard
from memeclip_core.storage.files import load_json

CARD = "card.json"


def read_card(folder: Path) -> ModelCard | None:
    """Return a checkpoint's card; ``None`` where there is none, or the file is damaged."""
    try:
        found = load_json((folder / CARD).read_bytes())
        return ModelCard(
            use=str(found["use"]),
            data=str(found["data"]),
            source=str(found["source"]),
            limits=tuple(map(str, found["limits"])),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
