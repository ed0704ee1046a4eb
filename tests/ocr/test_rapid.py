"""The default reader on drawn captions, and what it says where it is not installed."""

from __future__ import annotations

import importlib.metadata
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from benchmarks.word_scores import compute_word_f1
from memeclip_core.config import ROOT
from memeclip_core.errors import OcrError
from memeclip_core.memes.image import load_image
from memeclip_core.ocr import rapid
from memeclip_core.ocr.decode import Span
from memeclip_core.ocr.lines import FoundLine
from memeclip_core.ocr.rapid import RapidOcr, RapidSettings, pad_ribbon
from tests.factories.drawings import STYLES, draw_caption, png

READER = RapidOcr()
FOLDER = ROOT / "assets" / "samples"
SAMPLES = json.loads((FOLDER / "samples.json").read_text(encoding="utf-8"))


def found(text: str, height: float, confidence: float) -> FoundLine:
    quad = np.array([[0, 0], [200, 0], [200, height], [0, height]], np.float64)
    spans = (Span(text=text, start=0.0, end=1.0, confidence=confidence),) if text else ()
    return FoundLine(quad=quad, confidence=confidence, spans=spans)


@pytest.mark.model
def test_it_reads_a_caption_in_order_with_boxes_and_in_silence(
    capfd: pytest.CaptureFixture[str],
) -> None:
    result = READER.read(draw_caption("WHEN IT RAINS", "TAKE A BOAT"))
    assert result.text == "WHEN IT RAINS\nTAKE A BOAT"
    assert result.engine == "rapidocr"
    assert [word.text for word in result.words] == result.text.split()
    tops = [word.box[1] for word in result.words]
    assert max(tops[:3]) < 60 < 250 < min(tops[3:])
    for row in (result.words[:3], result.words[3:]):
        lefts = [word.box[0] for word in row]
        assert lefts == sorted(lefts)
    for word in result.words:
        left, top, right, bottom = word.box
        assert 0 <= left < right <= 480
        assert 0 <= top < bottom <= 360
        assert 0.75 <= word.confidence <= 1
    out = capfd.readouterr()
    assert (out.out, out.err) == ("", "")


READS = "from memeclip_core.ocr.rapid import RapidOcr; RapidOcr().read(picture)"
ENCODES = (
    "from memeclip_core.encoders.registry import build_encoder; "
    "build_encoder('compact').encode_images([picture])"
)


@pytest.mark.model
@pytest.mark.parametrize("work", [READS, ENCODES], ids=["reads", "encodes"])
def test_what_runs_the_models_reports_to_nobody(tmp_path: Path, work: str) -> None:
    """Where it did, it would keep a name for this machine and a queue of reports in the cache."""
    code = f"from PIL import Image; picture = Image.new('RGB', (64, 32)); {work}"
    home = tmp_path / "home"
    home.mkdir()
    variables = {**os.environ, "HOME": str(home), "XDG_CACHE_HOME": str(home / ".cache")}
    subprocess.run([sys.executable, "-c", code], env=variables, cwd=ROOT, check=True)
    assert [path for path in home.rglob("*") if path.is_file()] == []


def test_denormal_numbers_are_zero_while_it_reads_and_only_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if not torch.set_flush_denormal(True):
        pytest.skip("this processor cannot take denormal numbers for 0")
    torch.set_flush_denormal(False)
    seen = []

    def look(*_: object) -> list[FoundLine]:
        seen.append(float(torch.tensor([1e-39]) * 1))
        if len(seen) > 1:
            raise ValueError("deep inside")
        return []

    monkeypatch.setattr(rapid, "_find_lines", look)
    READER.read(Image.new("RGB", (20, 10)))
    with pytest.raises(OcrError):
        READER.read(Image.new("RGB", (20, 10)))
    assert seen == [0.0, 0.0]
    assert float(torch.tensor([1e-39]) * 1) > 0


@pytest.mark.model
def test_each_network_uses_one_thread() -> None:
    engine = READER._load()
    for part in (engine.text_det, engine.text_rec):
        options = part.session.session.get_session_options()
        assert options.intra_op_num_threads == 1


@pytest.mark.model
@pytest.mark.parametrize("size", [(64, 64), (8, 8), (900, 8), (8, 900), (3000, 20)])
def test_pictures_without_text_give_none(size: tuple[int, int]) -> None:
    result = READER.read(Image.new("RGB", size, (90, 140, 90)))
    assert (result.text, result.words, result.confidence) == ("", (), None)


def test_lines_that_it_cannot_read_are_counted_and_not_guessed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clear, unclear = found("HELLO", 40, 0.99), found("ill", 40, 0.4)
    foreign, stamp = found("", 30, 0.0), found("", 8, 0.0)
    monkeypatch.setattr(RapidOcr, "_load", lambda self: None)
    monkeypatch.setattr(rapid, "_find_lines", lambda *_: [clear, unclear, foreign, stamp])
    result = READER.read(Image.new("RGB", (200, 100)))
    assert (result.text, result.unread) == ("HELLO", 2)


@pytest.mark.model
def test_threads_share_one_reader() -> None:
    pictures = [draw_caption("ROW", word) for word in ("BOAT", "HOUSE", "TRAIN", "CLOUD")]
    with ThreadPoolExecutor(4) as pool:
        texts = [result.text for result in pool.map(READER.read, pictures)]
    assert texts == ["ROW\nBOAT", "ROW\nHOUSE", "ROW\nTRAIN", "ROW\nCLOUD"]


@pytest.mark.model
def test_a_failure_inside_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*given: object) -> Any:
        raise ValueError("deep inside")

    monkeypatch.setattr(rapid, "_find_lines", fail)
    with pytest.raises(OcrError, match=r"failed on an image of 20 x 10 pixels \(ValueError\)"):
        READER.read(Image.new("RGB", (20, 10)))


def test_the_fingerprint_names_version_and_settings() -> None:
    version = importlib.metadata.version("rapidocr")
    assert RapidOcr().fingerprint.startswith(f"rapidocr {version}/")
    other = RapidOcr(settings=RapidSettings(longest_side=640))
    assert other.fingerprint != RapidOcr().fingerprint


def test_without_the_package_the_error_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def missing(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(rapid, "find_spec", lambda name: None)
    monkeypatch.setattr(rapid, "version", missing)
    with pytest.raises(OcrError, match="pip install"):
        RapidOcr().read(Image.new("RGB", (20, 20)))
    with pytest.raises(OcrError, match="pip install"):
        _ = RapidOcr().fingerprint


def test_only_ribbons_are_padded() -> None:
    assert pad_ribbon(np.zeros((20, 3000, 3), np.uint8)).shape == (94, 3000, 3)
    assert pad_ribbon(np.zeros((3000, 20, 3), np.uint8)).shape == (3000, 94, 3)
    assert pad_ribbon(np.zeros((100, 3000, 3), np.uint8)).shape == (100, 3000, 3)
    assert pad_ribbon(np.zeros((8, 60, 3), np.uint8)).shape == (32, 60, 3)


@pytest.mark.model
@pytest.mark.parametrize(
    "style",
    [
        "post turned by 90 degrees",
        "post turned by 180 degrees",
        "post turned by 270 degrees",
        "slanted by -25 degrees",
        "one line turned at the side",
        "tall screenshot, 1080 x 5820",
        "wide strip, 4200 x 240",
        "small in a large picture",
        "white letters on no ground",
        "two columns",
    ],
)
def test_it_reads_every_word_of_a_style_in_order(style: str) -> None:
    drawn, text = STYLES[style]()
    assert isinstance(drawn, Image.Image)
    score = compute_word_f1(READER.read(load_image(png(drawn)).image).text, text)
    assert score.recall == score.precision == score.in_order / score.expected == 1


@pytest.mark.model
@pytest.mark.parametrize("sample", SAMPLES, ids=[sample["file"] for sample in SAMPLES])
def test_it_reads_the_sample_memes_without_a_fault(sample: dict[str, str]) -> None:
    loaded = load_image((FOLDER / sample["file"]).read_bytes())
    assert READER.read(loaded.image).text == sample["text"]
