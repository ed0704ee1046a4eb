import pytest
import torch
from torch.nn.functional import normalize

from memeclip_core.errors import HeadError
from memeclip_core.heads.parts.initialisation import semantic_weights


def test_the_official_way_by_hand():
    # [3, 4] has the unit vector [0.6, 0.8]; times the projection: [0.6, 1.6]; its length is
    # sqrt(0.36 + 2.56).
    projection = torch.tensor([[1.0, 0.0], [0.0, 2.0]])
    weights = semantic_weights(torch.tensor([[3.0, 4.0]]), map_dim=2, visual_projection=projection)
    length = (0.36 + 2.56) ** 0.5
    torch.testing.assert_close(weights, torch.tensor([[0.6 / length, 1.6 / length]]))


def test_a_projection_of_another_width_is_not_used():
    prompts = torch.randn(3, 4)
    with_projection = semantic_weights(prompts, map_dim=8, visual_projection=torch.randn(4, 6))
    assert torch.equal(with_projection, semantic_weights(prompts, map_dim=8))


@pytest.mark.parametrize("map_dim", [16, 64])
def test_angles_between_classes_are_kept(map_dim: int):
    prompts = normalize(torch.randn(5, 16), dim=-1)
    weights = semantic_weights(prompts, map_dim=map_dim, seed=3)
    assert weights.shape == (5, map_dim)
    torch.testing.assert_close(weights @ weights.T, prompts @ prompts.T, atol=1e-5, rtol=0)


def test_seeded():
    prompts = torch.randn(2, 4)
    first = semantic_weights(prompts, map_dim=8, seed=1)
    assert torch.equal(first, semantic_weights(prompts, map_dim=8, seed=1))
    assert not torch.equal(first, semantic_weights(prompts, map_dim=8, seed=2))


def test_rows_have_unit_length_in_a_narrower_head():
    weights = semantic_weights(torch.randn(3, 32), map_dim=8)
    torch.testing.assert_close(weights.norm(dim=-1), torch.ones(3))


def test_one_prompt_must_be_a_row():
    with pytest.raises(HeadError, match=r"\(classes, dim\); got \(4,\)"):
        semantic_weights(torch.randn(4), map_dim=8)
