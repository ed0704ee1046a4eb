"""Settings as people write them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from memeclip_core.errors import ConfigError, HeadError
from memeclip_core.experiments.overrides import DEFAULT_HEAD, read_recipe
from memeclip_core.experiments.starter_recipes import TUNED
from memeclip_core.training.recipes import RECIPES


def test_nothing_given_is_the_published_recipe() -> None:
    recipe = read_recipe("memeclip")
    assert recipe.fit == RECIPES["memeclip"]
    assert recipe.config == {}
    assert recipe.semantic


def test_settings_reach_the_head_and_the_training() -> None:
    pairs = ["ratio=0.5", "adapter=no", "num_layers=2", "epochs=3", "schedule=cosine"]
    recipe = read_recipe("memeclip", [*pairs, "semantic=false"])
    assert recipe.config == {"ratio": 0.5, "adapter": False, "num_layers": 2}
    assert recipe.fit.epochs == 3
    assert recipe.fit.schedule == "cosine"
    assert not recipe.semantic


def test_all_faults_stand_in_one_sentence() -> None:
    with pytest.raises(ConfigError) as caught:
        read_recipe("memeclip", ["epochs=two", "nonsense=1", "ratio", "seed=3", "adapter=maybe"])
    message = str(caught.value)
    assert "epochs is 'two', it must be a whole number" in message
    assert "there is no setting 'nonsense'" in message
    assert "'ratio' is no key=value" in message
    assert "'seed' is set by --seeds" in message
    assert "adapter is 'maybe'" in message
    assert "num_layers" in message, "what can be set is listed"


def test_a_value_that_cannot_be_is_refused_by_its_owner() -> None:
    with pytest.raises(HeadError, match="ratio is 2"):
        read_recipe("memeclip", ["ratio=2"])
    with pytest.raises(ConfigError, match="epochs is 0"):
        read_recipe("memeclip", ["epochs=0"])
    with pytest.raises(HeadError, match="Unknown head 'nobody'"):
        read_recipe("nobody")


@pytest.mark.parametrize("key", sorted(TUNED))
def test_without_a_head_a_task_set_takes_its_tuned_recipe(key: str) -> None:
    assert read_recipe(None, task_set=key) == TUNED[key]
    assert read_recipe("memeclip", task_set=key) == read_recipe("memeclip")


def test_without_head_and_tuned_recipe_the_default_head_is_taken() -> None:
    assert read_recipe(None, task_set="memotion") == read_recipe(DEFAULT_HEAD)


def test_settings_change_a_tuned_recipe_one_by_one() -> None:
    recipe = read_recipe(None, ["epochs=2", "fused_dropout=0.3"], task_set="axiom")
    assert recipe.fit == replace(TUNED["axiom"].fit, epochs=2)
    assert recipe.config == {**TUNED["axiom"].config, "fused_dropout": 0.3}
    assert recipe.head == TUNED["axiom"].head
    with pytest.raises(ConfigError, match="there is no setting 'nonsense'"):
        read_recipe(None, ["nonsense=1"], task_set="axiom")
