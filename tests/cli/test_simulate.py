"""``memeclip simulate``."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Run
from tests.factories.workbench import write_pridemm


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
