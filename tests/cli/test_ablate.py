"""``memeclip ablate`` and ``memeclip sweep``: every variant once, and where they stopped."""

from __future__ import annotations

from pathlib import Path

import pytest

from memeclip_core.experiments.ablation import VARIANTS
from memeclip_core.experiments.results import read_results
from tests.cli.conftest import Run
from tests.factories.workbench import write_pridemm

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
