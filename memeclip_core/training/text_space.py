"""Learn the compact encoder's text space from texts alone; no label is seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from torch import Tensor

from memeclip_core.encoders.compact.ngrams import NgramIndex, index_ngrams
from memeclip_core.encoders.compact.text_space import TextSpace
from memeclip_core.errors import DatasetError

NGRAM_DIM: Final = 768
MIN_WORDS: Final = 5
MIN_PIECES: Final = 10
_OVERSAMPLE: Final = 64
_ROUNDS: Final = 3


def fit_text_space(
    texts: Sequence[str],
    sentences: np.ndarray,
    *,
    dim: int = NGRAM_DIM,
    min_words: int = MIN_WORDS,
    min_pieces: int = MIN_PIECES,
    seed: int = 0,
) -> TextSpace:
    """Learn the n-gram projection, and the mean and spread of the tower's output.

    Args:
        texts: N normalised texts.
        sentences: the sentence tower's raw output for them, float32 (N, W).
        dim: width of the n-gram block.
        min_words, min_pieces: in how many texts a word or a piece must occur to count.
        seed: of the randomised decomposition.

    Raises:
        DatasetError: if the texts hold too few n-grams for ``dim`` dimensions.
    """
    index = index_ngrams(texts, min_words=min_words, min_pieces=min_pieces)
    limit = min(len(texts), len(index.buckets))
    if limit < dim:
        raise DatasetError(
            f"{len(texts)} texts with {len(index.buckets)} frequent n-grams are too few for "
            f"{dim} dimensions. Give more texts."
        )
    columns = _decompose(_weigh_all(index, texts), dim, seed)
    step = np.maximum(np.abs(columns).max(0), np.finfo(np.float32).tiny) / 127
    return TextSpace(
        index=index,
        projection=np.rint(columns / step).astype(np.int8),
        step=step.astype(np.float32),
        mean=sentences.mean(0).astype(np.float32),
        std=(sentences.std(0) + 1e-6).astype(np.float32),
    )


def _weigh_all(index: NgramIndex, texts: Sequence[str]) -> Tensor:
    """Return the weights of all texts as a sparse matrix (N, K)."""
    found = [index.weigh(text) for text in texts]
    rows = np.repeat(np.arange(len(found)), [len(places) for places, _ in found])
    columns = np.concatenate([places for places, _ in found])
    values = np.concatenate([weights for _, weights in found])
    return torch.sparse_coo_tensor(
        torch.from_numpy(np.stack([rows, columns])),
        torch.from_numpy(values),
        (len(found), len(index.buckets)),
        check_invariants=True,
    ).coalesce()


def _decompose(matrix: Tensor, dim: int, seed: int) -> np.ndarray:
    """Return the leading right singular vectors (K, dim) of a sparse matrix (N, K).

    Randomised subspace iteration (Halko, Martinsson and Tropp, 2011, algorithm 4.4).
    """
    width = min(dim + _OVERSAMPLE, *matrix.shape)
    start = torch.randn(matrix.shape[1], width, generator=torch.Generator().manual_seed(seed))
    transposed = matrix.t().coalesce()
    basis = torch.linalg.qr(torch.sparse.mm(matrix, start))[0]
    for _ in range(_ROUNDS):
        basis = torch.linalg.qr(torch.sparse.mm(matrix, torch.sparse.mm(transposed, basis)))[0]
    small = torch.sparse.mm(transposed, basis).double()  # [k, width]
    # The squares of a few hundred singular values, instead of a decomposition of the tall matrix.
    squares, turn = torch.linalg.eigh(small.T @ small)
    leading = torch.arange(width - 1, width - 1 - dim, -1)
    lengths = squares[leading].clamp_min(torch.finfo(torch.float32).tiny).sqrt()
    vectors: np.ndarray = (small @ turn[:, leading] / lengths).float().numpy()
    return vectors
