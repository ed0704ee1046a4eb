"""Texts that are nearly the same: one word read differently, a comma more."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence

from memeclip_core.splits import join_pairs
from memeclip_core.text import normalize_text

GRAM = 5
NEAR_TEXT = 0.7
"""Two texts are nearly the same if their sets of five characters overlap (Jaccard) this much: in a
text of sixty letters, two may differ."""


def group_near_texts(texts: Sequence[str], *, threshold: float = NEAR_TEXT) -> tuple[int, ...]:
    """Put texts that are nearly the same into one group, through each other if need be.

    Case, punctuation and blanks do not count. A text without a letter or digit is like no other.
    Exact and deterministic: the prefix filter of Chaudhuri et al. (ICDE 2006) skips only pairs
    that cannot reach the threshold.

    Returns:
        a group number for each text: the place of the group's first text.
    """
    first: dict[str, int] = {}
    pairs: list[tuple[int, int]] = []
    for i, text in enumerate(texts):
        folded = fold_text(text)
        if folded:
            pairs.append((first.setdefault(folded, i), i))
    places = list(first.values())
    found = _near_pairs([_grams(folded) for folded in first], threshold)
    pairs += [(places[a], places[b]) for a, b in found]
    return join_pairs(len(texts), pairs)


def fold_text(text: str) -> str:
    """Return the text's letters and digits in lower case, words parted by one blank."""
    words = "".join(c if c.isalnum() else " " for c in normalize_text(text).casefold())
    return " ".join(words.split())


def _grams(folded: str) -> frozenset[str]:
    return frozenset(folded[i : i + GRAM] for i in range(max(len(folded) - GRAM + 1, 1)))


def _near_pairs(sets: Sequence[frozenset[str]], threshold: float) -> Iterator[tuple[int, int]]:
    """Yield pairs of sets that overlap enough.

    If they do, they share one of their rarest members: so many of each that the others are too
    few for the overlap. Smaller sets come first; one that is far smaller is not compared.
    """
    frequency = Counter(gram for grams in sets for gram in grams)
    index: dict[str, list[int]] = {}
    for i in sorted(range(len(sets)), key=lambda i: len(sets[i])):
        size = len(sets[i])
        rare = sorted(sets[i], key=lambda gram: (frequency[gram], gram))
        prefix = rare[: size - math.ceil(threshold * size) + 1]
        candidates = {j for gram in prefix for j in index.get(gram, ())}
        for j in sorted(candidates):
            if len(sets[j]) >= threshold * size:
                shared = len(sets[i] & sets[j])
                if shared >= threshold * (size + len(sets[j]) - shared):
                    yield j, i
        for gram in prefix:
            index.setdefault(gram, []).append(i)
