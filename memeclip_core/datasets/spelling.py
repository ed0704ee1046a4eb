"""A label as people, programs and spreadsheets write it, in whatever case and dress."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from memeclip_core.datasets.formats.cells import is_gap
from memeclip_core.memes.normal_form import normal_form
from memeclip_core.tasks import Label, Task

SEPARATORS = ("|", ";", ",", "\n")
"""Between the labels of one cell, where a task takes several."""

_DASHES = r"\-\u2010-\u2015\u2212"
_NUMBER = re.compile(rf"([+{_DASHES}]?)\s*(\d+(?:\.\d*)?(?:e[+-]?\d+)?)")
_GLUE = re.compile(rf"[\s_{_DASHES}]+")
_ACCENTS = re.compile(r"[\u0300-\u036f]")
_QUOTES = " \t\r\n'\"`\u2018\u2019\u201c\u201d"
"""What a program puts around a word, and a spreadsheet before a number."""
_COMMA = re.compile(r"^(\d+),0+$")
"""A number as a spreadsheet writes it where a comma parts decimals."""
_SIGNS = dict.fromkeys(("true", "t", "yes", "y"), "1") | dict.fromkeys(
    ("false", "f", "no", "n"), "0"
)
"""What a spreadsheet, a program or a person writes for 1 and 0."""


def read_spelling(task: Task, cell: str) -> tuple[str, ...] | None:
    """Return the names of the labels that a cell plainly means, or ``None`` if it means none.

    A label is known by its value in the dataset, its name or what people read on the page, written
    in any case, with blanks, hyphens or underscores, quoted, without accents, and a number also
    with a point or an exponent (``1.0``, ``1e+00``).
    Several labels of a task that takes several may stand in one cell; none of them are meant by
    what the task lists as ``none``.
    """
    name = _find(task, cell)
    if name is None and task.kind == "multiclass":
        name = _find(task, _COMMA.sub(r"\1", cell.strip()))
    if name is not None:
        return (name,)
    if task.kind == "multilabel":
        if fold_word(cell) in map(fold_word, task.none):
            return ()
        for separator in SEPARATORS:
            names = _part(task, cell.split(separator), separator)
            if names:
                return names
    return None


def is_missing(task: Task, cell: str) -> bool:
    """Say whether a cell that is no label says that the row has none."""
    return cell in task.missing or is_gap(cell)


def read_sign(cell: str) -> bool | None:
    """Say whether a cell is a yes or a no, such as 1, true or "no"; ``None`` if it is neither."""
    word = fold_word(cell)
    return {"1": True, "0": False}.get(_SIGNS.get(word, word))


def _part(task: Task, parts: list[str], separator: str) -> tuple[str, ...] | None:
    """Return the labels of a cell's parts; a label's own name may hold the separator."""
    if separator == "\n":
        parts = [part for part in parts if part.strip()]
    names: dict[str, None] = {}
    at, most = 0, _count_parts(task, separator)
    while at < len(parts):
        if not parts[at].strip():
            at += 1
            continue
        for end in range(min(len(parts), at + most), at, -1):
            name = _find(task, separator.join(parts[at:end]))
            if name is not None:
                names[name] = None
                at = end
                break
        else:
            return None
    return tuple(names)


def _find(task: Task, cell: str) -> str | None:
    exact, folded = _list_spellings(task)
    return exact.get(cell) or folded.get(fold_word(cell))


@lru_cache(maxsize=256)
def _count_parts(task: Task, separator: str) -> int:
    """Return into how many parts a separator cuts a label's name at most."""
    # Folded, a line end is a blank.
    cuts = (separator, " ") if separator == "\n" else (separator,)
    return 1 + max(
        sum(map(word.count, cuts)) for spellings in _list_spellings(task) for word in spellings
    )


@lru_cache(maxsize=64)
def _list_spellings(task: Task) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Return names by what is written just so, and by what is folded and means one label alone."""
    exact = {label.name: label.name for label in task.labels}
    exact |= {word: label.name for label in task.labels for word in label.also}
    exact |= {label.value: label.name for label in task.labels}
    by_value = {fold_word(label.value): label.name for label in task.labels}
    folded: dict[str, str] = {}
    if set(by_value) == {"0", "1"}:
        folded |= {word: by_value[number] for word, number in _SIGNS.items()}
    # What comes later wins: a value is what the dataset's own files hold.
    for spelt in (
        [(fold_word(label.display), label.name) for label in task.labels],
        [(fold_word(label.name), label.name) for label in task.labels],
        [(fold_word(word), label.name) for label in task.labels for word in _values(label)],
    ):
        for word, name in spelt:
            if {other for said, other in spelt if said == word} == {name}:
                folded[word] = name
            else:
                folded.pop(word, None)
    return exact, folded


def _values(label: Label) -> tuple[str, ...]:
    return label.value, *label.also


def fold_word(word: str) -> str:
    """Return a word without case, accents, quotes and what cannot be seen, a number as it is."""
    plain = normal_form("NFKC", word).casefold()
    plain = "".join(char for char in plain if unicodedata.category(char) != "Cf").strip(_QUOTES)
    number = _NUMBER.fullmatch(plain)
    if number and (size := float(number[2])).is_integer():
        # A dash before a number is its sign, whichever dash: -1 is not 1.
        sign = "" if number[1] in ("", "+") else "-"
        return f"{sign}{int(size)}"
    plain = _ACCENTS.sub("", normal_form("NFD", plain))
    return _GLUE.sub(" ", normal_form("NFC", plain)).strip()
