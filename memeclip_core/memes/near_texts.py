"""Texts that are nearly the same: one word read differently, a comma more."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from memeclip_core.memes.splits import SKETCH, join_pairs
from memeclip_core.memes.text import normalize_text

GRAM = 5
NEAR_TEXT = 0.7
"""Two texts are nearly the same if their sets of five characters overlap (Jaccard) this much: in a
text of sixty letters, two may differ."""


_BAND: Final = 4
"""Bytes in a row that two sketches must have in common to be compared at all; nearly equal texts
fail to in one case of 7,000."""


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


def sketch_text(text: str) -> np.ndarray:
    """Return a text's MinHash (Broder, 1997), one byte of each minimum: uint8 (``SKETCH``,).

    It tells nearly equal texts from others where the texts themselves must not be kept. A text
    without a letter or digit has zeros.
    """
    folded = fold_text(text)
    if not folded:
        return np.zeros(SKETCH, np.uint8)
    letters = np.frombuffer(folded.encode("utf-32-le", errors="surrogatepass"), np.uint32)
    grams = np.lib.stride_tricks.sliding_window_view(letters, min(GRAM, len(letters)))
    numbers = _mix((grams.astype(np.uint64) * _POWERS[: grams.shape[1]]).sum(axis=1))
    least: np.ndarray = _mix(numbers[:, None] * _FACTORS + _OFFSETS).min(axis=0)
    return least.astype(np.uint8)


def pair_near_sketches(sketches: np.ndarray) -> Iterator[tuple[int, int]]:
    """Yield pairs of N sketches that agree enough, and with others' help connect all that do.

    Args:
        sketches: uint8 (N, ``SKETCH``); rows of zeros are like nothing else.
    """
    written = np.flatnonzero(sketches.any(axis=1))
    own = np.ascontiguousarray(sketches[written])
    least = NEAR_TEXT + (1 - NEAR_TEXT) / 256
    for band in own.view(np.dtype((np.void, _BAND))).T if len(own) else ():
        keys = np.frombuffer(band.tobytes(), np.uint32)
        order = np.argsort(keys, kind="stable")
        next_to = np.flatnonzero(keys[order[1:]] == keys[order[:-1]])
        low, high = order[next_to], order[next_to + 1]
        near = (own[low] == own[high]).mean(axis=1) >= least
        yield from zip(written[low[near]].tolist(), written[high[near]].tolist(), strict=True)


def _numbers(purpose: str, count: int) -> np.ndarray:
    """Return odd numbers that never change: sketches are kept in files."""
    digests = [hashlib.sha256(f"{purpose} {i}".encode()).digest()[:8] for i in range(count)]
    return np.frombuffer(b"".join(digests), "<u8").astype(np.uint64) | np.uint64(1)


def _mix(numbers: np.ndarray) -> np.ndarray:
    """Return numbers of which every bit depends on all bits of the given ones (splitmix64)."""
    mixed = numbers
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    found: np.ndarray = mixed ^ (mixed >> np.uint64(31))
    return found


_POWERS: Final = _numbers("power", GRAM)
_FACTORS: Final = _numbers("factor", SKETCH)
_OFFSETS: Final = _numbers("offset", SKETCH)
