import threading
import time

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import save_file

from memeclip_core.encoders.base import LinearSpace, ask_tokens
from memeclip_core.encoders.compact import alignment, text_space
from memeclip_core.encoders.compact.compact import (
    ALIGNMENT_FILE,
    TEXT_FILE,
    CompactEncoder,
    Towers,
    load_compact,
    scale_image_features,
)
from memeclip_core.errors import EncoderError
from tests.factories.small_compact import FakeSentences, fake_towers, small_alignment, small_space


@pytest.fixture
def encoder():
    return CompactEncoder(
        towers=fake_towers(),
        space=small_space(),
        alignment=small_alignment(),
        digest=lambda: "f" * 64,
    )


def test_dimensions(encoder):
    assert (encoder.image_dim, encoder.text_dim, encoder.shared_dim) == (1280, 2 + 768, 2)
    assert encoder.fingerprint == "f" * 64
    assert encoder.visual_projection is None


def test_images_are_centred_and_have_one_length(encoder):
    rows = encoder.encode_images([Image.new("RGB", (1, 1), (64, 0, 0))])
    assert rows.shape == (1, 1280)
    assert rows.dtype == np.float32
    assert rows.mean() == pytest.approx(0, abs=1e-6)
    assert np.linalg.norm(rows) == pytest.approx(np.sqrt(1280))
    # One number of 1,280 is not zero: it lies 1,279 times as far from the mean as the others.
    assert rows[0, 0] / rows[0, 1] == pytest.approx(-1279, rel=1e-3)


def test_an_image_without_features_stays_at_zero():
    assert not scale_image_features(np.zeros((1, 4), np.float32)).any()


def test_texts_are_ngrams_beside_two_layers(encoder):
    rows = encoder.encode_texts(["Cat", "zzz"])
    assert rows[:, :2].tolist() == [pytest.approx([np.sqrt(2), 0]), [0, 0]]
    first, second = rows[0, 2:386], rows[0, 386:]
    assert np.linalg.norm(first) == pytest.approx(np.sqrt(384))
    np.testing.assert_allclose(second, 1, rtol=1e-6)
    assert first[0] / first[1] == pytest.approx(3)


def test_texts_are_cleaned_first(encoder):
    plain, stamped = encoder.encode_texts(["cat", "  cat\n https://example.org/x "])
    np.testing.assert_array_equal(plain, stamped)


def test_the_shared_space_reads_cached_features(encoder):
    images = encoder.share_images(np.array([[3, 4] + [0] * 1278], np.float32))
    np.testing.assert_allclose(images, [[0.6, 0.8]], rtol=1e-6)
    # The first two numbers of a text are n-grams, which the space does not read.
    texts = encoder.share_texts(np.array([[9, 9, 3, 4] + [0] * 766], np.float32))
    np.testing.assert_allclose(texts, [[0.6, 0.8]], rtol=1e-6)
    prompts = encoder.encode_prompts(["cat", "a cat"])
    np.testing.assert_allclose(np.linalg.norm(prompts, axis=1), 1, rtol=1e-6)


def test_it_offers_its_maps_and_its_sequences(encoder):
    maps = encoder
    assert isinstance(maps, LinearSpace)
    assert maps.image_map.shape == (1280, 2)
    assert maps.text_map.shape == (770, 2)
    assert not maps.text_map[:2].any()
    assert ask_tokens(encoder) is encoder


def test_many_threads_load_a_tower_once_and_the_other_one_not_at_all():
    loaded = []

    def load():
        loaded.append(1)
        time.sleep(0.05)
        return FakeSentences(), None

    towers = Towers(image=lambda: pytest.fail("no picture is encoded"), sentence=load)
    shared = CompactEncoder(
        towers=towers, space=small_space(), alignment=small_alignment(), digest=lambda: ""
    )
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(shared.encode_texts(["cat"]))) for _ in "12345"
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert loaded == [1]
    assert all(np.array_equal(rows, found[0]) for rows in found)
    assert len(found) == 5


@pytest.fixture
def assets(tmp_path):
    save_file(text_space.to_arrays(small_space()), tmp_path / TEXT_FILE)
    save_file(alignment.to_arrays(small_alignment()), tmp_path / ALIGNMENT_FILE)
    return tmp_path


def test_the_fingerprint_follows_the_files(assets):
    first = load_compact(assets=assets)
    again = load_compact(assets=assets).fingerprint
    assert first.fingerprint == again
    assert len(again) == 64
    arrays = alignment.to_arrays(small_alignment())
    save_file({**arrays, "text_offset": np.ones(2, np.float32)}, assets / ALIGNMENT_FILE)
    assert load_compact(assets=assets).fingerprint != again


@pytest.mark.parametrize("name", [TEXT_FILE, ALIGNMENT_FILE])
def test_missing_and_damaged_files_say_how_to_make_them(assets, name):
    (assets / name).write_bytes(b"damaged")
    with pytest.raises(EncoderError, match="rebuild it with 'memeclip"):
        load_compact(assets=assets)
    (assets / name).unlink()
    with pytest.raises(EncoderError, match=name):
        load_compact(assets=assets)


@pytest.fixture(scope="module")
def real():
    return load_compact()


@pytest.mark.model
def test_the_shipped_encoder_tells_pictures_by_their_captions(real):
    shades = {"white": (255, 255, 255), "black": (0, 0, 0)}
    images = real.encode_images([Image.new("RGB", (320, 200), rgb) for rgb in shades.values()])
    assert images.shape == (2, real.image_dim)
    np.testing.assert_allclose(np.linalg.norm(images, axis=1), np.sqrt(1280), rtol=1e-4)
    shared = real.share_images(images)
    np.testing.assert_allclose(np.linalg.norm(shared, axis=1), 1, rtol=1e-5)
    # The same image gives the same features whatever else is in the batch.
    np.testing.assert_allclose(
        real.encode_images([Image.new("RGB", (320, 200))]), images[1:], atol=1e-4
    )


@pytest.mark.model
def test_the_shipped_encoder_knows_what_sentences_mean(real):
    a, b, c = real.encode_prompts(
        ["a dog runs through the grass", "a puppy is running in a field", "a man plays the guitar"]
    )
    assert a @ b > a @ c + 0.3


@pytest.mark.model
def test_the_shipped_encoder_is_the_same_every_time(real):
    texts = ["one does not simply", "a much longer text " * 40, ""]
    rows = real.encode_texts(texts)
    np.testing.assert_array_equal(rows, real.encode_texts(texts))
    np.testing.assert_allclose(real.encode_texts(texts[:1])[0], rows[0], atol=1e-4)
    assert np.isfinite(rows).all()
    assert rows.std() == pytest.approx(1, abs=0.3)


def test_a_text_is_counted_as_it_is_cleaned(encoder):
    found = encoder.count_words("a C\u200bat 12  zzz")
    assert (found.length, found.read) == (4, 2)
    assert (found.words, found.known) == (3, 1)
