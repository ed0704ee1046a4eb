"""A model's figures, from its replay file and from a dataset."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.factories.studios import VAL_ROWS

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
