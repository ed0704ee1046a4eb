"""A recogniser's class probabilities to words with their place along the line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

_BLANK: Final = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A word on a line: ``start`` and ``end`` are fractions of the line's length."""

    text: str
    start: float
    end: float
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SpaceAwareDecoder:
    """Greedy CTC decoding (Graves et al., 2006) that also hears a space out.

    PP-OCR glues words: where letters stand close, the space comes second to the blank at
    every step between them. It is written nevertheless where its probability reaches
    ``space_threshold``; 1 switches that off.

    Attributes:
        characters: the recogniser's classes; the first is the blank.
        space_threshold: least probability, at the best step of a gap, that makes a space.
    """

    characters: Sequence[str]
    space_threshold: float

    def __call__(
        self,
        preds: npt.NDArray[np.float32],
        return_word_box: bool = False,
        *,
        wh_ratio_list: Sequence[float] = (1.0,),
        max_wh_ratio: float = 1.0,
    ) -> tuple[list[tuple[str, float]], list[list[Span]]]:
        """Decode a batch; the signature is that of RapidOCR's own decoder.

        Args:
            preds: (B, T, C) class probabilities in [0, 1].
            return_word_box: ignored: words always come with their place.
            wh_ratio_list: width over height of each line's crop.
            max_wh_ratio: width over height that the batch was padded to.

        Returns:
            per line the text with its mean confidence in [0, 1], and per line its words.
        """
        spans = [
            self.decode_line(line, steps=preds.shape[1] * ratio / max_wh_ratio)
            for line, ratio in zip(preds, wh_ratio_list, strict=True)
        ]
        texts = [(" ".join(span.text for span in line), _mean_confidence(line)) for line in spans]
        return texts, spans

    def decode_line(self, probabilities: npt.NDArray[np.float32], *, steps: float) -> list[Span]:
        """Decode one line, (T, C), of whose T steps the first ``steps`` show the image."""
        best = probabilities.argmax(axis=1)
        changed = np.concatenate(([True], best[1:] != best[:-1]))
        starts = np.flatnonzero((best != _BLANK) & changed)
        space = self.characters.index(" ")
        words: list[list[int]] = [[]]
        previous = -1
        for step in starts.tolist():
            gap = probabilities[previous + 1 : step, space]
            previous = step
            if best[step] == space or (len(gap) and gap.max() >= self.space_threshold):
                words.append([])
            if best[step] != space:
                words[-1].append(step)
        length = max(steps, 1.0)
        return [
            Span(
                text="".join(self.characters[best[step]] for step in word),
                start=min(word[0] / length, 1.0),
                end=min((word[-1] + 1) / length, 1.0),
                confidence=float(probabilities[word, best[word]].mean()),
            )
            for word in words
            if word
        ]


def _mean_confidence(line: Sequence[Span]) -> float:
    """Mean over the letters, not the words; 0 for a line without any."""
    letters = sum(len(span.text) for span in line)
    return sum(span.confidence * len(span.text) for span in line) / letters if letters else 0.0
