"""Words and pieces of words as hashed counts: what a sentence encoder's vocabulary misses.

Memes live on slang, spelling jokes and names, which a sentence encoder splits into pieces that
mean little to it. Hashing them needs no list of words, so none has to be stored.
"""

from __future__ import annotations

import math
import re
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

BUCKETS: Final = 1 << 20
"""Hash values per family; few enough to store, enough that collisions are rare."""

_TOKEN: Final = re.compile(r"\w+|[^\w\s]+")
_WORD_ORDERS: Final = (1, 2)
_PIECE_LENGTHS: Final = range(2, 6)


def count_ngrams(text: str) -> tuple[Counter[int], Counter[int]]:
    """Return how often each bucket occurs: of words and pairs, and of pieces of 2 to 5 letters.

    Pieces do not cross words, and see a blank at either end of theirs. Buckets of words lie in
    [0, BUCKETS), those of pieces in [BUCKETS, 2 * BUCKETS).
    """
    tokens = _TOKEN.findall(text.lower())
    words = (
        " ".join(tokens[i : i + order])
        for order in _WORD_ORDERS
        for i in range(len(tokens) - order + 1)
    )
    pieces = (
        padded[i : i + length]
        for padded in (f" {token} " for token in tokens)
        for length in _PIECE_LENGTHS
        for i in range(len(padded) - length + 1)
    )
    return Counter(map(_bucket, words)), Counter(BUCKETS + _bucket(piece) for piece in pieces)


def _bucket(gram: str) -> int:
    return zlib.crc32(gram.encode("utf-8", "surrogatepass")) % BUCKETS


@dataclass(frozen=True, slots=True, eq=False)
class NgramIndex:
    """The buckets that count, and how much.

    Attributes:
        buckets: sorted, int64 (K,).
        idf: inverse document frequency of each, float32 (K,).
    """

    buckets: np.ndarray
    idf: np.ndarray

    def count_known(self, text: str) -> tuple[int, int]:
        """Return how many words with a letter a text has, and how many of them are counted."""
        words = [token for token in _TOKEN.findall(text.lower()) if any(map(str.isalpha, token))]
        buckets = np.array([_bucket(word) for word in words], np.int64)
        return len(words), int(self._find(buckets)[1].sum())

    def weigh(self, text: str) -> tuple[np.ndarray, np.ndarray]:
        """Return the places among K of a text's n-grams, and their weights.

        A weight is (1 + ln count) * idf; words and pieces each have unit length.
        """
        places: list[np.ndarray] = []
        weights: list[np.ndarray] = []
        for counts in count_ngrams(text):
            place, weight = self._weigh_family(counts)
            places.append(place)
            weights.append(weight)
        return np.concatenate(places), np.concatenate(weights)

    def _weigh_family(self, counts: Counter[int]) -> tuple[np.ndarray, np.ndarray]:
        found = np.fromiter(counts.keys(), np.int64, len(counts))
        times = np.fromiter(counts.values(), np.float32, len(counts))
        place, known = self._find(found)
        place = place[known]
        weight = (1 + np.log(times[known])) * self.idf[place]
        length = float(np.linalg.norm(weight))
        return place, (weight / length if length else weight).astype(np.float32)

    def _find(self, buckets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return where buckets stand among K, and whether they do; K is not looked through."""
        place = np.minimum(np.searchsorted(self.buckets, buckets), len(self.buckets) - 1)
        return place, self.buckets[place] == buckets


def index_ngrams(texts: Sequence[str], *, min_words: int, min_pieces: int) -> NgramIndex:
    """Return the n-grams that occur in enough of the texts, with their idf.

    Args:
        texts: to learn from; ln((1 + N) / (1 + n)) + 1 is the idf of what n of N contain.
        min_words, min_pieces: in how many texts a word (or pair) and a piece must occur.
    """
    documents: Counter[int] = Counter()
    for text in texts:
        for counts in count_ngrams(text):
            documents.update(counts.keys())
    kept = sorted(
        bucket
        for bucket, n in documents.items()
        if n >= (min_words if bucket < BUCKETS else min_pieces)
    )
    idf = [math.log((1 + len(texts)) / (1 + documents[bucket])) + 1 for bucket in kept]
    return NgramIndex(np.array(kept, np.int64), np.array(idf, np.float32))
