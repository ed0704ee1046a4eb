"""``memeclip train`` around the hand-computable encoder."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from PIL import Image

from memeclip_core.experiments.starter_recipes import TUNED
from memeclip_core.models.checkpoints import HEAD, REPLAY, read_checkpoint
from tests.cli.conftest import Run
from tests.factories import workbench
from tests.factories.workbench import (
    OTHER_COLUMNS,
    TINY,
    write_axiom,
    write_other,
    write_pridemm,
)


@pytest.fixture
def home(tmp_path: Path) -> tuple[str, Path]:
    return ("--home", tmp_path / "home")


def test_one_line_trains_a_model_per_seed(run: Run, tmp_path: Path, home: tuple) -> None:
    data, out = write_pridemm(tmp_path), tmp_path / "out"
    words = ("train", "--dataset", data, "--out", out, "--seeds", 0, 1, "--set", *TINY, *home)
    left = run(*words)
    assert left.code == 0, left.err
    lines = left.out.splitlines()
    assert lines[0].split()[:4] == ["head", "task", "n", "seeds"]
    assert [line.split()[:4] for line in lines[1:]] == [
        ["memeclip", "hate", "12", "2"],
        ["memeclip", "target", "6", "2"],
        ["memeclip", "stance", "12", "2"],
        ["memeclip", "humour", "12", "2"],
    ]
    assert "±" in lines[1]
    assert "validation rows" in left.err
    for seed in (0, 1):
        with (out / f"memeclip-seed{seed}" / "predictions.csv").open(encoding="utf-8") as file:
            said = list(csv.DictReader(file))
        assert [row["split"] for row in said] == ["val"] * 12
        assert {(row["model"], row["seed"]) for row in said} == {
            (f"memeclip-seed{seed}", str(seed))
        }
        assert [row["target.labelled"] for row in said].count("yes") == 6
        model = read_checkpoint(out / f"memeclip-seed{seed}")
        assert model.recipe["fit"]["hate"]["seed"] == seed
    assert list((tmp_path / "home" / "cache" / "features").glob("*.f32/*.rows"))
    before = (out / "memeclip-seed0" / HEAD).read_bytes()
    assert run(*words).out == left.out
    assert (out / "memeclip-seed0" / HEAD).read_bytes() == before


def test_duplicates_of_validation_rows_are_counted_and_can_be_kept(
    run: Run, tmp_path: Path, home: tuple
) -> None:
    data = write_pridemm(tmp_path)
    lines = data.read_text("utf-8").splitlines()
    data.write_text("\n".join([*lines, lines[30].replace(",val,", ",train,")]) + "\n", "utf-8")
    words = ("train", "--dataset", data, "--head", "majority", "--seeds", 0, *home)
    left = run(*words, "--out", tmp_path / "out")
    assert left.code == 0, left.err
    assert "1 training row(s) that also stand in validation" in left.err
    kept = run(*words, "--out", tmp_path / "kept", "--keep-duplicates")
    assert kept.code == 0, kept.err
    assert "also stand" not in kept.err
    trained = [
        json.loads((tmp_path / out / "results.json").read_text("utf-8"))["facts"]["data"]["train"]
        for out in ("out", "kept")
    ]
    assert trained == [24, 25]


def test_a_set_without_validation_rows_is_cross_validated(
    run: Run, tmp_path: Path, home: tuple
) -> None:
    data, out = write_axiom(tmp_path), tmp_path / "out"
    left = run(
        *("train", "--dataset", data, "--out", out, "--head", "text-only", "--seeds", 0),
        *("--folds", 3, "--set", *TINY, *home),
    )
    assert left.code == 0, left.err
    assert "3 folds" in left.err
    facts = json.loads((out / "results.json").read_text("utf-8"))["facts"]
    assert facts["task_set"] == "axiom"
    assert facts["data"]["folds"] == 3


def test_without_a_head_the_tuned_recipe_of_the_task_set_is_taken(
    run: Run, tmp_path: Path, home: tuple
) -> None:
    data, out = write_axiom(tmp_path), tmp_path / "out"
    left = run(
        *("train", "--dataset", data, "--out", out, "--seeds", 0, "--folds", 3),
        *("--set", "epochs=1", *home),
    )
    assert left.code == 0, left.err
    assert left.out.splitlines()[1].split()[0] == TUNED["axiom"].head
    facts = json.loads((out / "results.json").read_text("utf-8"))["facts"]
    assert facts["config"].items() >= TUNED["axiom"].config.items()
    assert (facts["reads"], facts["fit"]["epochs"]) == ("text", 1)
    assert facts["fit"]["weight_decay"] == TUNED["axiom"].fit.weight_decay


def test_a_file_of_ones_own_needs_a_column_map(run: Run, tmp_path: Path, home: tuple) -> None:
    published = write_pridemm(tmp_path).read_text("utf-8").splitlines()
    rows = [line.split(",") for line in published[1:]]
    lines = ["said,verdict,fold", *(f"{r[6]},{r[1]},{r[5]}" for r in rows)]
    data = tmp_path / "own.csv"
    data.write_text("\n".join(lines) + "\n", "utf-8")
    out = tmp_path / "out"
    base = ("train", "--dataset", data, "--out", out, "--seeds", 0, *home)
    assert "no known format" in run(*base).err
    mapped = (*base, "--columns", "text=said", "hate=verdict", "split=fold", "--set", *TINY)
    assert "need a task set" in run(*mapped).err
    left = run(*mapped, "--tasks", "pridemm")
    assert left.code == 0, left.err
    assert [line.split()[1] for line in left.out.splitlines()] == ["task", "hate"]
    own = ("--columns", "text=said", "hate=verdict", "split=fold")
    found = run("evaluate", "--model", out, "--dataset", data, *own, *home)
    assert found.code == 0, found.err
    assert "own.csv, 12 rows" in found.out


def test_heads_that_attend_to_sequences_get_them(run: Run, tmp_path: Path, home: tuple) -> None:
    data, out = write_pridemm(tmp_path), tmp_path / "out"
    left = run(
        *("train", "--dataset", data, "--out", out, "--head", "momenta", "--seeds", 0),
        *("--set", "map_dim=8", "attention_heads=2", "epochs=1", *home),
    )
    assert left.code == 0, left.err
    assert read_checkpoint(out / "momenta-seed0").encoder.text_token_dim == 7
    found = run("evaluate", "--model", out, "--dataset", data, *home)
    assert found.code == 0, found.err


def test_a_head_that_writes_into_the_text_tower_gets_it(
    run: Run, tmp_path: Path, home: tuple
) -> None:
    data, out = write_pridemm(tmp_path), tmp_path / "out"
    left = run(
        *("train", "--dataset", data, "--out", out, "--head", "issues", "--seeds", 0),
        *("--set", "map_dim=8", "inversion_dim=8", "epochs=1", *home),
    )
    assert left.code == 0, left.err
    assert read_checkpoint(out / "issues-seed0").encoder.word_dim == 7
    found = run("evaluate", "--model", out, "--dataset", data, *home)
    assert found.code == 0, found.err


def test_captions_need_a_captioner_in_training_and_in_judging(
    run: Run, tmp_path: Path, home: tuple
) -> None:
    data, out = write_pridemm(tmp_path), tmp_path / "out"
    Image.new("RGB", (40, 30), (200, 0, 0)).save(tmp_path / "1.png")
    base = ("train", "--dataset", data, "--out", out, "--head", "caption", "--seeds", 0)
    base = (*base, "--set", "map_dim=8", "epochs=1", *home)
    without = run(*base)
    assert without.code == 2
    assert "no captioner is named" in without.err and "--captioner" in without.err
    assert not out.exists()
    left = run(*base, "--captioner", "fake")
    assert left.code == 0, left.err
    assert read_checkpoint(out / "caption-seed0").encoder.captioner == "fake"
    (index,) = (tmp_path / "home" / "cache" / "features").glob("*.txt/*.index")
    assert index.stat().st_size == 16  # of one caption
    judged = ("evaluate", "--model", out, "--dataset", data, *home)
    assert "no captioner is named" in run(*judged).err
    found = run(*judged, "--captioner", "fake")
    assert found.code == 0, found.err


def test_a_model_keeps_rows_to_be_taught_with_unless_it_is_told_not_to(
    run: Run, tmp_path: Path, home: tuple
) -> None:
    data = write_pridemm(tmp_path)
    for mb, kept in ((), True), (("--replay-mb", 0), False):
        out = tmp_path / f"out{kept}"
        words = ("train", "--dataset", data, "--out", out, "--seeds", 0, *mb, "--set", *TINY)
        left = run(*words, *home)
        assert left.code == 0, left.err
        assert (out / "memeclip-seed0" / REPLAY).exists() == kept


def test_what_cannot_be_is_one_sentence(run: Run, tmp_path: Path, home: tuple) -> None:
    data, out = write_pridemm(tmp_path), tmp_path / "out"
    base = ("train", "--dataset", data, "--out", out, *home)
    for words, why in (
        (("--head", "nobody"), "Unknown head 'nobody'"),
        (("--set", "nonsense=1"), "there is no setting 'nonsense'"),
        (("--tasks", "axiom"), "No row is labelled"),
        (("--folds", "99"), "99 folds"),
        (("--tasks", "axiom", "--tasks", "pridemm"), "one task set"),
    ):
        left = run(*base, *words)
        assert left.code == 2, words
        assert why in left.err
        assert not out.exists()


def test_with_folds_every_row_is_answered_by_the_model_that_never_saw_it(
    run: Run, tmp_path: Path, home: tuple
) -> None:
    out = tmp_path / "out"
    words = ("train", "--dataset", write_axiom(tmp_path), "--head", "linear", "--folds", 3)
    left = run(*words, "--seeds", 0, "--set", "epochs=2", "--out", out, *home)
    assert left.code == 0, left.err
    with (out / "linear-seed0" / "predictions.csv").open(encoding="utf-8") as file:
        said = list(csv.DictReader(file))
    # The file is one line, so all rows stand in the same place.
    assert sorted(row["name"] for row in said) == sorted(f"TR-{i}" for i in range(30))
    assert {row["fold"] for row in said} == {"0", "1", "2"}
    right = [row["anxiety"] == row["anxiety.truth"] for row in said]
    results = json.loads((out / "results.json").read_text("utf-8"))
    (cell,) = results["cells"]
    accuracy = next(m["value"] for m in cell["metrics"] if m["name"] == "accuracy")
    assert accuracy == pytest.approx(sum(right) / 30)


def test_one_command_trains_on_one_set_and_tests_on_another(
    run: Run, tmp_path: Path, home: tuple
) -> None:
    data, out = write_pridemm(tmp_path), tmp_path / "out"
    other = write_other(tmp_path, also=[f"{'oooo ' * 4}{workbench.words(0)},mild"])
    base = ("train", "--dataset", data, "--seeds", 0, 1, "--set", *TINY, "--test-dataset", other)
    left = run(*base, "--test-columns", *OTHER_COLUMNS, "--out", out, *home)
    assert left.code == 0, left.err
    lines = [line.split() for line in left.out.splitlines()]
    assert lines[0][:4] == ["head", "tested", "on", "task"]
    own = [line for line in lines if line[1:4] == ["the", "same", "set"]]
    assert [line[4] for line in own] == ["hate", "target", "stance", "humour"]
    (tested,) = (line for line in lines if line[1] == "other.csv")
    assert tested[2:5] == ["hate", "12", "2"]
    # How labels are read is said before anything is encoded or trained.
    shown = [line.split() for line in left.err[: left.err.index("Measured on")].splitlines()]
    assert ["hate", "hate", "awful", "Hate", "4"] in shown
    assert ["hate", "hate", "mild", "No", "Hate", "5"] in shown
    assert ["hate", "hate", "1", "Hate", "19"] in shown, "of the set to train on as well"
    assert "No row has a label for: target, stance, humour." in left.err
    assert "Tested, when whole, on all rows of other.csv: 12; 1 that also stand" in left.err
    with (out / "memeclip-seed1" / "test-predictions.csv").open(encoding="utf-8") as file:
        assert len(list(csv.DictReader(file))) == 12
    again = tmp_path / "again"
    config = out / "config.yaml"
    repeated = run("train", "--config", config, "--out", again)
    assert repeated.code == 0, repeated.err
    assert repeated.out == left.out
    name = "memeclip-seed0/test-predictions.csv"
    assert (again / name).read_bytes() == (out / name).read_bytes()


def test_a_report_shows_both_sets(run: Run, tmp_path: Path, home: tuple) -> None:
    data, other, out = write_pridemm(tmp_path), write_other(tmp_path), tmp_path / "out"
    words = ("train", "--dataset", data, "--seeds", 0, "--set", *TINY, "--out", out, *home)
    left = run(*words, "--test-dataset", other, "--test-columns", *OTHER_COLUMNS)
    assert left.code == 0, left.err
    page = tmp_path / "report.html"
    assert run("report", out / "results.json", "--out", page).code == 0
    text = page.with_suffix(".md").read_text("utf-8")
    hate = text[text.index("hate, measured on") :]
    title = hate.splitlines()[0]
    assert "the validation rows" in title and "or on other.csv, on whose rows nothing" in title
    rows = [line for line in hate.splitlines() if line.startswith("| memeclip")][:2]
    assert "the same set" in rows[0] and "other.csv" in rows[1]
    assert "other.csv hate, seed 0: metrics" in text
    assert "files other.csv, split all, rows 12" in text


def test_another_set_whose_labels_do_not_fit_is_refused_before_training(
    run: Run, tmp_path: Path, home: tuple
) -> None:
    data, other, out = write_pridemm(tmp_path), write_other(tmp_path), tmp_path / "out"
    base = ("train", "--dataset", data, "--out", out, "--set", *TINY, *home)
    for words, why in (
        (("--test-dataset", other, "--test-columns", *OTHER_COLUMNS[:3]), "'mild' is no label"),
        (
            ("--test-dataset", other, "--test-columns", "text=said"),
            "has a label for what is",
        ),
        (("--test-dataset", data, "--test-split", "none"), "No row has the split 'none'"),
        (("--test-split", "test"), "Name it with --test-dataset"),
        (("--test-dataset", other, "--test-columns", "hate=level"), "neither an image nor a text"),
    ):
        left = run(*base, *words)
        assert left.code == 2, words
        assert why in left.err
        assert not out.exists()


def test_the_help_says_what_the_other_sets_options_are(run: Run) -> None:
    said = " ".join(run("train", "--help").out.replace("│", " ").split())
    for words in (
        "Another dataset, with labels of the same tasks",
        "what its values mean as labels",
    ):
        assert words in said
