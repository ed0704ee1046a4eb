"""The tuned recipes and the starters made by them."""

import pytest

from memeclip_core.config import ROOT
from memeclip_core.experiments.starter_recipes import STARTERS, TUNED
from memeclip_core.heads.registry import resolve_config
from memeclip_core.storage.task_files import read_named_task_set


@pytest.mark.parametrize("key", sorted(TUNED))
def test_a_tuned_recipe_fits_its_task_set_and_its_head(key):
    task_set = read_named_task_set(key, ROOT / "assets")
    recipe = TUNED[key]
    assert {*recipe.tasks, *recipe.random_start} <= set(task_set.keys)
    resolve_config(recipe.head, recipe.config)


@pytest.mark.parametrize("name", sorted(STARTERS))
def test_a_starter_is_called_after_its_task_set_and_encoder(name):
    starter = STARTERS[name]
    assert name == f"{starter.task_set}-compact"
    assert starter.recipe == TUNED.get(starter.task_set, starter.recipe)
