import pytest

from memeclip_core.errors import HeadError
from memeclip_core.heads.registry import HEADS, build_head, complete_config


@pytest.mark.parametrize("name", HEADS)
def test_every_head_builds_from_plain_values(name: str):
    head = build_head(
        name, image_dim=4, text_dim=6, num_classes=3, config={"map_dim": 8, "ratio": 0.5}
    )
    assert sum(p.numel() for p in head.parameters()) > 0


def test_unknown_names_list_the_known():
    with pytest.raises(HeadError, match=r"Unknown head 'clippy'\. Known: memeclip"):
        build_head("clippy", image_dim=4, text_dim=4, num_classes=2)


def test_unknown_settings_list_the_known():
    with pytest.raises(HeadError, match=r"no setting 'alpha'. Its settings: map_dim"):
        build_head("memeclip", image_dim=4, text_dim=4, num_classes=2, config={"alpha": 0.1})


def test_complete_config_fills_the_defaults():
    full = complete_config("memeclip", {"ratio": 0.5})
    assert (full["ratio"], full["scale"], full["map_dim"]) == (0.5, 30.0, 1024)
