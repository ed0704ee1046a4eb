"""RapidOCR with its wheel's own models (PP-OCRv6), tuned for captions on pictures.

Each setting differs from RapidOCR's default for a reason that was measured on memes with
known text; ``memeclip ocr-bench`` measures both side by side.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from PIL import Image

from memeclip_core.errors import OcrError
from memeclip_core.ocr.base import OcrResult
from memeclip_core.ocr.decode import SpaceAwareDecoder, Span
from memeclip_core.ocr.reading import Line, build_result
from memeclip_core.records import TextSource, Word

_DETECTOR: Final = "PP-OCRv6_det_small.onnx"
_RECOGNISER: Final = "PP-OCRv6_rec_small.onnx"
_LOG_LEVEL: Final = "critical"


@dataclass(frozen=True, slots=True, kw_only=True)
class RapidSettings:
    """What the reader does differently from RapidOCR's defaults.

    Attributes:
        longest_side: the detector sees the image at this size at most, in pixels; the default
            enlarges the shortest side to 736 instead, which costs time and finds no more.
        unclip_ratio: how far a found text core grows to its box; the default of 1.6 cuts
            outlined letters off.
        batch_size: lines recognised at once; the default of 6 pads short lines to the width
            of long ones, which costs time and loses words.
        line_width: least width of a recognised line at 48 pixels of height.
        min_confidence: lines below it are dropped.
        space_threshold: see :class:`~memeclip_core.ocr.decode.SpaceAwareDecoder`.
        threads: of one reading; never more than the machine has cores.
    """

    longest_side: int = 736
    unclip_ratio: float = 1.8
    batch_size: int = 1
    line_width: int = 160
    min_confidence: float = 0.5
    space_threshold: float = 0.1
    threads: int = 2


class RapidOcr:
    """The default reader; the models load on the first reading."""

    name: Final[TextSource] = "rapidocr"

    def __init__(self, *, settings: RapidSettings | None = None) -> None:
        self._settings = settings or RapidSettings()
        self._lock = threading.Lock()
        self._engine: Any = None

    @property
    def fingerprint(self) -> str:
        """The package's version and the settings that change what is read."""
        s = self._settings
        return (
            f"rapidocr {installed_version()}/PP-OCRv6 small/side {s.longest_side}/"
            f"unclip {s.unclip_ratio}/batch {s.batch_size}/line {s.line_width}/"
            f"confidence {s.min_confidence}/space {s.space_threshold}"
        )

    def read(self, image: Image.Image) -> OcrResult:
        """Read an RGB image of any size.

        Raises:
            OcrError: if the package or its models are missing, or the reading fails.
        """
        engine = self._load()
        pixels = np.ascontiguousarray(np.asarray(image.convert("RGB"))[:, :, ::-1])
        try:
            found = _find_lines(engine, pixels)
        except Exception as error:  # the package raises its own and OpenCV's types
            raise OcrError(
                f"RapidOCR failed on an image of {image.width} x {image.height} pixels "
                f"({type(error).__name__}). Type the text by hand, or choose another reader: "
                "tesseract, none."
            ) from error
        kept = [
            found_line for found_line in found if found_line[1] >= self._settings.min_confidence
        ]
        lines = [_to_line(quad, spans) for quad, _, spans in kept]
        return build_result(lines, engine=self.name)

    def _load(self) -> Any:
        with self._lock:
            if self._engine is None:
                self._engine = build_rapidocr(_parameters(self._settings))
                _install_decoder(self._engine, self._settings.space_threshold)
        return self._engine


def installed_version() -> str:
    """The version of the rapidocr package.

    Raises:
        OcrError: if it is not installed.
    """
    try:
        return version("rapidocr")
    except PackageNotFoundError as error:
        raise OcrError(_missing("the package rapidocr")) from error


def build_rapidocr(parameters: dict[str, object]) -> Any:
    """Make a silent RapidOCR on the models inside its wheel; nothing is downloaded.

    Raises:
        OcrError: if the package or a model is missing.
    """
    spec = find_spec("rapidocr")
    if spec is None or spec.origin is None:
        raise OcrError(_missing("the package rapidocr"))
    models = Path(spec.origin).parent / "models"
    for model in (_DETECTOR, _RECOGNISER):
        if not (models / model).is_file():
            raise OcrError(_missing(f"the model {model}"))
    from rapidocr import RapidOCR

    fixed = {
        "Global.log_level": _LOG_LEVEL,
        "Det.model_path": str(models / _DETECTOR),
        "Rec.model_path": str(models / _RECOGNISER),
    }
    return RapidOCR(params={**fixed, **parameters})


def _missing(what: str) -> str:
    return (
        f"RapidOCR cannot read: {what} is missing. Install it with "
        "'pip install -r requirements.txt', or choose another reader: tesseract, none."
    )


def _parameters(settings: RapidSettings) -> dict[str, object]:
    threads = max(1, min(settings.threads, os.cpu_count() or 1))
    return {
        # Captions stand upright; the classifier's turns are mostly wrong ones.
        "Global.use_cls": False,
        "Global.return_word_box": True,
        "Det.limit_type": "max",
        "Det.limit_side_len": settings.longest_side,
        "Det.unclip_ratio": settings.unclip_ratio,
        "Rec.rec_batch_num": settings.batch_size,
        "Rec.rec_img_shape": [3, 48, settings.line_width],
        "EngineConfig.onnxruntime.intra_op_num_threads": threads,
        "EngineConfig.onnxruntime.inter_op_num_threads": 1,
    }


def _install_decoder(engine: Any, space_threshold: float) -> None:
    """Exchange the decoder, which RapidOCR makes together with its recogniser."""
    engine.recognize_txt([np.zeros((48, 160, 3), np.uint8)])
    characters = tuple(engine.text_rec.postprocess_op.character)
    engine.text_rec.postprocess_op = SpaceAwareDecoder(
        characters=characters, space_threshold=space_threshold
    )


def _find_lines(
    engine: Any, pixels: npt.NDArray[np.uint8]
) -> list[tuple[npt.NDArray[np.float64], float, list[Span]]]:
    """Return (corners (4, 2) clockwise from the top left, confidence, words) of every line."""
    from rapidocr.main import RapidOCRError
    from rapidocr.utils.process_img import map_boxes_to_original

    resized, record = engine.preprocess_img(pixels)
    try:
        crops, found = engine.detect_and_crop(resized, record)
    except RapidOCRError:  # so it says that there is no text
        return []
    read = engine.recognize_txt(crops)
    height, width = pixels.shape[:2]
    quads = map_boxes_to_original(found.boxes.astype(np.float64), record, height, width)
    lines = zip(quads, read.scores, read.word_results, strict=True)
    return [(quad, float(score), spans) for quad, score, spans in lines if spans]


def _to_line(quad: npt.NDArray[np.float64], spans: Sequence[Span]) -> Line:
    return Line(
        words=tuple(
            Word(
                text=span.text,
                box=cut_quad(quad, span.start, span.end),
                confidence=min(max(span.confidence, 0.0), 1.0),
            )
            for span in spans
        )
    )


def cut_quad(
    quad: npt.NDArray[np.float64], start: float, end: float
) -> tuple[float, float, float, float]:
    """Cut a part of a line out and return the upright rectangle around it.

    A line at least 1.5 times as high as wide was read from its top down, as RapidOCR turns it.
    """
    top_left, top_right, bottom_right, bottom_left = quad
    across = max(np.linalg.norm(top_right - top_left), np.linalg.norm(bottom_right - bottom_left))
    down = max(np.linalg.norm(bottom_left - top_left), np.linalg.norm(bottom_right - top_right))
    if down >= 1.5 * across:
        first, last = (top_left, bottom_left), (top_right, bottom_right)
    else:
        first, last = (top_left, top_right), (bottom_left, bottom_right)
    corners = np.array([a + (b - a) * at for a, b in (first, last) for at in (start, end)])
    left, top = corners.min(axis=0)
    right, bottom = corners.max(axis=0)
    return float(left), float(top), float(right), float(bottom)
