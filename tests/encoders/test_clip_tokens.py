from types import SimpleNamespace

import torch
from torch import nn

from memeclip_core.encoders.clip_tokens import read_patches, read_words

STATES = torch.tensor([[[9.0, 9.0], [1.0, 3.0], [2.0, 6.0]]])


def tower(**embeddings):
    """A vision tower whose last states are always the same."""
    made = nn.Module()
    made.embeddings = SimpleNamespace(**embeddings)
    made.post_layernorm = nn.LayerNorm(2)
    made.forward = lambda pixel_values: SimpleNamespace(last_hidden_state=STATES)
    return SimpleNamespace(vision_model=made)


def test_the_class_token_is_left_out_and_the_patches_are_normed():
    patches = read_patches(tower(class_embedding=torch.zeros(2)), torch.zeros(1))
    assert patches.shape == (1, 2, 2)
    torch.testing.assert_close(
        patches[0], torch.tensor([[-1.0, 1.0], [-1.0, 1.0]]), atol=1e-4, rtol=0
    )


def test_without_a_class_token_all_are_patches():
    assert torch.equal(read_patches(tower(), torch.zeros(1)), STATES)


def test_signs_are_no_words():
    model = SimpleNamespace(
        text_model=lambda input_ids, return_dict: SimpleNamespace(last_hidden_state=STATES)
    )
    words = read_words(model, {"input_ids": torch.tensor([[7, 3, 8]])}, [7, 8])
    assert torch.equal(words[0], STATES[0, 1:2])
    (none,) = read_words(model, {"input_ids": torch.tensor([[7, 8, 8]])}, [7, 8])
    assert none.shape == (0, 2)
