"""The bench on drawn memes and readers that say what they are told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from benchmarks import ocr
from benchmarks.ocr import EngineScore, OcrReport, bench_ocr, ocr_bench
from benchmarks.word_scores import WordScore
from memeclip_core.errors import DatasetError, OcrError
from memeclip_core.ocr.base import OcrEngine
from memeclip_core.ocr.fake import FakeOcr
from memeclip_core.ocr.registry import NoOcr
from memeclip_core.records.job import Progress
from tests.benchmarks.conftest import Run


def write_memes(folder: Path, texts: list[str], *, broken: int = 0) -> Path:
    (folder / "images").mkdir()
    rows = []
    for i, text in enumerate(texts):
        name = f"{i}.png"
        if i < broken:
            (folder / "images" / name).write_bytes(b"not an image at all")
        else:
            Image.new("RGB", (32, 32), (i, 0, 0)).save(folder / "images" / name)
        rows.append({"id": str(i), "labels": [], "text": text, "image": name})
    path = folder / "train.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def readers(monkeypatch: pytest.MonkeyPatch) -> None:
    made: dict[str, OcrEngine] = {"right": FakeOcr(text="one two"), "none": NoOcr()}
    monkeypatch.setattr(ocr, "build_benchmarked", made.__getitem__)


def test_scores_are_those_of_the_words(tmp_path: Path) -> None:
    path = write_memes(tmp_path, ["one two", "two one", "one three"])
    report = bench_ocr(truth_files=[path], engines=("right", "none"))
    assert (report.n, report.skipped) == (3, 0)
    right, none = report.scores
    found = dict(zip(report.names, right.each, strict=True))
    assert {name: score.matched for name, score in found.items()} == {"0": 2, "1": 2, "2": 1}
    assert (right.engine, right.fingerprint) == ("right", "fake:one two/0")
    assert right.word_f1 == right.precision == right.recall == pytest.approx(5 / 6)
    assert right.ordered_f1 == pytest.approx(4 / 6)
    assert right.mean_f1 == pytest.approx((1 + 1 + 0.5) / 3)
    assert (none.word_f1, none.recall) == (0, 0)
    assert right.time_ratio == 1
    assert none.time_ratio == pytest.approx(none.seconds / right.seconds)


def test_unreadable_images_and_empty_texts_are_counted_not_scored(tmp_path: Path) -> None:
    path = write_memes(tmp_path, ["one two", "one two", " "], broken=1)
    report = bench_ocr(truth_files=[path], engines=("right",))
    assert (report.n, report.skipped) == (1, 2)
    assert report.scores[0].word_f1 == 1


def test_nothing_usable_is_an_error(tmp_path: Path) -> None:
    path = write_memes(tmp_path, ["one"], broken=1)
    with pytest.raises(DatasetError, match="None of 1 memes"):
        bench_ocr(truth_files=[path], engines=("right",))


def test_the_limit_draws_the_same_memes_each_time_and_progress_names_no_text(
    tmp_path: Path,
) -> None:
    path = write_memes(tmp_path, ["one two", "three", "one", "two four"])
    seen: list[Progress] = []
    reports = [
        bench_ocr(truth_files=[path], engines=("right",), limit=2, on_progress=seen.append)
        for _ in range(2)
    ]
    assert reports[0].n == 2
    assert reports[0].scores[0].word_f1 == reports[1].scores[0].word_f1
    assert [(p.done, p.total, p.message) for p in seen[:2]] == [
        (1, 2, "reading"),
        (2, 2, "reading"),
    ]


def test_unknown_readers_are_refused_before_anything_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    with pytest.raises(OcrError, match="Unknown text reader"):
        bench_ocr(truth_files=[tmp_path / "missing.jsonl"], engines=("wrong",))


SCORE = EngineScore(
    engine="rapidocr",
    fingerprint="rapidocr 1/x",
    precision=0.9,
    recall=0.8,
    word_f1=0.847,
    ordered_f1=0.84,
    mean_f1=0.83,
    seconds=0.25,
    time_ratio=0.5,
    each=(
        WordScore(matched=3, in_order=2, predicted=4, expected=5),
        WordScore(matched=0, in_order=0, predicted=0, expected=2),
    ),
)
REPORT = OcrReport(n=12, skipped=1, scores=(SCORE,), names=("two columns", "curved"))


def test_the_command_passes_its_options_on_and_prints_the_table(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, object] = {}

    def bench(**options: object) -> OcrReport:
        asked.update(options)
        return REPORT

    monkeypatch.setattr(ocr, "bench_ocr", bench)
    left = run(ocr_bench, "a.jsonl", "b.jsonl", "--engine", "none", "--limit", 5)
    assert left.code == 0
    asked.pop("on_progress")
    assert asked == {
        "truth_files": [Path("a.jsonl"), Path("b.jsonl")],
        "engines": ("none",),
        "limit": 5,
    }
    lines = left.out.splitlines()
    assert lines[0] == "n = 12 memes"
    assert lines[2].split() == [
        *("rapidocr", "0.8470", "0.8400", "0.8300", "0.9000", "0.8000", "0.250", "x", "0.50")
    ]
    assert lines[3] == "rapidocr: rapidocr 1/x"
    assert "1 memes left out" in left.err


def test_each_meme_is_shown_by_its_name_where_that_is_asked_for(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ocr, "bench_ocr", lambda **options: REPORT)
    lines = run(ocr_bench, "a.jsonl", "--each").out.splitlines()
    assert [line.split() for line in lines[:3]] == [
        ["meme", "rapidocr"],
        ["curved", "0.00", "/", "-", "/", "-"],
        ["two", "columns", "0.60", "/", "0.75", "/", "0.67"],
    ]
