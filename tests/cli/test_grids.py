"""``memeclip ablate`` and ``memeclip sweep``: every variant once, and where they stopped."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from memeclip_core.experiments.plans import VARIANTS
from memeclip_core.experiments.results import read_results
from tests.cli.conftest import Run
from tests.factories.workbench import write_axiom, write_pridemm

FAST = ("--set", "map_dim=8", "epochs=1")


@pytest.fixture
def base(tmp_path: Path) -> tuple[object, ...]:
    return ("--dataset", write_pridemm(tmp_path), "--home", tmp_path / "home", "--seeds", 0)


def test_every_part_has_its_line(run: Run, tmp_path: Path, base: tuple) -> None:
    path = tmp_path / "a.json"
    left = run("ablate", *base, "--json", path, *FAST)
    assert left.code == 0, left.err
    parts = list(dict.fromkeys(cell.axes["part"] for cell in read_results(path).cells))
    assert parts == [part for part in VARIANTS if part != "fusion multiply"]
    assert "without adapters" in left.out
    assert run("ablate", *base, "--json", path, *FAST).out == left.out
    other = run("ablate", *base, "--json", path, "--set", "map_dim=8", "epochs=2")
    assert other.code == 2
    assert "results of another set" in other.err


def test_a_sweep_varies_settings_and_encoders(run: Run, tmp_path: Path, base: tuple) -> None:
    path = tmp_path / "s.json"
    left = run(
        *("sweep", *base, "--json", path, *FAST),
        *("--vary", "ratio=0,0.5", "scale=10", "--encoders", "fake"),
    )
    assert left.code == 0, left.err
    found = read_results(path)
    assert found.kind == "sweep"
    axes = list(dict.fromkeys((c.axes["setting"], c.axes["value"]) for c in found.cells))
    assert axes == [("ratio", "0"), ("ratio", "0.5"), ("scale", "10"), ("encoder", "fake")]
    assert run("sweep", *base, "--json", tmp_path / "t.json", "--vary", "ratio=2").code == 2


def test_a_grid_with_nothing_left_to_train_says_so(run: Run, tmp_path: Path, base: tuple) -> None:
    again = ("sweep", *base, "--json", tmp_path / "s.json", *FAST, "--vary", "ratio=0")
    first = run(*again)
    assert "Nothing is left to train" not in first.err
    second = run(*again)
    assert second.out == first.out
    assert "Nothing is left to train" in second.err


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


def test_orders_are_compared_with_random(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "sim.json"
    left = run(
        *("simulate", "--encoder", "fake", "--dataset", write_pridemm(tmp_path), "--seeds", 0),
        *("--start", 12, "--step", 4, "--rounds", 1, "--orders", "random", "margin"),
        *("--set", "epochs=1", "--json", path),
    )
    assert left.code == 0, left.err
    assert "gain over random" in left.out and f"The results are in {path}." in left.err
    assert {c["axes"]["order"] for c in json.loads(path.read_bytes())["cells"]} == {
        "random", "margin"
    }  # fmt: skip
    assert path.with_suffix(".yaml").exists()


def test_corrections_are_played_instead(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "sim.json"
    left = run(
        *("simulate", "--encoder", "fake", "--seeds", 0, "--corrections", 2, "--json", path),
        *("--dataset", write_pridemm(tmp_path, train=160, val=80), "--set", "epochs=1"),
    )
    assert left.code == 0, left.err
    assert "the corrected kind" in left.out and "without" in left.out
