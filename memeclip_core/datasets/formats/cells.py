"""What a cell of a table, or a value of a JSON object, says as words."""

from __future__ import annotations

import ast
import json
import math
import re
from collections.abc import Iterable, Iterator

GAPS = frozenset(
    (
        "", "na", "n/a", "n.a.", "#n/a", "#na", "<na>", "nan", "-nan", "nat", "null", "nil", "none",
        "-", "--",
    )
)  # fmt: skip
"""How programs and people write that there is nothing, in small letters."""

# One that is never closed goes on to the end, so that no later one is tried on as much again.
_QUOTED = re.compile(r"(['\"])(?:(?!\1)[^\\]|\\.)*+(?:\1|(\\?\Z))", re.DOTALL)
_CLOSED = r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\""
_SCALAR = re.compile(
    rf"\b(?:np|numpy)\.(?:(?:str|bytes|bool|u?int|float)(?:\d+|_)?\(({_CLOSED}|[^()]*)\)"
    r"|(True|False)_)",
    re.DOTALL,
)
_HOLDER = re.compile(r"(?:array|tensor|frozenset|set)\((.*?)(?:,\s*dtype=[^,()]*)?\)", re.DOTALL)
"""How numpy, torch and Python print what they hold."""
_NUMBERS = re.compile(r"[\s\d.,+-]+")
_LISTS = (list, tuple, set, frozenset)
_BRACKETS = {"[": "]", "(": ")", "{": "}"}


_FORMULA = re.compile(r"'*[=+\-@\t\r]")
"""How a cell begins that a spreadsheet runs, or that would be taken for a neutralised one."""


def neutralise(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula: with an apostrophe before it.

    So has one that begins like a neutralised cell, so that ``restore`` returns every cell.
    """
    return f"'{cell}" if _FORMULA.match(cell) else cell


def restore(cell: str) -> str:
    """Return a cell as it was before ``neutralise``."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def is_gap(word: str) -> bool:
    """Say whether a word stands for nothing, such as "NA", "nan" or "null"."""
    return word.strip().lower() in GAPS


def read_words(value: object) -> tuple[str, ...] | None:
    """Return the words of a value without repeats, or ``None`` where there is no value.

    A whole number is written without a point, since pandas makes 1.0 of every 1 in a column with
    gaps. A list is its words, whether it is a JSON list or a cell that holds one as JSON, Python
    or numpy print it; an empty one has none, which is an answer.
    """
    if isinstance(value, _LISTS):
        return tuple(dict.fromkeys(_list_words(value)))
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, dict):
        return (json.dumps(value, default=str),)
    if isinstance(value, float) and value.is_integer():
        return (str(int(value)),)
    word = _SCALAR.sub(lambda found: found[1] or found[2] or "", str(value).strip())
    holder = _HOLDER.fullmatch(word)
    if holder:
        word = holder[1].strip() or "[]"
    if not word:
        return None
    listed = _read_listed(word)
    return (word,) if listed is None else listed


def _list_words(values: Iterable[object]) -> Iterator[str]:
    """Yield the words of a list and of those in it, however deep they lie."""
    open_lists = [iter(values)]
    while open_lists:
        for item in open_lists[-1]:
            if isinstance(item, _LISTS):
                open_lists.append(iter(item))
                break
            yield from read_words(item) or ()
        else:
            open_lists.pop()


def _read_listed(cell: str) -> tuple[str, ...] | None:
    """Return the words of a cell that holds a list, or ``None`` if it is one word."""
    if len(cell) < 2 or _BRACKETS.get(cell[0]) != cell[-1]:
        return None
    if cell[0] == "[":
        try:
            return read_words(json.loads(cell))
        except (ValueError, RecursionError):
            pass
    inner = cell[1:-1]
    found = list(_QUOTED.finditer(inner))
    quoted = [one[0] for one in found if one[2] is None]
    if quoted and len(quoted) == len(found) and not _QUOTED.sub("", inner).strip(", \r\n"):
        words = [_unquote(word) for word in quoted]
    elif not quoted and (cell[0] == "[" or _NUMBERS.fullmatch(inner)):
        words = inner.split(",")
    else:
        return None
    return tuple(dict.fromkeys(word.strip() for word in words if word.strip()))


def _unquote(word: str) -> str:
    try:
        return str(ast.literal_eval(word))
    except (ValueError, SyntaxError):
        return word[1:-1]
