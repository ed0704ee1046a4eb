"""Learn the compact encoder's text space from texts alone; no label is seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from memeclip_core.encoders.compact.ngrams import index_ngrams
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
    # Imported when needed: a second, which making the other part of the encoder does without.
    from scipy.sparse import csr_array
    from sklearn.utils.extmath import randomized_svd

    index = index_ngrams(texts, min_words=min_words, min_pieces=min_pieces)
    limit = min(len(texts), len(index.buckets))
    if limit < dim:
        raise DatasetError(
            f"{len(texts)} texts with {len(index.buckets)} frequent n-grams are too few for "
            f"{dim} dimensions. Give more texts."
        )
    places, weights = zip(*map(index.weigh, texts), strict=True)
    ends = np.cumsum([0, *map(len, places)])
    matrix = csr_array(
        (np.concatenate(weights), np.concatenate(places), ends),
        shape=(len(texts), len(index.buckets)),
    )
    # The shipped text file was made by another implementation, with other random numbers.
    columns = randomized_svd(
        matrix,
        dim,
        n_oversamples=_OVERSAMPLE,
        n_iter=_ROUNDS,
        power_iteration_normalizer="QR",
        random_state=seed,
    )[2].T
    step = np.maximum(np.abs(columns).max(0), np.finfo(np.float32).tiny) / 127
    return TextSpace(
        index=index,
        projection=np.rint(columns / step).astype(np.int8),
        step=step.astype(np.float32),
        mean=sentences.mean(0).astype(np.float32),
        std=(sentences.std(0) + 1e-6).astype(np.float32),
    )
