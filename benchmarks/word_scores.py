"""How well a reader's words match the words on the picture."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WordScore:
    """Words counted on one meme, or summed over many.

    Attributes:
        matched: words both in the reading and in the truth, counted with repetition.
        in_order: length of the longest common subsequence of the two word sequences.
        predicted: words in the reading.
        expected: words in the truth.
    """

    matched: int
    in_order: int
    predicted: int
    expected: int

    @property
    def precision(self) -> float:
        """Share of the words read that are right; nan where nothing was read."""
        return self.matched / self.predicted if self.predicted else float("nan")

    @property
    def recall(self) -> float:
        """Share of the true words that were read; nan where there are none."""
        return self.matched / self.expected if self.expected else float("nan")

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall, in [0, 1]; nan where both sides are empty."""
        return self._f1(self.matched)

    @property
    def ordered_f1(self) -> float:
        """The same with only words in the right order counted (ROUGE-L, Lin 2004); <= f1."""
        return self._f1(self.in_order)

    def _f1(self, hits: int) -> float:
        total = self.predicted + self.expected
        return 2 * hits / total if total else float("nan")


def words_of(text: str) -> list[str]:
    """Split at white space, lower-case, and drop everything but letters and digits."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    bare = ("".join(c for c in word if c.isalnum()) for word in folded.split())
    return [word for word in bare if word]


def compute_word_f1(predicted: str, truth: str) -> WordScore:
    """Compare a reading with the truth as bags, and as sequences, of words."""
    read, true = words_of(predicted), words_of(truth)
    matched = sum((Counter(read) & Counter(true)).values())
    return WordScore(
        matched=matched,
        in_order=_longest_common_subsequence(read, true),
        predicted=len(read),
        expected=len(true),
    )


def pool_scores(scores: Iterable[WordScore]) -> WordScore:
    """Sum the counts over memes, so that every word weighs the same."""
    total = WordScore(matched=0, in_order=0, predicted=0, expected=0)
    for score in scores:
        total = WordScore(
            matched=total.matched + score.matched,
            in_order=total.in_order + score.in_order,
            predicted=total.predicted + score.predicted,
            expected=total.expected + score.expected,
        )
    return total


def compute_mean_f1(scores: Iterable[WordScore]) -> float:
    """Average F1 over memes, so that every meme weighs the same; nan where there is none.

    A meme without words on either side has no F1 and is left out.
    """
    values = [score.f1 for score in scores if score.predicted + score.expected]
    return sum(values) / len(values) if values else float("nan")


def _longest_common_subsequence(left: Sequence[str], right: Sequence[str]) -> int:
    row = [0] * (len(right) + 1)
    for word in left:
        diagonal = 0
        for j, other in enumerate(right, start=1):
            above = row[j]
            row[j] = diagonal + 1 if word == other else max(above, row[j - 1])
            diagonal = above
    return row[-1]
