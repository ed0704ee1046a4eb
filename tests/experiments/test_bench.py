"""Every head on every dataset."""

from __future__ import annotations

from itertools import groupby

import pytest

from memeclip_core.errors import ConfigError, HeadError
from memeclip_core.experiments.bench import BENCH, plan_bench
from memeclip_core.heads.registry import HEADS
from memeclip_core.training.recipes import RECIPES
from tests.factories.workbench import shipped_tasks


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
