"""Whatever reads what people send takes a time that grows with its length, not with its square."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from memeclip_core.app.guidelines import render_guidelines
from memeclip_core.datasets.formats.cells import read_words
from memeclip_core.datasets.formats.csv_file import parse_csv
from memeclip_core.datasets.formats.json_file import parse_json
from memeclip_core.datasets.pictures import Pictures, fold_name
from memeclip_core.datasets.spelling import fold_word, read_spelling
from memeclip_core.encoders.compact.ngrams import count_ngrams
from memeclip_core.errors import DatasetError, without_folders
from memeclip_core.explain.words import find_words
from memeclip_core.memes.near_duplicates import sketch_text
from memeclip_core.memes.text import normalize_text
from memeclip_core.records.mapping import read_column_map
from memeclip_core.storage.tree import Tree
from tests.factories.page_records import propaganda


def find_all(names: list[str]) -> None:
    """Find pictures that lie in other folders than a list says."""
    found = Pictures(Tree(root=Path("/r"), files={name: Path("/r", name) for name in names}))
    assert all(found.find(f"x/{name}") for name in names)


SHORT, TIMES = 5_000, 4
"""Characters, and how many times as many the longer value has: a square would take 16 times."""
SLACK = 0.05
"""Seconds of the processor that are no growth."""
TASK = propaganda().tasks[0]
LABEL = TASK.names[0]
MARKS = "\u0301", "\u0316"
READERS: dict[str, tuple[Callable[[Any], object], Callable[[int], Any]]] = {
    "text, line ends": (normalize_text, lambda n: f"a{chr(10) * n}b"),
    "text, blank lines": (normalize_text, lambda n: " \n" * (n // 2)),
    "text, a name and line ends": (normalize_text, lambda n: f"@a{chr(10) * n}!"),
    "text, names": (normalize_text, lambda n: "\n@" * (n // 2) + "@a." * (n // 6) + "!"),
    "text, links": (normalize_text, lambda n: "http://www." * (n // 11)),
    "text, stamps": (normalize_text, lambda n: "made on memes " * (n // 28) + "memes." + " " * n),
    "text, marks": (normalize_text, lambda n: "a" + "".join(mark * (n // 2) for mark in MARKS)),
    "text, marks that are two": (normalize_text, lambda n: "a" + "\u0f73" * n),
    "text, marks that are letters": (normalize_text, lambda n: "a" + "\u0301\uff9e" * (n // 2)),
    "text to compare": (sketch_text, lambda n: "a b" * (n // 3)),
    "text in pieces": (count_ngrams, lambda n: "ab " * (n // 6) + "a" * (n // 2)),
    "text in words": (find_words, lambda n: " a" * (n // 4) + " " * (n // 2)),
    "guidelines, brackets": (lambda text: render_guidelines(text, "p"), lambda n: "[" * n),
    "guidelines, stars": (lambda text: render_guidelines(text, "p"), lambda n: "*a " * (n // 3)),
    "message, folders": (without_folders, lambda n: "-/a" * (n // 6) + " /" * (n // 4) + "a"),
    "columns, commas": (read_column_map, lambda n: ["a" + ", " * (n // 2) + "b"]),
    "columns, words": (read_column_map, lambda n: ["a" + ", b" * (n // 3)]),
    "name, marks": (fold_name, lambda n: "a" + "".join(mark * (n // 2) for mark in MARKS)),
    "names, all alike": (find_all, lambda n: [f"{k}/a.png" for k in range(n // 10)]),
    "label, marks": (fold_word, lambda n: "a" + "".join(mark * (n // 2) for mark in MARKS)),
    "label, digits": (fold_word, lambda n: "1" * (n // 2) + "." + "0" * (n // 2) + "e"),
    "labels, upright lines": (lambda cell: read_spelling(TASK, cell), lambda n: "a|" * (n // 2)),
    "labels, blank ones": (lambda cell: read_spelling(TASK, cell), lambda n: "a" + "\n " * n),
    "labels, many": (
        lambda cell: read_spelling(TASK, cell), lambda n: f"{LABEL};" * (n // len(LABEL)) + "x"
    ),
    "cell, quotes": (read_words, lambda n: "['" + "\\'" * (n // 2) + "]"),
    "cell, quotes in turn": (read_words, lambda n: "[" + "'\"" * (n // 2) + "]"),
    "cell, numpy": (read_words, lambda n: "[" + "np.str_('\\'" * (n // 11) + "]"),
    "cell, an array": (read_words, lambda n: "array(" + ", dtype=a" * (n // 9) + ")x"),
    "cell, deep": (read_words, lambda n: "[" * 300 + "1," * (n // 2) + "1" + "]" * 300),
    "CSV, open quotes": (
        lambda data: parse_csv(data, Path("a.csv")),
        lambda n: b"text,label\n" + (b'a","b\n' + b"a,b\n" * 9) * (n // 5),
    ),
    "CSV, one wide row": (
        lambda data: parse_csv(data, Path("a.csv")), lambda n: b"text,label\na,b\n" + b"a," * n
    ),
    "JSON, open braces": (
        lambda data: parse_json(data, Path("a.json")),
        lambda n: b"[" + (b'\n{"a":[' + b"\n{}," * 30) * (n // 20),
    ),
    "JSON, by columns": (
        lambda data: parse_json(data, Path("a.json")),
        lambda n: str({f"c{k}": {f"{k}": 1} for k in range(n // 5)}).replace("'", '"').encode(),
    ),
}  # fmt: skip


def measure(read: Callable[[Any], object], value: Any) -> float:
    """Return the seconds of the processor that a value takes, the shortest of three tries."""
    took = []
    for _ in range(3):
        begun = time.thread_time()
        with suppress(DatasetError):
            read(value)
        took.append(time.thread_time() - begun)
    return min(took)


@pytest.mark.parametrize("what", READERS)
def test_time_grows_as_the_length_does(what: str) -> None:
    read, make = READERS[what]
    short, long = (measure(read, make(n)) for n in (SHORT, SHORT * TIMES))
    assert long < 2 * TIMES * short + SLACK
