"""Variants of a meme, scored a batch at a time: without a word, or with another picture.

Invariants: the encoder is held for one batch at a time. Variants are made as their batch begins, so
that no more large pictures are in memory than one batch has.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from memeclip_core.app.explain.asked_meme import AskedMeme
from memeclip_core.heads.model import TaskScores, join_scores
from memeclip_core.inference.features import MemeEncoder
from memeclip_core.inference.predictor import Predictor
from memeclip_core.records.job import Progress
from memeclip_core.records.meme import Meme

if TYPE_CHECKING:
    from PIL import Image

BATCH: Final = 16
"""Texts that go through the encoder at once; fewer of large pictures:"""
MOST_PIXELS: Final = 16_000_000
"""of changed pictures that are in memory at once."""

OnProgress = Callable[[Progress], None]
Variant = tuple[Meme, "Image.Image | None"]
"""A meme with an id of its picture, and the picture."""


class VariantScorer:
    """Score variants of a meme; each as if it stood alone."""

    def __init__(self, *, encoder: MemeEncoder, predictor: Predictor) -> None:
        self._encoder = encoder
        self._predictor = predictor

    def score(
        self,
        opened: AskedMeme,
        make: Sequence[Callable[[], Variant]],
        *,
        what: str = "",
        on_progress: OnProgress | None = None,
        batch: int = BATCH,
    ) -> dict[str, TaskScores]:
        """Return by task key the scores of variants, a row for each.

        Args:
            opened: whose variants, and the model that answers.
            make: makes each of them.
            what: they are, for ``on_progress``.
            on_progress: called before each batch and at the end; what it raises ends the work.
            batch: how many are encoded together.
        """
        model, parts = opened.model, []
        for start in range(0, len(make), batch):
            report(on_progress, start, len(make), what)
            features = self._encoder.variants(
                [one() for one in make[start : start + batch]],
                reads=model.reads,
                needs=model.needs,
            )
            parts.append(self._predictor.score(features, model))
        report(on_progress, len(make), len(make), what)
        return _join(parts)


def fit_batch(picture: Image.Image) -> int:
    """Return how many copies of a picture go into a batch."""
    return max(1, min(BATCH, MOST_PIXELS // (picture.width * picture.height)))


def report(on_progress: OnProgress | None, done: int, total: int, message: str) -> None:
    """Say how far the work is, if somebody wants to know."""
    if on_progress is not None:
        on_progress(Progress(done=done, total=total, message=message))


def _join(parts: Sequence[Mapping[str, TaskScores]]) -> dict[str, TaskScores]:
    return {key: join_scores([part[key] for part in parts]) for key in parts[0]}
