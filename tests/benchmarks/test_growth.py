"""Every step is timed, each over as many rows as are asked for."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import growth
from benchmarks.growth import SIZES, measure_growth
from memeclip_core.encoders.cache import FeatureCache
from tests.benchmarks.conftest import Run


def test_each_step_is_timed_over_all_rows(monkeypatch):
    seen = []
    pair, group = growth.pair_near_sketches, growth.group_near_images
    monkeypatch.setattr(
        growth, "pair_near_sketches", lambda rows: [seen.append(len(rows)), pair(rows)][1]
    )
    monkeypatch.setattr(
        growth, "group_near_images", lambda rows: [seen.append(len(rows)), group(rows)][1]
    )
    found = dict(measure_growth(300))
    assert [*found] == [
        "features kept", "features found", "an epoch", "scores", "report with intervals", "map",
        "near texts", "near images",
    ]  # fmt: skip
    assert all(seconds > 0 for seconds in found.values())
    assert seen == [300, 300]
    assert np.all(np.diff(SIZES) > 0)


def test_steps_that_are_named_are_timed_alone(run: Run) -> None:
    done = run(growth.bench_growth, "--size", 100, "--step", "near texts", "--step", "map")
    assert done.code == 0, done.err
    lines = [line.split("  ")[0].strip() for line in done.out.splitlines()]
    assert [line for line in lines if line][1:] == ["near texts", "map", "memory, MB"]


def test_a_vector_that_is_not_kept_is_no_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FeatureCache, "write", lambda *rest: False)
    with pytest.raises(RuntimeError, match="A vector was not kept"):
        [*measure_growth(40, steps=("features kept", "features found"))]
