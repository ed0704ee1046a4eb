"""One setting after the other."""

from __future__ import annotations

import pytest

from memeclip_core.errors import ConfigError, HeadError
from memeclip_core.experiments.sweep import RANGES, plan_sweep, read_ranges


def nothing():
    raise AssertionError("a plan encodes nothing")


def test_ranges_are_read_and_repeated_values_taken_once() -> None:
    assert read_ranges(["ratio=0, 0.2,0.2", "map_dim=64"]) == {
        "ratio": ("0", "0.2"),
        "map_dim": ("64",),
    }
    for word in ("ratio", "ratio=", "=1,2"):
        with pytest.raises(ConfigError, match="--vary is"):
            read_ranges([word])


def test_one_setting_changes_and_the_others_stay_as_given() -> None:
    points = plan_sweep(
        "memeclip",
        ["epochs=3", "ratio=0.5"],
        [0, 1],
        ranges={"scale": ("10", "30"), "ratio": ("0.1",)},
        material=nothing,
        encoders={"other/clip": nothing},
    )
    assert [(p.axes["setting"], p.axes["value"], p.seed) for p in points] == [
        ("scale", "10", 0),
        ("scale", "10", 1),
        ("scale", "30", 0),
        ("scale", "30", 1),
        ("ratio", "0.1", 0),
        ("ratio", "0.1", 1),
        ("encoder", "other/clip", 0),
        ("encoder", "other/clip", 1),
    ]
    assert points[0].recipe.config == {"ratio": 0.5, "scale": 10.0}
    assert points[4].recipe.config == {"ratio": 0.1}
    assert {p.recipe.fit.epochs for p in points} == {3}


def test_the_papers_ranges_are_possible_and_others_are_refused() -> None:
    options = {"material": nothing, "encoders": {}}
    points = plan_sweep("memeclip", [], [0], ranges=RANGES, **options)
    assert len(points) == sum(len(values) for values in RANGES.values())
    with pytest.raises(HeadError, match="ratio is 2"):
        plan_sweep("memeclip", [], [0], ranges={"ratio": ("2",)}, **options)
