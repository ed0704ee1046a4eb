"""``memeclip compare``: two trained folders on the same rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from memeclip_core.experiments.results import read_results
from tests.cli.conftest import Run
from tests.factories.workbench import write_pridemm


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
