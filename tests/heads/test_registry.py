import pytest
import torch

from memeclip_core.encoders.features import FeatureDims
from memeclip_core.errors import HeadError
from memeclip_core.heads.registry import (
    HEADS,
    build_head,
    complete_config,
    count_members,
    find_needs,
    find_preset,
)
from tests.factories.heads import DIMS, small_settings


@pytest.mark.parametrize("name", HEADS)
def test_every_head_builds_from_plain_values_and_its_seed(name: str):
    settings = complete_config(name, small_settings(name))
    first, second, other = (
        build_head(name, dims=DIMS, num_classes=3, config=settings, seed=seed) for seed in (1, 1, 2)
    )
    own, again = first.state_dict(), second.state_dict()
    assert own.keys() == again.keys()
    assert all(torch.equal(own[k], again[k]) for k in own)
    if HEADS[name].trained:
        assert any(not torch.equal(own[k], other.state_dict()[k]) for k in own)


@pytest.mark.parametrize("name", HEADS)
def test_the_global_generator_is_left_alone(name: str):
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    build_head(name, dims=DIMS, num_classes=3, config=small_settings(name))
    assert torch.equal(torch.rand(1), expected)


def test_the_heads_of_the_literature():
    assert set(HEADS) == {
        "memeclip",
        "memesense",
        "simclip",
        "hateclipper-align",
        "hateclipper-cross",
        "momenta",
        "crossattention-moe",
        "issues",
        "issues-harmeme",
        "rgcl",
        "caption",
        "linear",
        "text-only",
        "image-only",
        "knn",
        "majority",
        "zero-shot",
    }


def test_what_sets_the_published_heads_apart():
    memesense, simclip = HEADS["memesense"].config, HEADS["simclip"].config
    align, cross = HEADS["hateclipper-align"].config, HEADS["hateclipper-cross"].config
    assert memesense.num_layers > 1
    assert (simclip.projection, simclip.fusion, HEADS["simclip"].together) == (
        "shared",
        "four-part",
        True,
    )
    assert (align.fusion, cross.fusion, align.adapter) == ("multiply", "outer", False)
    assert (HEADS["text-only"].reads, HEADS["image-only"].reads) == ("text", "image")


@pytest.mark.parametrize("name", ["momenta", "crossattention-moe"])
def test_heads_of_sequences_need_an_encoder_with_sequences(name: str):
    plain = FeatureDims(image=4, text=6)
    assert find_preset(name).needs.tokens
    with pytest.raises(HeadError, match=rf"'{name}' reads sequences .* tokens=false"):
        build_head(name, dims=plain, num_classes=2)
    build_head(name, dims=plain, num_classes=2, config=small_settings(name) | {"tokens": False})


def test_zero_shot_needs_a_shared_space():
    with pytest.raises(HeadError, match="'zero-shot' needs an encoder with a space shared"):
        build_head("zero-shot", dims=FeatureDims(image=4, text=6), num_classes=2)


def test_unknown_names_list_the_known():
    with pytest.raises(
        HeadError, match=r"Unknown head 'clippy'\. Known: caption, crossattention-moe"
    ):
        build_head("clippy", dims=DIMS, num_classes=2)


def test_unknown_settings_list_the_known():
    with pytest.raises(HeadError, match=r"no setting 'alpha'. Its settings: inputs"):
        build_head("memeclip", dims=DIMS, num_classes=2, config={"alpha": 0.1})
    with pytest.raises(HeadError, match=r"'majority' has no setting 'alpha'. Its settings: none"):
        build_head("majority", dims=DIMS, num_classes=2, config={"alpha": 0.1})


def test_a_head_is_alone_unless_its_settings_say_otherwise():
    assert count_members("memeclip") == count_members("momenta") == 1
    assert count_members("memeclip", {"members": 3}) == 3


def test_complete_config_fills_the_defaults():
    full = complete_config("memeclip", {"ratio": 0.5})
    assert (full["ratio"], full["scale"], full["map_dim"]) == (0.5, 30.0, 1024)


@pytest.mark.parametrize("name", HEADS)
def test_what_a_head_needs_follows_from_its_settings(name: str):
    needs = find_needs(name)
    assert needs == HEADS[name].needs
    assert needs.tokens == (name in ("momenta", "crossattention-moe"))
    assert needs.words == (name in ("issues", "issues-harmeme"))
    assert needs.captions == (name == "caption")
    if needs.tokens:
        assert not find_needs(name, {"tokens": False}).tokens
    with pytest.raises(HeadError, match="no setting 'wings'"):
        find_needs(name, {"wings": 2})
