"""Each part in its turn, and nothing twice."""

from __future__ import annotations

from itertools import groupby

import pytest

from memeclip_core.errors import ConfigError, HeadError
from memeclip_core.experiments.overrides import read_recipe
from memeclip_core.experiments.plans import (
    BENCH,
    RANGES,
    VARIANTS,
    plan_ablation,
    plan_bench,
    plan_sweep,
    read_ranges,
)
from memeclip_core.heads.registry import HEADS, resolve_config
from memeclip_core.training.recipes import RECIPES
from tests.factories.workbench import shipped_tasks


def nothing():
    raise AssertionError("a plan encodes nothing")


def test_every_part_of_memeclip_is_removed_once_per_seed() -> None:
    points = plan_ablation(read_recipe("memeclip"), [0, 1], nothing)
    parts = [point.axes["part"] for point in points]
    assert parts == [p for p in VARIANTS if p != "fusion multiply" for _ in range(2)]
    recipes = {point.axes["part"]: point.recipe for point in points}
    assert recipes["without image"].reads == "text"
    assert recipes["without text"].reads == "image"
    assert not recipes["random initialisation"].semantic
    changed = {
        "without projection": ("projection", "none"),
        "without adapters": ("adapter", False),
        "linear classifier": ("classifier", "linear"),
        "fusion concatenate": ("fusion", "concatenate"),
        "fusion four-part": ("fusion", "four-part"),
    }
    whole = resolve_config("memeclip")
    for part, (name, value) in changed.items():
        config = resolve_config("memeclip", recipes[part].config)
        assert getattr(config, name) == value
        differing = [
            f for f in config.__dataclass_fields__ if getattr(config, f) != getattr(whole, f)
        ]
        assert differing == [name]


def test_what_a_head_lacks_anyway_is_not_removed_again() -> None:
    parts = {p.axes["part"] for p in plan_ablation(read_recipe("hateclipper-align"), [0], nothing)}
    assert "without adapters" not in parts
    assert "linear classifier" not in parts
    assert "without projection" in parts


@pytest.mark.parametrize("head", ["majority", "momenta", "issues", "caption"])
def test_other_heads_are_refused(head: str) -> None:
    with pytest.raises(HeadError, match="cannot be removed"):
        plan_ablation(read_recipe(head), [0], nothing)


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


def opener():
    def refuse():
        raise AssertionError("a plan encodes nothing")

    return refuse


OPENERS = {preset.needs: opener() for preset in HEADS.values()}
MATERIALS = {"pridemm": OPENERS}


def test_every_head_meets_every_dataset_with_its_published_recipe() -> None:
    points = plan_bench([], [0, 1, 2], MATERIALS)
    assert {p.axes["head"] for p in points} == set(HEADS)
    for point in points:
        head = point.axes["head"]
        assert point.recipe.fit == RECIPES[head]
        assert point.material is OPENERS[HEADS[head].needs]
    assert sum(p.axes["head"] == "memeclip" for p in points) == 3
    assert sum(p.axes["head"] == "majority" for p in points) == 1
    turns = [own for own, _ in groupby(points, key=lambda point: point.material)]
    assert len(turns) == len(OPENERS) == 4, "a dataset is opened once for heads of the same needs"


def test_heads_are_chosen_by_name() -> None:
    points = plan_bench(["linear"], [0], MATERIALS)
    assert [p.axes for p in points] == [{"dataset": "pridemm", "head": "linear"}]
    with pytest.raises(HeadError, match="nobody"):
        plan_bench(["nobody"], [0], MATERIALS)
    with pytest.raises(ConfigError, match="seed"):
        plan_bench(["linear"], [], MATERIALS)


@pytest.mark.parametrize("name", BENCH)
def test_every_dataset_has_tasks_that_ship(name: str) -> None:
    assert shipped_tasks(BENCH[name].task_set).key == BENCH[name].task_set
