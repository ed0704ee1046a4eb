"""The compact encoder's own parts, made again: the shared space from captioned pictures, and the
text space from the texts of datasets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from PIL import Image

from memeclip_core.datasets.captions import read_captions
from memeclip_core.datasets.reader import read_dataset
from memeclip_core.datasets.selection import read_rows
from memeclip_core.encoders.compact import alignment as shared_space
from memeclip_core.encoders.compact import text_space
from memeclip_core.encoders.compact.alignment import Alignment
from memeclip_core.encoders.compact.compact import (
    ALIGNMENT_FILE,
    ASSETS,
    TEXT_FILE,
    load_towers,
    read_text_space,
    scale_image_features,
    scale_sentences,
)
from memeclip_core.encoders.compact.files import write_part
from memeclip_core.encoders.compact.text_space import TextSpace
from memeclip_core.errors import DatasetError
from memeclip_core.evaluation.ranking import compute_recall
from memeclip_core.memes.image import DEFAULT_LIMITS, load_image
from memeclip_core.memes.text import normalize_text
from memeclip_core.records.job import Progress
from memeclip_core.storage.tree import read_file
from memeclip_core.training.alignment import AlignConfig, Pairs, fit_alignment
from memeclip_core.training.text_space import MIN_PIECES, MIN_WORDS, NGRAM_DIM, fit_text_space

BATCH = 64
SPLIT = "train"
HELD_OUT = 1000
"""Pictures of the final figure, and as many again to choose the epoch by."""

_Item = TypeVar("_Item")
Report = Callable[[Progress], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlignReport:
    """How an alignment did.

    Attributes:
        train, val, test: how many pictures each part had; no picture is in two of them.
        val_recall: text-to-image recall@10 on the part that chose the epoch.
        recall: k → text-to-image recall@k on the test part, every one of ``queries`` captions.
    """

    train: int
    val: int
    test: int
    val_recall: float
    recall: dict[str, float]
    queries: int


def build_alignment(
    *,
    images_dir: Path,
    captions_file: Path,
    out_dir: Path = ASSETS,
    held_out: int = HELD_OUT,
    config: AlignConfig | None = None,
    on_progress: Report | None = None,
) -> AlignReport:
    """Encode pictures and captions once, train the two maps, measure and write them.

    Args:
        images_dir, captions_file: the pictures, and see ``read_captions``; pictures without a
            caption are left out.
        out_dir: the compact encoder's folder: its ``text.safetensors`` is read,
            ``alignment.safetensors`` and its part of ``manifest.json`` are written.
        held_out: how many pictures to measure on, and again to choose by.
        config, on_progress: the settings, and what is called while encoding and after every epoch.

    Raises:
        DatasetError: if the files cannot be used or hold too few pictures.
        EncoderError: if the compact encoder's other parts are missing.
    """
    config = config or AlignConfig()
    space = read_text_space(out_dir)
    pairs = _encode(space, images_dir, captions_file, on_progress)
    train, val, test = _split(pairs, held_out, config.seed)

    def report(epoch: int, loss: float, score: float) -> None:
        if on_progress is not None:
            on_progress(
                Progress(
                    done=epoch, total=config.epochs, message="training", loss=loss, score=score
                )
            )

    alignment, val_recall = fit_alignment(
        train, config, score=lambda maps: _recall(maps, val, 10), on_epoch=report
    )
    found = AlignReport(
        train=len(train.images),
        val=len(val.images),
        test=len(test.images),
        val_recall=val_recall,
        recall={str(k): _recall(alignment, test, k) for k in (1, 5, 10)},
        queries=len(test.texts),
    )
    write_part(
        out_dir,
        "alignment",
        file=ALIGNMENT_FILE,
        arrays=shared_space.to_arrays(alignment),
        command="memeclip align --images DIR --captions FILE --out DIR",
        facts={"config": asdict(config), "report": asdict(found)},
    )
    return found


def _encode(
    space: TextSpace, images_dir: Path, captions_file: Path, on_progress: Report | None
) -> Pairs:
    towers, captions = load_towers(), read_captions(captions_file)
    names = sorted({c.image for c in captions if (images_dir / c.image).is_file()})
    if not names:
        raise DatasetError(
            f"None of the pictures that {captions_file} names lies in {images_dir}. Give the "
            "folder that holds them."
        )
    row = {name: i for i, name in enumerate(names)}
    kept = [caption for caption in captions if caption.image in row]
    images = [
        scale_image_features(towers.image.encode([_open(images_dir / name) for name in batch]))
        for batch in batches(names, "encoding pictures", on_progress)
    ]
    texts = [
        scale_sentences(towers, space, [caption.text for caption in batch])
        for batch in batches(kept, "encoding captions", on_progress)
    ]
    return Pairs(
        images=np.concatenate(images),
        texts=np.concatenate(texts),
        owners=np.array([row[caption.image] for caption in kept], np.int64),
    )


def _split(pairs: Pairs, held_out: int, seed: int) -> tuple[Pairs, Pairs, Pairs]:
    """Return the parts to train on, to choose by and to measure on."""
    count = len(pairs.images)
    if count < 3 * held_out:
        raise DatasetError(
            f"{count} pictures with captions are too few: {held_out} are held out to measure on, "
            f"{held_out} to choose by, and at least as many are needed to train on."
        )
    order = np.random.default_rng(seed).permutation(count)
    test, val, train = np.split(order, [held_out, 2 * held_out])
    return pairs.take(np.sort(train)), pairs.take(np.sort(val)), pairs.take(np.sort(test))


def _recall(alignment: Alignment, pairs: Pairs, k: int) -> float:
    images, texts = alignment.share_images(pairs.images), alignment.share_texts(pairs.texts)
    return compute_recall(images, texts, pairs.owners, k=k)


def _open(path: Path) -> Image.Image:
    return load_image(read_file(path, max_bytes=DEFAULT_LIMITS.max_bytes)).image


def batches(
    items: Sequence[_Item], message: str, on_progress: Report | None
) -> Iterator[Sequence[_Item]]:
    """Yield items in batches, and report each that was dealt with."""
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]
        if on_progress is not None:
            done = min(start + BATCH, len(items))
            on_progress(Progress(done=done, total=len(items), message=message))


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
    on_progress: Report | None = None,
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
    rows = [row for path in dataset for row in read_rows(read_dataset(path), SPLIT)]
    texts = [text for row in rows if (text := normalize_text(row.text))]
    tower = load_towers().sentence
    read = (tower.encode(batch) for batch in batches(texts, "encoding texts", on_progress))
    sentences = np.concatenate(list(read))
    counts = {"dim": dim, "min_words": min_words, "min_pieces": min_pieces}
    space = fit_text_space(texts, sentences, **counts)
    report = TextFitReport(texts=len(texts), ngrams=len(space.index.buckets))
    write_part(
        out_dir,
        "text",
        file=TEXT_FILE,
        arrays=text_space.to_arrays(space),
        command="memeclip fit-text --dataset PATH … --out DIR",
        facts={
            "split": SPLIT,
            "datasets": [path.name for path in dataset],
            **asdict(report),
            **counts,
        },
    )
    return report
