"""The frozen text tower, held to what the whole model makes of the same words."""

import numpy as np
import pytest
import torch
from transformers import AutoTokenizer, CLIPModel

from memeclip_core.encoders.base import ask_prompts
from memeclip_core.encoders.clip.loading import load_clip


@pytest.fixture(scope="module")
def encoder(folder):
    return ask_prompts(load_clip(str(folder)))


def pad(rows: list[np.ndarray], width: int) -> tuple[torch.Tensor, torch.Tensor]:
    ids = torch.zeros(len(rows), width, dtype=torch.int32)
    mask = torch.zeros(len(rows), width, dtype=torch.bool)
    for place, row in enumerate(rows):
        ids[place, : len(row)] = torch.from_numpy(row)
        mask[place, : len(row)] = True
    return ids, mask


def read(encoder, made: torch.Tensor, texts: list[str], width: int = 9) -> torch.Tensor:
    return encoder.text_tower.read_prompts(made, *pad(encoder.encode_words(texts), width))


def test_a_made_word_that_is_a_real_one_reads_like_it(folder, encoder):
    model, tokenizer = (
        CLIPModel.from_pretrained(folder).eval(),
        AutoTokenizer.from_pretrained(folder),
    )
    table = model.text_model.embeddings.token_embedding.weight.detach()
    made = table[[tokenizer("x")["input_ids"][1], tokenizer("z")["input_ids"][1]]]
    found = read(encoder, made, ["cat", ""])
    for row, prompt in zip(found, ("a photo of x, cat", "a photo of z"), strict=True):
        with torch.inference_mode():
            expected = model.get_text_features(
                **tokenizer(prompt, return_tensors="pt")
            ).pooler_output
        torch.testing.assert_close(row, expected[0], atol=1e-5, rtol=1e-5)


def test_padding_and_neighbours_do_not_show(encoder):
    made = torch.randn(2, encoder.word_dim)
    both = read(encoder, made, ["cat", "a"])
    torch.testing.assert_close(both[1:], read(encoder, made[1:], ["a"], width=2))
    ids, mask = pad(encoder.encode_words(["cat", "a"]), 9)
    wild = torch.where(mask, ids, 20)
    assert torch.equal(encoder.text_tower.read_prompts(made, wild, mask), both)


def test_gradients_reach_the_made_word_alone(encoder):
    made = torch.randn(1, encoder.word_dim, requires_grad=True)
    read(encoder, made, ["dog"]).sum().backward()
    assert made.grad.abs().sum() > 0
    assert not any(p.requires_grad for p in encoder._model.parameters())
    assert all(p.grad is None for p in encoder._model.parameters())


def test_long_texts_are_cut_where_the_positions_end(encoder):
    # 16 positions less the start, 8 letters of "a photo of", the made word and the end.
    assert len(encoder.encode_words(["cat " * 50])[0]) == 5
    made = torch.randn(1, encoder.word_dim)
    assert torch.isfinite(read(encoder, made, ["cat " * 50])).all()


def test_no_rows_and_no_words(encoder):
    assert encoder.encode_words([]) == []
    assert read(encoder, torch.zeros(0, encoder.word_dim), []).shape == (0, 16)
    assert read(encoder, torch.zeros(2, encoder.word_dim), ["", ""], width=0).shape == (2, 16)
