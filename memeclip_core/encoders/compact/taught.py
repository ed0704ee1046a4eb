"""Layers that were taught on memes' labels, above the sentence tower's own third layer.

There is one stack of layers for each part of the memes that taught them, and each stack was taught
on the other parts. A text that taught is read by the stack that never saw it, any other text by
all of them, whose answers are averaged: so a head meets its training texts as it will meet new
ones (cross-fitting; stacked generalisation, Wolpert, 1992). Only hashes say which texts taught.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from memeclip_core.encoders.compact.sentence import Part, mean_words
from memeclip_core.encoders.features import unit_rows
from memeclip_core.errors import EncoderError
from memeclip_core.memes.text import text_hash

_HASH_DIGITS: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TaughtLayers:
    """K stacks, and the texts that taught each.

    Attributes:
        stacks: each in place of the tower's own layers above ``sentence.BASE``.
        parts: for each of K parts, the sorted uint64 hashes of its texts (``hash_texts``); stack
            k was taught on all parts but the k-th.
        mean, std: float32 (WIDTH,), of the pooled output over the texts that taught.
    """

    stacks: tuple[Part, ...]
    parts: tuple[np.ndarray, ...]
    mean: np.ndarray
    std: np.ndarray

    def choose(self, texts: Sequence[str]) -> np.ndarray:
        """Return how much each stack says of each text: float32 (B, K), rows sum to 1."""
        hashes = hash_texts(texts)
        own = np.stack([np.isin(hashes, part) for part in self.parts], axis=1)
        taught = own.any(1, keepdims=True)
        shares = np.where(taught, own, True).astype(np.float32)
        found: np.ndarray = shares / shares.sum(1, keepdims=True)
        return found

    def pool(self, states: np.ndarray, mask: np.ndarray, texts: Sequence[str]) -> np.ndarray:
        """Return the mean over words (B, WIDTH) of what the stacks make of a batch.

        Args:
            states: (B, S, WIDTH), the output of layer ``sentence.BASE``.
            mask: (B, S), 1 where there is a word.
            texts: normalised.
        """
        pooled = np.zeros((len(texts), states.shape[-1]), np.float32)
        for stack, share in zip(self.stacks, self.choose(texts).T, strict=True):
            rows = np.flatnonzero(share)
            if len(rows):
                own = mask[rows]
                pooled[rows] += share[rows, None] * mean_words(stack(states[rows], own), own)
        return pooled

    def standardize(self, raw: np.ndarray) -> np.ndarray:
        """Centre and scale the pooled output (B, WIDTH); each row gets the length sqrt(WIDTH)."""
        return unit_rows((raw - self.mean) / self.std) * np.float32(np.sqrt(raw.shape[1]))


def hash_texts(texts: Sequence[str]) -> np.ndarray:
    """Return the start of each text's hash: uint64 (B,)."""
    return np.array([int(text_hash(text)[:_HASH_DIGITS], 16) for text in texts], np.uint64)


def to_arrays(
    weights: Sequence[Mapping[str, np.ndarray]],
    *,
    parts: Sequence[np.ndarray],
    mean: np.ndarray,
    std: np.ndarray,
) -> dict[str, np.ndarray]:
    """Return the arrays that make up the layers, for a file.

    Args:
        weights: those of each stack by name; they are kept in half precision.
        parts, mean, std: see ``TaughtLayers``.
    """
    arrays = {"mean": mean, "std": std}
    for place, (own, part) in enumerate(zip(weights, parts, strict=True)):
        arrays[f"part{place}"] = part
        for name, weight in own.items():
            arrays[f"stack{place}.{name}"] = weight.astype(np.float16)
    return arrays


def from_arrays(
    arrays: Mapping[str, np.ndarray], load_stack: Callable[[dict[str, np.ndarray]], Part]
) -> TaughtLayers:
    """Build the layers from the arrays of ``to_arrays``.

    Args:
        load_stack: makes a stack of its weights, float32 by name.

    Raises:
        EncoderError: if arrays are missing, or do not fit the tower.
    """
    count = sum(name.startswith("part") for name in arrays)
    if not count:
        raise EncoderError("The compact encoder's file of taught layers holds none.")
    try:
        return TaughtLayers(
            stacks=tuple(load_stack(_pick(arrays, f"stack{place}.")) for place in range(count)),
            parts=tuple(arrays[f"part{place}"] for place in range(count)),
            mean=arrays["mean"],
            std=arrays["std"],
        )
    except (KeyError, EncoderError) as error:
        raise EncoderError(
            "The compact encoder's taught layers do not fit its sentence tower "
            f"({type(error).__name__}). Rebuild them with 'memeclip tune-text'."
        ) from None


def _pick(arrays: Mapping[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    return {
        name.removeprefix(prefix): array.astype(np.float32)
        for name, array in arrays.items()
        if name.startswith(prefix)
    }
