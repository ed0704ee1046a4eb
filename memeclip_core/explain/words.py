"""A text without each of its words, one at a time.

After Li, Monroe and Jurafsky, 2016, Understanding Neural Networks through Representation Erasure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from memeclip_core.explain.effects import Scores, explain_part
from memeclip_core.records.explanation import WordEffect
from memeclip_core.tasks import TaskSet

MOST_WORDS: Final = 200
"""Words that are left out, each of which takes a pass; few memes have more."""

_WORD: Final = re.compile(r"\S+")
_BLANKS: Final = re.compile(r"\s*")


class Span(NamedTuple):
    """Where a word stands: from ``start`` up to ``end``, which is not its own any more."""

    start: int
    end: int


def find_words(text: str) -> tuple[Span, ...]:
    """Return what stands between white space, in order."""
    return tuple(Span(*found.span()) for found in _WORD.finditer(text))


def leave_out(text: str, word: Span) -> str:
    """Return the text without a word and without the white space behind it."""
    found = _BLANKS.match(text, word.end)
    return text[: word.start] + text[found.end() if found else word.end :]


def explain_words(
    tasks: TaskSet, text: str, words: Sequence[Span], scores: Scores
) -> tuple[WordEffect, ...]:
    """Return what each word adds to each class.

    Args:
        tasks: whose answers.
        text: the meme's.
        words: those that were left out.
        scores: of the meme as it is, then of the meme without each word.
    """
    return tuple(
        WordEffect(
            word=text[word.start : word.end],
            start=word.start,
            end=word.end,
            tasks=explain_part(tasks, scores, row),
        )
        for row, word in enumerate(words, start=1)
    )
