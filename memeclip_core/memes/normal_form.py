"""Unicode's normal forms, in a time that grows with a text and not with its square."""

from __future__ import annotations

import unicodedata
from itertools import groupby
from typing import Final, Literal

LONG: Final = 1_000
"""Characters from which on the marks are put in order beforehand."""


def normal_form(form: Literal["NFC", "NFD", "NFKC", "NFKD"], text: str) -> str:
    """Return what ``unicodedata.normalize`` returns.

    That puts the marks of a letter in order by insertion: thousands that stand the wrong way round
    take a time of their number's square. Those of a long text are sorted here first, by which its
    normal forms stay what they are.
    """
    if len(text) > LONG and not text.isascii():
        text = _order_marks("NFKD" if form.startswith("NFK") else "NFD", text)
    return unicodedata.normalize(form, text)


def _order_marks(form: Literal["NFD", "NFKD"], text: str) -> str:
    apart = "".join(unicodedata.normalize(form, char) for char in text)
    runs = groupby(apart, key=lambda char: unicodedata.combining(char) > 0)
    return "".join(
        "".join(sorted(run, key=unicodedata.combining) if marks else run) for marks, run in runs
    )
