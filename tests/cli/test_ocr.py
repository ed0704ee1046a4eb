"""``memeclip ocr-bench``: a table of figures, and no text."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from memeclip_core.cli.ocr import ocr_bench as verb
from memeclip_core.evaluation.ocr import WordScore
from memeclip_core.experiments import ocr_bench
from memeclip_core.experiments.ocr_bench import EngineScore, OcrReport

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


def test_the_verb_passes_its_options_on_and_prints_the_table(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: dict[str, object] = {}

    def bench(**options: object) -> OcrReport:
        asked.update(options)
        return REPORT

    monkeypatch.setattr(ocr_bench, "bench_ocr", bench)
    program = typer.Typer()
    program.command()(verb)
    result = CliRunner().invoke(program, ["a.jsonl", "b.jsonl", "--engine", "none", "--limit", "5"])
    assert result.exit_code == 0
    asked.pop("on_progress")
    assert asked == {
        "truth_files": [Path("a.jsonl"), Path("b.jsonl")],
        "engines": ("none",),
        "limit": 5,
    }
    lines = result.stdout.splitlines()
    assert lines[0] == "n = 12 memes"
    assert lines[2].split() == [
        *("rapidocr", "0.8470", "0.8400", "0.8300", "0.9000", "0.8000", "0.250", "x", "0.50")
    ]
    assert lines[3] == "rapidocr: rapidocr 1/x"
    assert "1 memes left out" in result.stderr


def test_each_meme_is_shown_by_its_name_where_that_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ocr_bench, "bench_ocr", lambda **options: REPORT)
    program = typer.Typer()
    program.command()(verb)
    lines = CliRunner().invoke(program, ["a.jsonl", "--each"]).stdout.splitlines()
    assert [line.split() for line in lines[:3]] == [
        ["meme", "rapidocr"],
        ["curved", "0.00", "/", "-", "/", "-"],
        ["two", "columns", "0.60", "/", "0.75", "/", "0.67"],
    ]
