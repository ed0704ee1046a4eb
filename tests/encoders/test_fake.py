import numpy as np
from PIL import Image

from memeclip_core.encoders.base import Encoder, ask_maps, ask_tokens
from memeclip_core.encoders.fake import FakeEncoder


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
    space = ask_maps(encoder)
    mapped = features @ space.text_map + space.text_offset
    np.testing.assert_allclose(
        encoder.share_texts(features), mapped / np.linalg.norm(mapped, axis=1, keepdims=True)
    )
