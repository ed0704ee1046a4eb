"""Maps as people write them: of a file's columns, and of old labels to new ones."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from memeclip_core.errors import ConfigError, DatasetError

ROLES = ("name", "image", "text", "split")
"""What a column can be, besides the labels of a task."""


def read_column_map(words: Sequence[str]) -> dict[str, str]:
    """Read ``image=file text=caption hate=label``: what a column is, and its name in the file.

    Raises:
        DatasetError: if it cannot be read, or names neither an image nor a text.
    """
    columns: dict[str, str] = {}
    for pair in (pair for word in words for pair in re.split(r"[\s,]+(?=[\w.-]+=)", word.strip())):
        role, equals, column = pair.partition("=")
        if not equals or not role.strip() or not column.strip() or role.strip() in columns:
            raise DatasetError(
                f"The column map holds '{pair}', which is not one NAME=COLUMN, or names it twice. "
                f"Known names: {', '.join(ROLES)}, and the columns of your task file. "
                'Example: --columns "image=file text=caption hate=label split=fold".'
            )
        columns[role.strip()] = column.strip()
    if not {"image", "text"} & set(columns):
        raise DatasetError(
            "The column map names neither an image nor a text. Add image=COLUMN or text=COLUMN."
        )
    return columns


def parse_mapping(lines: Iterable[str]) -> dict[str, dict[str, str | None]]:
    """Read where labels lead, one a line: ``task: old -> new``, or ``task: old ->`` for nowhere.

    Raises:
        ConfigError: naming every line that cannot be read.
    """
    mapping: dict[str, dict[str, str | None]] = {}
    faults = []
    for line in lines:
        if not line.strip():
            continue
        task, colon, rest = line.partition(":")
        old, arrow, new = rest.rpartition("->")
        key, name = task.strip(), old.strip()
        if not (colon and arrow and key and name) or name in mapping.get(key, {}):
            faults.append(f"'{line.strip()[:80]}'")
            continue
        mapping.setdefault(key, {})[name] = new.strip() or None
    if faults:
        raise ConfigError(
            f"These lines cannot be read, or name a label twice: {'; '.join(faults)}. Write one "
            "label a line, as in 'stance: Oppose -> Against', or 'stance: Oppose ->' if it is gone."
        )
    return mapping
