"""What can be named with --encoder, and rebuilding the compact one."""

from __future__ import annotations

from pathlib import Path

import pytest
from safetensors.numpy import save_file

from memeclip_core.encoders.compact import text_space
from memeclip_core.encoders.compact.compact import TEXT_FILE
from memeclip_core.experiments import compact_parts, text_tuning
from memeclip_core.experiments.compact_parts import TextFitReport
from memeclip_core.experiments.text_tuning import TuneReport
from memeclip_core.training.taught_layers import TeachConfig
from tests.cli.conftest import Left, Run
from tests.factories.small_compact import fake_towers, small_space
from tests.factories.studios import draw_png


def test_the_default_stands_first_and_tests_fake_is_not_offered(run: Run) -> None:
    left = run("encoders")
    assert (left.code, left.err) == (0, "")
    lines = left.out.splitlines()
    assert lines[0].split() == ["encoder", "what", "it", "is"]
    assert lines[1].startswith("compact ")
    assert "openai/clip-vit-large-patch14" in left.out
    assert "fake" not in left.out


@pytest.fixture
def photographs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(compact_parts, "load_towers", fake_towers)
    (tmp_path / "images").mkdir()
    (tmp_path / "out").mkdir()
    save_file(text_space.to_arrays(small_space()), tmp_path / "out" / TEXT_FILE)
    lines = []
    for number in range(9):
        picture = draw_png((25 * number, 255 - 25 * number, 0))
        (tmp_path / "images" / f"{number}.png").write_bytes(picture)
        lines.append(f"{number}.png#0\t{'x' * (1 + 30 * number)}")
    (tmp_path / "captions.tsv").write_text("\n".join(lines), encoding="utf-8")
    return tmp_path


def align_photographs(run: Run, folder: Path, *more: str) -> Left:
    images, captions, out = (str(folder / name) for name in ("images", "captions.tsv", "out"))
    return run("align", "--images", images, "--captions", captions, "--out", out, *more)


def test_align_prints_its_recall_and_says_what_must_follow(run: Run, photographs: Path) -> None:
    left = align_photographs(run, photographs, "--held-out", "3")
    assert left.code == 0, left.err
    assert "text-to-image recall@10: 1.0000" in left.out
    assert "3 captions asked for 3 pictures; 3 trained on" in left.out
    assert "build the starters again" in left.err
    assert (photographs / "out" / "alignment.safetensors").is_file()


def test_too_few_pictures_are_refused_in_one_sentence(run: Run, photographs: Path) -> None:
    left = align_photographs(run, photographs)
    assert (left.code, left.out) == (2, "")
    assert "Traceback" not in left.err
    assert not (photographs / "out" / "alignment.safetensors").exists()


def test_fit_text_refuses_a_file_that_is_not_there(run: Run, tmp_path: Path) -> None:
    left = run("fit-text", "--dataset", str(tmp_path / "no.csv"), "--out", str(tmp_path / "out"))
    assert left.code == 2
    assert "no.csv" in left.err
    assert not (tmp_path / "out").exists()


def test_fit_text_counts_what_it_read(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = {}

    def fit(*, dataset: list[Path], out_dir: Path, on_progress: object) -> TextFitReport:
        seen.update(dataset=dataset, out_dir=out_dir)
        return TextFitReport(texts=12, ngrams=7)

    monkeypatch.setattr(compact_parts, "fit_text", fit)
    left = run("fit-text", "--dataset", "a.csv", "--dataset", "b.csv", "--out", str(tmp_path))
    assert left.out == "12 texts, 7 n-grams that count\n"
    assert seen == {"dataset": [Path("a.csv"), Path("b.csv")], "out_dir": tmp_path}


def test_tune_text_refuses_a_file_that_is_not_there(run: Run, tmp_path: Path) -> None:
    left = run("tune-text", "--dataset", str(tmp_path / "no.csv"), "--out", str(tmp_path / "out"))
    assert left.code == 2
    assert "no.csv" in left.err
    assert not (tmp_path / "out").exists()


def test_tune_text_says_who_taught_and_who_was_kept_back(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: dict[str, object] = {}

    def tune(**given: object) -> TuneReport:
        seen.update(given)
        return TuneReport(texts=1200, kept_back=30, left_out=4, tasks={"pridemm/hate": 1100})

    monkeypatch.setattr(text_tuning, "tune_text", tune)
    given = ("--dataset", "a.csv", "b.csv", "--epochs", "2", "--seed", "7", "--out", str(tmp_path))
    left = run("tune-text", *given)
    assert left.code == 0, left.err
    assert left.out.splitlines() == [
        "task          texts",
        "pridemm/hate  1,100",
        "1,200 texts taught; 30 rows were kept back for judging",
        "4 rows were left out: without a text, or nearly one of those",
    ]
    assert f"memeclip train --encoder {tmp_path}" in left.err
    assert seen["dataset"] == [Path("a.csv"), Path("b.csv")]
    assert seen["config"] == TeachConfig(epochs=2, seed=7)
