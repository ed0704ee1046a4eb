"""A model's figures, from its replay file and from a dataset."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from memeclip_core.experiments.results import read_results
from tests.cli.conftest import Run
from tests.factories.studios import VAL_ROWS
from tests.factories.workbench import write_pridemm

TASKS = ["hate", "target", "stance", "humour"]


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """Write a small file in the form of PrideMM.csv: 4 rows to train on, 2 val rows."""
    path = tmp_path / "PrideMM.csv"
    rows = [
        f"{i}.png,{i % 2},{'NA' if i % 2 == 0 else i % 4},{i % 3},{i % 2},"
        f"{'val' if i < 2 else 'train'},harmless words {i}"
        for i in range(6)
    ]
    path.write_text("\n".join(["name,hate,target,stance,humour,split,text", *rows]), "utf-8")
    return path


def figures(out: str) -> dict[tuple[str, str], list[str]]:
    """Return the cells of the first table by task and metric."""
    first = out.split("\n\n")[0]
    lines = [line.split() for line in first.splitlines()[2:]]
    return {(cells[0], cells[1]): cells[2:] for cells in lines}


def test_without_a_dataset_the_starters_validation_rows_are_measured(run: Run) -> None:
    left = run("evaluate", "--tasks", "pridemm")
    assert left.code == 0
    assert left.out.startswith("pridemm-fake on the validation rows of pridemm-fake, 16 rows\n")
    found = figures(left.out)
    assert [task for task, metric in found if metric == "accuracy"] == TASKS
    for value, low, high, n in found.values():
        assert 0 <= float(low) <= float(value) <= float(high) <= 1
        assert int(n) == VAL_ROWS


def test_every_task_set_has_its_turn(run: Run) -> None:
    out = run("evaluate").out
    assert "pridemm-fake on" in out
    assert "propaganda-fake on" in out


def test_a_dataset_is_measured_on_the_split_that_is_named(run: Run, dataset: Path) -> None:
    left = run("evaluate", "--tasks", "pridemm", "--dataset", dataset)
    assert left.code == 0, left.err
    assert left.out.startswith("pridemm-fake on the split val of PrideMM.csv, 2 rows\n")
    counts = {task: cells[3] for (task, _), cells in figures(left.out).items()}
    assert counts == {"hate": "2", "target": "1", "stance": "2", "humour": "2"}
    apart = run(*("evaluate", "--tasks", "pridemm", "--dataset", dataset, "--apart-from", "val"))
    assert apart.out.startswith(
        "pridemm-fake on the split val of PrideMM.csv, 0 rows; 2 duplicates left out\n"
    )
    train = run("evaluate", "--tasks", "pridemm", "--dataset", dataset, "--split", "train")
    assert figures(train.out)["hate", "accuracy"][3] == "4"


def test_what_is_said_of_every_row_is_taken_home(run: Run, dataset: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare.csv"
    lines = [line.split(",") for line in dataset.read_text("utf-8").splitlines()]
    bare.write_text("\n".join(",".join((c[0], *c[5:])) for c in lines) + "\n", "utf-8")
    words = ("evaluate", "--tasks", "pridemm", "--split", "train", "--dataset")
    found = []
    for file in (dataset, bare):
        left = run(*words, file, "--predictions", tmp_path / "said.csv")
        assert left.code == 0, left.err
        with (tmp_path / "said.csv").open(encoding="utf-8", newline="") as said:
            found.append(list(csv.DictReader(said)))
    known, unknown = found
    assert [row["name"] for row in known] == [f"{i}.png" for i in range(2, 6)]
    assert {row["split"] for row in unknown} == {"train"}
    assert [row["target.labelled"] for row in known] == ["no", "yes"] * 2
    assert {row["hate.labelled"] for row in unknown} == {"no"}
    numbers = [name for name in known[0] if name.endswith((".probability", ".logit"))]
    assert len(numbers) == 2 * (2 + 4 + 3 + 2)
    assert [[row[n] for n in numbers] for row in known] == [
        [row[n] for n in numbers] for row in unknown
    ]
    left = run(*words, dataset, "--predictions", tmp_path / "said.txt")
    assert (left.code, "must end in .csv or .parquet" in left.err) == (2, True)


def test_rates_of_groups_come_with_n_and_interval(run: Run, tmp_path: Path) -> None:
    data, path, page = write_pridemm(tmp_path), tmp_path / "e.json", tmp_path / "r.html"
    words = ("evaluate", "--tasks", "pridemm", "--dataset", data, "--group-by")
    left = run(*words, "target", "--json", path)
    assert left.code == 0, left.err
    cells = {cell.task: cell for cell in read_results(path).cells}
    # Twelve validation rows; six are hateful, and those alone have a target.
    counts = {own["group"]: own["n"] for own in cells["hate"].details["groups"]}
    assert counts["(none)"] == 6 and sum(counts.values()) == 12
    assert sum(own["n"] for own in cells["target"].details["groups"]) == 6
    for own in cells["hate"].details["groups"]:
        right = own["right"]
        assert 0 <= right["low"] <= right["value"] <= right["high"] <= 1
        assert right["hits"] == round(right["value"] * own["n"])
    accuracy = cells["hate"].metrics[0].value
    assert sum(own["right"]["hits"] for own in cells["hate"].details["groups"]) == round(
        12 * accuracy
    )
    last = left.out.split("\n\n")[2]
    assert last.split()[:6] == ["task", "group", "n", "right", "from", "to"]
    assert "(none)" in last
    assert run("report", path, "--out", page).code == 0
    text = page.read_text("utf-8")
    assert "by group" in text and "false alarms, Hate" in text
    left = run(*words, "mood")
    assert left.code == 2 and "There is no column 'mood'" in left.err


def test_what_does_not_go_together_is_one_sentence(run: Run, dataset: Path) -> None:
    for words in (
        ("--dataset", dataset),
        ("--model", "pridemm-fake"),
        ("--tasks", "pridemm", "--model", "absent"),
        ("--tasks", "pridemm", "--dataset", dataset, "--split", "absent"),
    ):
        left = run("evaluate", *words)
        assert (left.code, left.out) == (2, ""), words
        assert left.err.startswith("memeclip: ")


@pytest.fixture
def trained(run: Run, tmp_path: Path) -> tuple[Path, Path, Path]:
    """Return a dataset, and the folders of two heads trained on it."""
    data = write_pridemm(tmp_path)
    for head in ("text-only", "majority"):
        left = run(
            *("train", "--dataset", data, "--out", tmp_path / head, "--head", head),
            *("--seeds", 0, 1, "--home", tmp_path / "home"),
            *(("--set", "map_dim=16", "epochs=15", "lr=0.01") if head == "text-only" else ()),
        )
        assert left.code == 0, left.err
    return data, tmp_path / "majority", tmp_path / "text-only"


def test_seeds_are_compared_by_one_test(run: Run, tmp_path: Path, trained: tuple) -> None:
    data, first, second = trained
    path = tmp_path / "c.json"
    left = run(
        *("compare", first, second, "--dataset", data, "--json", path, "--home", tmp_path / "home")
    )
    assert left.code == 0, left.err
    found = read_results(path)
    assert [(c["first"], c["second"], c["task"]) for c in found.comparisons[:2]] == [
        ("majority", "text-only", "hate"),
        ("majority", "text-only", "target"),
    ]
    assert len(found.comparisons) == 4
    accuracy = found.comparisons[0]["differences"][0]
    assert accuracy["first"]["value"] == 0.5
    assert accuracy["second"]["value"] == 1.0
    assert found.comparisons[0]["mcnemar"]["second_only"] == 12
    line = next(line for line in left.out.splitlines() if "hate" in line)
    assert "majority > text-only" in line
    assert "+0.5000" in line


def test_several_heads_are_compared_with_the_first_and_corrected_together(
    run: Run, tmp_path: Path, trained: tuple
) -> None:
    data, first, second = trained
    path, home = tmp_path / "c.json", ("--home", tmp_path / "home")
    pair = run("compare", first, second, "--dataset", data, "--json", path, *home)
    assert pair.code == 0, pair.err
    alone = read_results(path).comparisons[0]["mcnemar"]
    left = run("compare", first, second, first, "--dataset", data, "--json", path, *home)
    assert left.code == 0, left.err
    found = read_results(path).comparisons
    assert [item["second"] for item in found] == ["text-only"] * 4 + ["majority"] * 4
    # The smallest of so many p-values is multiplied by their number.
    assert found[0]["mcnemar"]["p_alone"] == alone["p_alone"]
    assert alone["p"] == pytest.approx(4 * alone["p_alone"])
    assert found[0]["mcnemar"]["p"] == pytest.approx(8 * alone["p_alone"])


def test_folders_of_different_sizes_are_refused(run: Run, tmp_path: Path, trained: tuple) -> None:
    data, first, second = trained
    left = run(
        *("compare", first, second / "text-only-seed0", "--dataset", data),
        *("--home", tmp_path / "home"),
    )
    assert left.code == 2
    assert "2 model(s)" in left.err


def test_evaluate_measures_a_folder_of_seeds(run: Run, tmp_path: Path, trained: tuple) -> None:
    data, _, folder = trained
    path = tmp_path / "e.json"
    left = run(
        *("evaluate", "--model", folder, "--dataset", data, "--json", path),
        *("--protocol", "memeclip-code", "--home", tmp_path / "home"),
    )
    assert left.code == 0, left.err
    assert left.out.count(" on the split val of PrideMM.csv, 12 rows") == 2
    assert "Mean ± standard deviation over seeds" in left.out
    assert "macro-F1 (mean of batches of 16)" in left.out
    cells = read_results(path).cells
    assert [(c.axes["model"], c.seed) for c in cells if c.task == "hate"] == [
        ("text-only", 0),
        ("text-only", 1),
    ]
    assert cells[0].details["confusion"] == [[6, 0], [0, 6]]
    wrong = run("evaluate", "--model", folder, "--dataset", data, "--protocol", "other")
    assert wrong.code == 2 and "memeclip-code" in wrong.err


def test_two_models_are_compared_on_the_rows_that_ship(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    words = ("compare", "active", "starter", "--tasks", "pridemm", "--by", "humour")
    left = run(*words, "--json", path)
    assert left.code == 0, left.err
    assert left.out.startswith(f"{VAL_ROWS} rows. pridemm-fake has trained on none of them")
    assert "0: 0 put right, 0 now wrong" in left.out
    assert "right: No Humour" in left.out
    found = read_results(path)
    assert found.facts["met"]["pridemm-fake"]["chosen"] == VAL_ROWS
    assert found.comparisons[0]["groups"][0]["first"]["n"] == 8
    page = tmp_path / "r.html"
    assert run("report", path, "--out", page).code == 0
    text = page.read_text("utf-8")
    for part in ("risk against coverage", "cosines by true class", "changed answers", "by group"):
        assert part in text, part


def test_what_was_trained_on_is_said_and_can_be_left_out(
    run: Run, tmp_path: Path, trained: tuple
) -> None:
    data, first, second = trained
    words = ("compare", first, second, "--dataset", data, "--home", tmp_path / "home")
    left = run(*words, "--split", "train")
    assert left.code == 0, left.err
    assert "text-only-seed0 has trained on 24 of them (a score" in left.out
    less = run(*words, "--split", "train", "--unseen")
    assert (less.code, less.out) == (2, "")
    assert "none is left" in less.err
    val = run(*words, "--unseen")
    assert "text-only-seed0 has trained on none of them" in val.out


def test_folders_and_several_need_a_dataset(run: Run, trained: tuple) -> None:
    _, first, second = trained
    for words in ((first, second), ("active", "starter", "active")):
        left = run("compare", *words, "--tasks", "pridemm")
        assert left.code == 2 and "--dataset" in left.err
    left = run("compare", "active", "starter", "--tasks", "pridemm", "propaganda")
    assert left.code == 2 and "belong to one task set" in left.err
