from types import SimpleNamespace

import torch
from torch import nn

from memeclip_core.encoders.clip.tokens import read_patches, read_words

STATES = torch.tensor([[[9.0, 9.0], [1.0, 3.0], [2.0, 6.0]]])


def tower(states=STATES, **embeddings):
    """A vision tower whose last states are always the same."""
    made = nn.Module()
    made.embeddings = SimpleNamespace(**embeddings)
    made.post_layernorm = nn.LayerNorm(2)
    return SimpleNamespace(
        vision_model=made,
        get_image_features=lambda pixel_values, **_: SimpleNamespace(last_hidden_state=states),
    )


PIXELS = {"pixel_values": torch.zeros(1)}


def test_the_class_token_is_left_out_and_the_patches_are_normed():
    (patches,) = read_patches(tower(class_embedding=torch.zeros(2)), PIXELS)
    assert patches.shape == (2, 2)
    torch.testing.assert_close(patches, torch.tensor([[-1.0, 1.0], [-1.0, 1.0]]), atol=1e-4, rtol=0)


def test_without_a_class_token_all_are_patches():
    assert torch.equal(read_patches(tower(), PIXELS)[0], STATES[0])
    (patches,) = read_patches(tower(cls_token=torch.zeros(2)), PIXELS)
    assert torch.equal(patches, STATES[0, 1:])


def test_a_grid_is_a_sequence_and_what_fills_up_is_left_out():
    grid = torch.arange(8.0).reshape(1, 2, 2, 2)
    (patches,) = read_patches(tower(states=grid), PIXELS)
    assert patches.tolist() == [[0.0, 4.0], [1.0, 5.0], [2.0, 6.0], [3.0, 7.0]]
    mask = torch.tensor([[1, 1, 0]])
    (real,) = read_patches(tower(), {**PIXELS, "pixel_attention_mask": mask})
    assert torch.equal(real, STATES[0, :2])


def test_signs_are_no_words():
    model = SimpleNamespace(
        get_text_features=lambda input_ids: SimpleNamespace(last_hidden_state=STATES)
    )
    words = read_words(model, {"input_ids": torch.tensor([[7, 3, 8]])}, [7, 8])
    assert torch.equal(words[0], STATES[0, 1:2])
    (none,) = read_words(model, {"input_ids": torch.tensor([[7, 8, 8]])}, [7, 8])
    assert none.shape == (0, 2)
