"""Each part in its turn, and nothing twice."""

from __future__ import annotations

import pytest

from memeclip_core.errors import HeadError
from memeclip_core.experiments.ablation import VARIANTS, plan_ablation
from memeclip_core.experiments.overrides import read_recipe
from memeclip_core.heads.registry import resolve_config


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
