"""RapidOCR with its wheel's own models (PP-OCRv6), tuned for captions on pictures.

Each setting differs from RapidOCR's default for a reason that was measured on memes with
known text; ``benchmarks/ocr.py`` measures both side by side.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from PIL import Image

from memeclip_core.errors import OcrError
from memeclip_core.ocr.base import OcrResult
from memeclip_core.ocr.decode import SpaceAwareDecoder
from memeclip_core.ocr.lines import FoundLine, drop_marks, drop_small_print, to_line
from memeclip_core.ocr.looks import Quads, find_quads
from memeclip_core.ocr.reading import build_result
from memeclip_core.ocr.turns import read_turned
from memeclip_core.process import forbid_reports
from memeclip_core.records.meme import TextSource

_DETECTOR: Final = "PP-OCRv6_det_small.onnx"
_RECOGNISER: Final = "PP-OCRv6_rec_small.onnx"
_LOG_LEVEL: Final = "critical"


@dataclass(frozen=True, slots=True, kw_only=True)
class RapidSettings:
    """What the reader does differently from RapidOCR's defaults.

    Attributes:
        longest_side: the detector sees the image at this size at most, in pixels, and larger
            only where text is small (see ``looks``); the default enlarges the shortest side to
            736 instead, which costs time and finds no more.
        box_threshold: least mean probability of a found line; the default is 0.5.
        unclip_ratio: how far a found text core grows to its box; the default of 1.6 cuts
            outlined letters off.
        batch_size: lines recognised at once; the default of 6 pads short lines to the width
            of long ones, which costs time and loses words.
        line_width: least width of a recognised line at 48 pixels of height; the default is 320.
        min_confidence: lines below it are dropped; the default is 0.5.
        space_threshold: see :class:`~memeclip_core.ocr.decode.SpaceAwareDecoder`.
        small_print: lines lower than this share of the height that the median letter stands
            in are dropped: they are stamps and shop signs, not the caption.
    """

    longest_side: int = 736
    box_threshold: float = 0.6
    unclip_ratio: float = 1.8
    batch_size: int = 1
    line_width: int = 96
    min_confidence: float = 0.75
    space_threshold: float = 0.05
    small_print: float = 0.35


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
            f"box {s.box_threshold}/unclip {s.unclip_ratio}/batch {s.batch_size}/"
            f"line {s.line_width}/confidence {s.min_confidence}/space {s.space_threshold}/"
            f"small print {s.small_print}/closer looks/turns"
        )

    def read(self, image: Image.Image) -> OcrResult:
        """Read an RGB image of any size.

        Raises:
            OcrError: if the package or its models are missing, or the reading fails.
        """
        engine = self._load()
        pixels = pad_ribbon(np.ascontiguousarray(np.asarray(image.convert("RGB"))[:, :, ::-1]))
        try:
            with zero_denormals():
                found = _find_lines(engine, pixels, self._settings)
        except Exception as error:  # the package raises its own and OpenCV's types
            raise OcrError(
                f"RapidOCR failed on an image of {image.width} x {image.height} pixels "
                f"({type(error).__name__}). Type the text by hand, or choose another reader: "
                "tesseract, none."
            ) from error
        clear = [line for line in found if line.is_read(self._settings.min_confidence)]
        unclear = [line for line in found if line not in clear]
        kept, unread = (
            drop_small_print(lines, self._settings.small_print, beside=clear)
            for lines in (clear, unclear)
        )
        kept = drop_marks(kept, width=image.width, height=image.height)
        return build_result([to_line(x) for x in kept], engine=self.name, unread=len(unread))

    def _load(self) -> Any:
        with self._lock:
            if self._engine is None:
                self._engine = build_rapidocr(_parameters(self._settings))
                _install_decoder(self._engine, self._settings.space_threshold)
        return self._engine


@contextmanager
def zero_denormals() -> Iterator[None]:
    """Have this thread take numbers smaller than the least normal float (1e-38) for 0.

    The detector's last layers are full of them, and a processor takes a hundred times as long over
    each: half of a reading, for the same text.
    """
    if _zeroes_denormals():
        yield
        return
    import torch

    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)


def zero_denormals_for_good() -> None:
    """Do so in this thread until it ends, without torch, which takes seconds and 100 MB.

    ONNX Runtime does it for the thread that makes a process's first session.
    """
    with suppress(ImportError, OcrError):  # a reading says what is missing
        forbid_reports()
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.add_session_config_entry("session.set_denormal_as_zero", "1")
        detector = find_models() / _DETECTOR
        onnxruntime.InferenceSession(str(detector), options, ["CPUExecutionProvider"])


def _zeroes_denormals() -> bool:
    tiny = np.full(1, 1e-39, np.float32)
    return not (tiny * np.ones(1, np.float32)).any()


def pad_ribbon(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Widen an image thinner than 1 to 32, or than 32 pixels, right or below.

    The detector, which sees multiples of 32 pixels, would shrink it to none.
    """
    height, width = pixels.shape[:2]
    least = max(-(-max(height, width) // 32), 32)
    missing = ((0, max(least - height, 0)), (0, max(least - width, 0)), (0, 0))
    return np.pad(pixels, missing, mode="edge")


def installed_version() -> str:
    """The version of the rapidocr package.

    Raises:
        OcrError: if it is not installed.
    """
    try:
        return version("rapidocr")
    except PackageNotFoundError as error:
        raise OcrError(_missing("the package rapidocr")) from error


def find_models() -> Path:
    """Return the folder of the models inside the wheel.

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
    return models


def build_rapidocr(parameters: dict[str, object]) -> Any:
    """Make a silent RapidOCR on the models inside its wheel; nothing is downloaded.

    Raises:
        OcrError: if the package or a model is missing.
    """
    models = find_models()
    forbid_reports()
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
    return {
        # The classifier's turns are mostly wrong ones; see ``turns``.
        "Global.use_cls": False,
        "Global.return_word_box": True,
        "Det.box_thresh": settings.box_threshold,
        "Det.unclip_ratio": settings.unclip_ratio,
        "Rec.rec_batch_num": settings.batch_size,
        "Rec.rec_img_shape": [3, 48, settings.line_width],
        # More threads than one wait for each other in a loop that uses a core each.
        "EngineConfig.onnxruntime.intra_op_num_threads": 1,
        "EngineConfig.onnxruntime.inter_op_num_threads": 1,
    }


def _install_decoder(engine: Any, space_threshold: float) -> None:
    """Exchange the decoder; RapidOCR makes its parts when each is used for the first time."""
    engine(np.zeros((64, 64, 3), np.uint8))
    engine.recognize_txt([np.zeros((48, 160, 3), np.uint8)])
    characters = tuple(engine.text_rec.postprocess_op.character)
    engine.text_rec.postprocess_op = SpaceAwareDecoder(
        characters=characters, space_threshold=space_threshold
    )


def _find_lines(
    engine: Any, pixels: npt.NDArray[np.uint8], settings: RapidSettings
) -> list[FoundLine]:
    height, width = pixels.shape[:2]
    quads = find_quads(
        partial(_detect, engine, pixels),
        width=width,
        height=height,
        longest_side=settings.longest_side,
    )
    return read_turned(
        partial(_read_lines, engine, pixels), list(quads), sure=settings.min_confidence
    )


def _detect(engine: Any, pixels: npt.NDArray[np.uint8], longest_side: int) -> Quads:
    """Find boxes as RapidOCR's detector does, whose own size is fixed and shared by all threads."""
    from rapidocr.ch_ppocr_det.utils import DetPreProcess

    detector = engine.text_det
    prepare = DetPreProcess(longest_side, "max", detector.mean, detector.std)
    quads, _ = detector.postprocess_op(detector.session(prepare(pixels)), pixels.shape[:2])
    return np.asarray(quads, np.float64).reshape(-1, 4, 2)


def _read_lines(
    engine: Any, pixels: npt.NDArray[np.uint8], quads: Sequence[npt.NDArray[np.float64]]
) -> list[FoundLine]:
    from rapidocr.utils.process_img import get_rotate_crop_image

    if not len(quads):
        return []
    read = engine.recognize_txt(
        [get_rotate_crop_image(pixels, quad.astype(np.float32)) for quad in quads]
    )
    return [
        FoundLine(quad=quad, confidence=float(confidence), spans=tuple(spans))
        for quad, confidence, spans in zip(quads, read.scores, read.word_results, strict=True)
    ]
