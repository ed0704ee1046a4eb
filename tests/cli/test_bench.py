"""``memeclip bench-heads`` on a folder with one of the datasets."""

from __future__ import annotations

from pathlib import Path

from memeclip_core.experiments.results import read_results
from tests.cli.conftest import Run
from tests.factories.workbench import write_axiom


def test_what_is_there_is_measured_and_the_rest_is_named(run: Run, tmp_path: Path) -> None:
    (tmp_path / "axiom").mkdir()
    write_axiom(tmp_path / "axiom")
    path = tmp_path / "bench.json"
    words = ("bench-heads", tmp_path, "--json", path, "--home", tmp_path / "home")
    left = run(*words, "--heads", "majority", "zero-shot", "--seeds", 0)
    assert left.code == 0, left.err
    assert "pridemm is left out" in left.err
    cells = read_results(path).cells
    assert [(c.axes["dataset"], c.axes["head"], c.n) for c in cells] == [
        ("axiom", "majority", 30),
        ("axiom", "zero-shot", 30),
    ]
    more = run(*words, "--heads", "majority", "linear", "--datasets", "axiom", "--seeds", 0)
    assert more.code == 0, more.err
    heads = [cell.axes["head"] for cell in read_results(path).cells]
    assert heads == ["zero-shot", "majority", "linear"]


def test_an_empty_folder_and_an_unknown_dataset_are_one_sentence(run: Run, tmp_path: Path) -> None:
    path = ("--json", tmp_path / "b.json", "--home", tmp_path / "home")
    assert "holds none of" in run("bench-heads", tmp_path, *path).err
    left = run("bench-heads", tmp_path, "--datasets", "imagenet", *path)
    assert left.code == 2
    assert "Unknown dataset 'imagenet'" in left.err


def test_a_head_that_cannot_be_served_is_left_out_with_the_reason(run: Run, tmp_path: Path) -> None:
    (tmp_path / "axiom").mkdir()
    write_axiom(tmp_path / "axiom")
    path = tmp_path / "bench.json"
    words = ("bench-heads", tmp_path, "--json", path, "--home", tmp_path / "home", "--seeds", 0)
    left = run(*words, "--heads", "caption", "majority")
    assert left.code == 0, left.err
    cells = {cell.axes["head"]: cell for cell in read_results(path).cells}
    assert cells["majority"].metrics
    assert not cells["caption"].metrics
    assert "no captioner is named" in str(cells["caption"].details)
    assert "no captioner is named" in left.out
