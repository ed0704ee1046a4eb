import pytest

from memeclip_core.errors import ConfigError, HeadError
from memeclip_core.heads.registry import HEADS
from memeclip_core.training.config import FitConfig
from memeclip_core.training.recipes import RECIPES, build_recipe


def test_every_head_has_a_recipe():
    assert set(RECIPES) == set(HEADS)


def test_memeclip_s_is_the_published_one():
    recipe = build_recipe("memeclip")
    assert recipe.fit == FitConfig()
    assert (recipe.head, recipe.reads, recipe.semantic) == ("memeclip", "image+text", True)


def test_a_head_of_one_modality_reads_that_one():
    assert build_recipe("text-only").reads == "text"


def test_single_settings_change():
    recipe = build_recipe("simclip", config={"map_dim": 32}, fit={"epochs": 3})
    assert recipe.config == {"map_dim": 32}
    assert recipe.fit.epochs == 3
    assert recipe.fit.lr == RECIPES["simclip"].lr


def test_unknown_settings_list_the_known():
    with pytest.raises(ConfigError, match=r"no setting 'rate'. Its settings: epochs, batch_size"):
        build_recipe("memeclip", fit={"rate": 1})
    with pytest.raises(HeadError, match="Unknown head 'clippy'"):
        build_recipe("clippy")
