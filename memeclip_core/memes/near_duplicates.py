"""Which memes are the same or nearly so: texts with one word read differently or a comma more,
images saved again or scaled, and both as groups of memes."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Final

import numpy as np
from PIL import Image

from memeclip_core.memes.splits import SKETCH, GroupKeys, join_equal, join_keys, join_pairs
from memeclip_core.memes.text import normalize_text, text_key

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
    found = _near_texts([_grams(folded) for folded in first], threshold)
    pairs += [(places[a], places[b]) for a, b in found]
    return join_pairs(len(texts), pairs)


def fold_text(text: str) -> str:
    """Return the text's letters and digits in lower case, words parted by one blank."""
    words = "".join(c if c.isalnum() else " " for c in normalize_text(text).casefold())
    return " ".join(words.split())


def _grams(folded: str) -> frozenset[str]:
    return frozenset(folded[i : i + GRAM] for i in range(max(len(folded) - GRAM + 1, 1)))


def _near_texts(sets: Sequence[frozenset[str]], threshold: float) -> Iterator[tuple[int, int]]:
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


SIDE = 32
MAX_BITS = 12
"""Of the 64 bits of two prints, this many may differ."""
MAX_DIFFERENCE = 3.0
"""Of 255: the mean difference between two thumbnails. 200 photographs saved again at 0.8 of their
size and quality 60 stayed below 1.2; among 750 memes, the same picture with another caption, which
is another meme, was above 5."""
_BLOCKS: Final = 4
"""Blocks of a thumbnail across, and down."""
_SIGNS: Final = reduce(np.kron, [np.array([[1, 1], [1, -1]], np.int32)] * _BLOCKS)
"""Of 16 blocks, 16 ways to add or subtract (Walsh, 1923), a column each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagePrint:
    """What is kept of an image to compare it.

    Attributes:
        content: SHA-256 of the file.
        bits: 64 bits: whether brightness falls from each of 8 x 9 fields to the next in its row.
        thumbnail: 32 x 32 grey values, row by row.
    """

    content: str
    bits: int
    thumbnail: bytes


def print_image(image: Image.Image, content: str) -> ImagePrint:
    """Return an upright RGB image's print (the "difference hash"), and a thumbnail."""
    grey = image.convert("L")
    fields = np.asarray(grey.resize((9, 8), Image.Resampling.BILINEAR), dtype=np.int16)
    falls = (fields[:, :-1] > fields[:, 1:]).ravel()
    small = grey.resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    return ImagePrint(
        content=content,
        bits=int.from_bytes(np.packbits(falls).tobytes(), "big"),
        thumbnail=small.tobytes(),
    )


def group_near_images(prints: Sequence[ImagePrint | None]) -> tuple[int, ...]:
    """Put images that are nearly the same into one group, through each other if need be.

    Args:
        prints: one an image; ``None`` is like no other.

    Returns:
        a group number for each image: the place of the group's first image.
    """
    first: dict[tuple[int, bytes], int] = {}
    pairs: list[tuple[int, int]] = []
    known: list[ImagePrint] = []
    for i, item in enumerate(prints):
        if item is not None:
            same = first.setdefault((item.bits, item.thumbnail), i)
            pairs.append((same, i))
            if same == i:
                known.append(item)
    places = list(first.values())
    pairs += [(places[a], places[b]) for a, b in _near_images(known)]
    return join_pairs(len(prints), pairs)


def _near_images(prints: Sequence[ImagePrint]) -> Iterator[tuple[int, int]]:
    """Yield pairs of images that are nearly the same.

    Exact: two thumbnails differ by at least as much as the sums of their blocks, and these by at
    least as much as their total with whatever signs. So an image is compared with those alone
    whose total lies within the bound, with the signs under which totals differ most: pages of one
    mean grey still differ between top and bottom.
    """
    seen = np.frombuffer(b"".join(item.thumbnail for item in prints), np.uint8)
    thumbnails = seen.reshape(len(prints), SIDE * SIDE)
    cells = seen.reshape(len(prints), _BLOCKS, SIDE // _BLOCKS, _BLOCKS, SIDE // _BLOCKS)
    blocks = cells.sum(axis=(2, 4), dtype=np.int32).reshape(len(prints), _BLOCKS * _BLOCKS)
    totals = blocks @ _SIGNS
    total = totals[:, np.ptp(totals, axis=0).argmax() if prints else 0]
    order = np.argsort(total, kind="stable")
    bits = np.array([item.bits for item in prints], dtype=np.uint64)[order]
    sums, furthest = blocks[order], int(MAX_DIFFERENCE * SIDE * SIDE)
    ends = np.searchsorted(total[order], total[order] + furthest, side="right")
    for i, end in enumerate(ends.tolist()):
        alike = np.bitwise_count(bits[i + 1 : end] ^ bits[i]) <= MAX_BITS
        close = i + 1 + np.flatnonzero(alike)
        close = order[close[np.abs(sums[close] - sums[i]).sum(axis=1) <= furthest]]
        if close.size:
            own = int(order[i])
            apart = np.abs(thumbnails[close].astype(np.int16) - thumbnails[own]).mean(axis=1)
            yield from ((own, int(j)) for j in close[apart <= MAX_DIFFERENCE])


def key_memes(ids: Sequence[str], texts: Sequence[str]) -> GroupKeys:
    """Return what N memes are recognised by, from their ids and texts."""
    sketches = [sketch_text(text) for text in texts]
    return GroupKeys(
        ids=tuple(ids),
        texts=np.array([_start(text_key(text)) for text in texts], np.uint64),
        sketches=np.stack(sketches) if sketches else np.zeros((0, SKETCH), np.uint8),
    )


def key_ids(ids: Sequence[str], has_image: np.ndarray) -> GroupKeys:
    """Return what little N rows are recognised by of which only ids are kept.

    The id of a row without image is the hash of its text; others' texts are unknown.
    """
    starts = [0 if own else _start(meme) for meme, own in zip(ids, has_image, strict=True)]
    return GroupKeys(
        ids=tuple(ids),
        texts=np.array(starts, np.uint64),
        sketches=np.zeros((len(starts), SKETCH), np.uint8),
    )


def group_memes(*parts: GroupKeys) -> tuple[np.ndarray, ...]:
    """Put memes into one group that share a key, directly or through others.

    Returns:
        for each part, the group number of each of its memes; numbers hold across parts.
    """
    keys = join_keys(parts)
    texts = [str(number) if number else None for number in keys.texts.tolist()]
    equal = join_equal(keys.ids, texts)
    # Of equal texts one is compared with the others: they would crowd out what is nearly equal.
    first = np.unique(keys.texts, return_index=True)[1]
    near = pair_near_sketches(keys.sketches[first])
    pairs = [(int(first[a]), int(first[b])) for a, b in near]
    groups = np.array(join_pairs(len(keys), [*enumerate(equal), *pairs]), np.int64)
    ends = np.cumsum([len(part) for part in parts])[:-1]
    return tuple(np.split(groups, ends))


def _start(digest: str | None) -> int:
    return 0 if digest is None else int(digest[:16], 16)
