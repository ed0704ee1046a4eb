"""Every step is timed, each over as many rows as are asked for."""

from __future__ import annotations

import numpy as np

from benchmarks import growth
from benchmarks.growth import SIZES, measure_growth


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
        "an epoch", "scores", "report with intervals", "map", "near texts", "near images",
    ]  # fmt: skip
    assert all(seconds > 0 for seconds in found.values())
    assert seen == [300, 300]
    assert np.all(np.diff(SIZES) > 0)
