"""Rebuild the compact encoder's text space from the texts of datasets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from memeclip_core.datasets.encoded import read_rows
from memeclip_core.encoders.compact.compact import ASSETS, TEXT_FILE
from memeclip_core.encoders.compact.files import write_part
from memeclip_core.encoders.compact.sentence import find_sentence_weights, load_sentence_tower
from memeclip_core.encoders.compact.text_space import to_arrays
from memeclip_core.memes.text import normalize_text
from memeclip_core.records.job import Progress
from memeclip_core.training.text_space import MIN_PIECES, MIN_WORDS, NGRAM_DIM, fit_text_space

BATCH = 64
SPLIT = "train"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFitReport:
    """How many texts were read, and how many n-grams of theirs count."""

    texts: int
    ngrams: int


def fit_text(
    *,
    dataset: Sequence[Path],
    out_dir: Path = ASSETS,
    dim: int = NGRAM_DIM,
    min_words: int = MIN_WORDS,
    min_pieces: int = MIN_PIECES,
    on_progress: Callable[[Progress], None] | None = None,
) -> TextFitReport:
    """Learn the text space, without labels, from datasets' ``train`` texts, and write it.

    The alignment and every trained head read features of this space: make them again afterwards.

    Args:
        dataset: published files or folders, each of a format of its own.
        out_dir: the compact encoder's folder: ``text.safetensors`` and its part of
            ``manifest.json`` are written.
        dim, min_words, min_pieces: see ``fit_text_space``.
        on_progress: called while encoding.

    Raises:
        DatasetError: if a file cannot be used or holds too few texts.
        EncoderError: if the sentence model is missing.
    """
    rows = [row for path in dataset for row in read_rows([path], SPLIT)]
    texts = [text for row in rows if (text := normalize_text(row.text))]
    tower = load_sentence_tower(find_sentence_weights(), device="cpu")
    sentences = []
    for start in range(0, len(texts), BATCH):
        sentences.append(tower.encode(texts[start : start + BATCH]))
        if on_progress is not None:
            done = min(start + BATCH, len(texts))
            on_progress(Progress(done=done, total=len(texts), message="encoding texts"))
    space = fit_text_space(
        texts, np.concatenate(sentences), dim=dim, min_words=min_words, min_pieces=min_pieces
    )
    report = TextFitReport(texts=len(texts), ngrams=len(space.index.buckets))
    write_part(
        out_dir,
        "text",
        file=TEXT_FILE,
        arrays=to_arrays(space),
        command="memeclip fit-text --dataset PATH … --out DIR",
        facts={
            "split": SPLIT,
            "datasets": [path.name for path in dataset],
            "texts": report.texts,
            "ngrams": report.ngrams,
            "dim": dim,
            "min_words": min_words,
            "min_pieces": min_pieces,
        },
    )
    return report
