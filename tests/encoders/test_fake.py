import numpy as np
import torch
from PIL import Image

from memeclip_core.encoders.base import Encoder, LinearSpace, ask_prompts, ask_tokens
from memeclip_core.encoders.fake import FakeCaptioner, FakeEncoder


def test_images_are_their_mean_colour():
    image = Image.new("RGB", (4, 2), (255, 0, 51))
    np.testing.assert_allclose(
        FakeEncoder().encode_images([image]), [[1.0, 0.0, 0.2, 1.0]], atol=1e-6
    )


def test_texts_are_their_letters():
    # "teat": e 1/4, t 2/4, a 1/4.
    np.testing.assert_allclose(
        FakeEncoder().encode_texts(["TEAT", ""]),
        [[0.25, 0.5, 0.25, 0, 0, 0, 1], [0, 0, 0, 0, 0, 0, 1]],
    )


def test_the_shared_space_has_unit_rows():
    encoder: Encoder = FakeEncoder()
    prompts = encoder.encode_prompts(["eee", "ttt", ""])
    np.testing.assert_allclose(np.linalg.norm(prompts, axis=1), 1.0, atol=1e-6)
    assert prompts[0].argmax() == 0
    assert prompts[1].argmax() == 1


def test_nothing_in_nothing_out():
    encoder = FakeEncoder()
    assert encoder.encode_images([]).shape == (0, 4)
    assert encoder.encode_texts([]).shape == (0, 7)


def test_tokens_are_halves_and_words():
    image = Image.new("RGB", (4, 2), (255, 0, 0))
    image.paste((0, 0, 255), (2, 0, 4, 2))
    encoder = ask_tokens(FakeEncoder())
    np.testing.assert_array_equal(
        encoder.encode_image_tokens([image])[0], [[1, 0, 0, 1], [0, 0, 1, 1]]
    )
    first, none = encoder.encode_text_tokens(["eat tt", ""])
    np.testing.assert_allclose(first[1], [0, 1, 0, 0, 0, 0, 1])
    assert (first.shape, none.shape, first.dtype) == ((2, 7), (0, 7), np.float16)


def test_the_shared_space_is_reached_by_the_maps():
    encoder = FakeEncoder()
    features = encoder.encode_texts(["teat", "noon"])
    space = encoder
    assert isinstance(space, LinearSpace)
    mapped = features @ space.text_map + space.text_offset
    np.testing.assert_allclose(
        encoder.share_texts(features), mapped / np.linalg.norm(mapped, axis=1, keepdims=True)
    )


def test_a_prompt_is_the_mean_of_the_made_word_and_the_letters():
    encoder = ask_prompts(FakeEncoder())
    first, none = encoder.encode_words(["Ta!", ""])
    assert (first.tolist(), none.tolist(), first.dtype) == ([1, 2, 6], [], np.int32)
    made = torch.tensor(
        [[4.0, 0, 0, 0, 0, 0, 8.0], [1.0, 2.0, 3.0, 0, 0, 0, 0]], requires_grad=True
    )
    ids, mask = torch.tensor([[1, 2, 6], [5, 5, 5]]), torch.tensor([[True] * 3, [False] * 3])
    read = encoder.text_tower.read_prompts(made, ids, mask)
    expected = torch.tensor([[1.0, 0.25, 0.25], [1.0, 2.0, 3.0]]) + 1e-3
    torch.testing.assert_close(read, expected)
    read.sum().backward()
    assert made.grad[0].tolist() == [0.25, 0.25, 0.25, 0, 0, 0, 0]


def test_captions_name_the_strongest_colour():
    images = [Image.new("RGB", (2, 2), color) for color in ((0, 0, 9), (1, 9, 2))]
    assert FakeCaptioner().write_captions(images) == ["a blue picture", "a green picture"]
