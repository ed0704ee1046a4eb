"""Maps as people write them: of a file's columns, and of old labels to new ones."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from memeclip_core.errors import ConfigError, DatasetError

ROLES = ("name", "image", "text", "split")
"""What a column can be, besides the labels of a task."""
WHERE = "where"
"""Before the column by which rows are taken, as in ``where:lang=en``."""
NONE = "none"
"""After a task, for the values that mean that none of its labels holds, as in ``kind:none=0``."""
JOINED = "+"
"""Between the columns of one task that say 1 or 0 for each of its labels."""
EITHER = "|"
"""Between values that mean the same."""
_BETWEEN = re.compile(r"(?<![\s,])[\s,]++(?=[\w.:-]+=)")
NAMED = 20
"""Faults that one sentence names; of more it says how many."""


def read_column_map(words: Sequence[str]) -> dict[str, str]:
    """Read ``image=file text=caption hate=label``: what a column is, and its name in the file.

    Further, ``kinds=shaming+violence`` joins columns of 1 and 0, whose names are the labels;
    ``harm:Harmful=some|much`` says which values mean a label, ``kinds:none=0`` which mean that none
    holds; ``where:lang=en|de`` takes the rows that have one of these values.

    Raises:
        DatasetError: if it cannot be read, names neither an image nor a text, or says what the
            values of a column mean that it does not name.
    """
    columns: dict[str, str] = {}
    pairs = (p for word in words for p in _BETWEEN.split(word.strip()))
    for pair in pairs:
        role, equals, column = pair.partition("=")
        if not equals or not role.strip() or not column.strip() or role.strip() in columns:
            raise DatasetError(
                f"The column map holds '{pair[:80]}', which is not one NAME=COLUMN, or names it "
                f"twice. Known names: {', '.join(ROLES)}, and the columns of your task file. "
                'Example: --columns "image=file text=caption hate=label split=fold".'
            )
        columns[role.strip()] = column.strip()
    if not {"image", "text"} & set(columns):
        raise DatasetError(
            "The column map names neither an image nor a text. Add image=COLUMN or text=COLUMN."
        )
    for role in columns:
        task, colon, meant = role.partition(":")
        if colon and (not meant or (task != WHERE and (task in ROLES or task not in columns))):
            named, pair = task[:80], f"{role}={columns[role]}"[:80]
            raise DatasetError(
                f"The column map holds '{pair}', and no column for the labels of '{named}'. Add "
                f"{named}=COLUMN, or write {WHERE}:COLUMN=VALUE to take some rows."
            )
    return columns


def parse_mapping(lines: Iterable[str]) -> dict[str, dict[str, str | None]]:
    """Read where labels lead, one a line: ``task: old -> new``, or ``task: old ->`` for nowhere.

    Raises:
        ConfigError: naming the lines that cannot be read.
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
        more = f"; and {len(faults) - NAMED:,} more" if len(faults) > NAMED else ""
        raise ConfigError(
            "These lines cannot be read, or name a label twice: "
            f"{'; '.join(faults[:NAMED])}{more}. Write one label a line, as in 'stance: Oppose -> "
            "Against', or 'stance: Oppose ->' if it is gone."
        )
    return mapping
