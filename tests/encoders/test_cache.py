from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from memeclip_core.encoders.cache import CachedCaptioner, CachedEncoder, FeatureCache
from memeclip_core.encoders.fake import FakeEncoder
from memeclip_core.storage.home import Home
from tests.factories.services import CountingCaptioner, CountingEncoder

KEY, OTHER = "a" * 64, "b" * 64
VECTOR = np.array([1.5, -2.25, np.pi], np.float32)


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path)


def files(home):
    return sorted(home.features.rglob("*.f32"))


def test_a_vector_comes_back_bit_equal(home):
    cache = FeatureCache(home)
    assert cache.get(KEY, 3) is None
    cache.put(KEY, VECTOR)
    found = FeatureCache(home).get(KEY, 3)
    assert found.dtype == np.float32
    assert np.array_equal(found, VECTOR)
    assert cache.get(OTHER, 3) is None


def test_another_width_is_a_miss(home):
    cache = FeatureCache(home)
    cache.put(KEY, VECTOR)
    assert cache.get(KEY, 4) is None


def test_every_damaged_byte_is_a_miss(home):
    cache = FeatureCache(home)
    cache.put(KEY, VECTOR)
    (path,) = files(home)
    good = path.read_bytes()
    for place in range(len(good)):
        bad = bytearray(good)
        bad[place] ^= 1
        path.write_bytes(bad)
        assert cache.get(KEY, 3) is None
    for cut in range(len(good)):
        path.write_bytes(good[:cut])
        assert cache.get(KEY, 3) is None
    cache.put(KEY, VECTOR)
    assert np.array_equal(cache.get(KEY, 3), VECTOR)


def test_a_file_under_another_key_is_a_miss(home):
    cache = FeatureCache(home)
    cache.put(KEY, VECTOR)
    (path,) = files(home)
    wrong = home.features / "bb" / f"{OTHER}.f32"
    wrong.parent.mkdir()
    wrong.write_bytes(path.read_bytes())
    assert cache.get(OTHER, 3) is None


def test_the_oldest_go_first(home):
    cache = FeatureCache(home, max_vectors=10)
    keys = [f"{i:064x}" for i in range(12)]
    for age, key in enumerate(keys):
        cache.put(key, VECTOR)
        for path in files(home):
            if path.stem == key:
                os.utime(path, (age, age))
    left = [key for key in keys if cache.get(key, 3) is not None]
    assert len(left) <= 10
    assert left == keys[-len(left) :]


def test_a_disk_that_takes_nothing_is_a_miss_and_no_error(home):
    home.features.parent.mkdir(parents=True)
    home.features.write_bytes(b"a file in the folder's place")
    cache = FeatureCache(home)
    cache.put(KEY, VECTOR)
    assert cache.get(KEY, 3) is None


def test_only_keys_are_looked_up(home):
    with pytest.raises(ValueError):
        FeatureCache(home).get("../x", 3)


def test_a_sequence_comes_back_bit_equal_and_apart_from_vectors(home):
    cache = FeatureCache(home)
    tokens = np.array([[1.5, -2.25], [0.0, 3.0], [7.0, 8.0]], np.float16)
    assert cache.get_tokens(KEY, 2) is None
    cache.put_tokens(KEY, tokens)
    found = FeatureCache(home).get_tokens(KEY, 2)
    assert found.dtype == np.float16
    assert np.array_equal(found, tokens)
    assert cache.get_tokens(KEY, 4) is None
    assert cache.get(KEY, 3) is None
    cache.put_tokens(OTHER, tokens[:0])
    assert cache.get_tokens(OTHER, 2).shape == (0, 2)


def test_a_text_comes_back_and_counts_as_a_file(home):
    cache = FeatureCache(home, max_vectors=3)
    assert cache.get_text(KEY) is None
    cache.put_text(KEY, "a café, \n and 😀")
    assert FeatureCache(home).get_text(KEY) == "a café, \n and 😀"
    assert cache.get(KEY, 3) is None
    cache.put_text(OTHER, "")
    assert cache.get_text(OTHER) == ""
    (path,) = home.features.glob(f"*/{KEY}.txt")
    path.write_bytes(path.read_bytes()[1:])
    assert cache.get_text(KEY) is None
    for i in range(8):
        cache.put_text(f"{i:064x}", "more")
    assert len(list(home.features.glob("*/*.txt"))) <= 3


RED = Image.new("RGB", (4, 4), (255, 0, 0))
ID = "a" * 64


@pytest.fixture
def cache(tmp_path: Path) -> FeatureCache:
    return FeatureCache(Home(tmp_path))


def test_a_text_is_encoded_once_however_often_it_stands(cache: FeatureCache) -> None:
    encoder = CountingEncoder()
    made = CachedEncoder(encoder=encoder, cache=cache)
    first = made.texts(["eat", "tea", "eat"])
    assert encoder.texts == 2
    assert np.array_equal(first[0], first[2])
    assert np.array_equal(np.array(first), FakeEncoder().encode_texts(["eat", "tea", "eat"]))
    again = CachedEncoder(encoder=encoder, cache=cache).texts(["tea", "new"])
    assert encoder.texts == 3
    assert np.array_equal(again[0], first[1])


def test_a_cached_image_is_not_even_opened(cache: FeatureCache) -> None:
    made = CachedEncoder(encoder=CountingEncoder(), cache=cache)
    assert not made.knows_image(ID, tokens=False)
    first = made.images([ID], [lambda: RED])
    assert made.knows_image(ID, tokens=False)
    assert not made.knows_image(ID, tokens=True)

    def refuse() -> Image.Image:
        raise AssertionError("opened")

    assert np.array_equal(made.images([ID], [refuse])[0], first[0])
    assert first[0].tolist() == [1.0, 0.0, 0.0, 1.0]


def test_sequences_are_cached_as_well(cache: FeatureCache) -> None:
    encoder = CountingEncoder()
    made = CachedEncoder(encoder=encoder, cache=cache)
    (words,) = made.text_tokens(["eat a tea"])
    (patches,) = made.image_tokens([ID], [lambda: RED])
    assert words.shape == (3, 7)
    assert patches.shape == (2, 4)
    counts = (encoder.texts, encoder.images)
    assert np.array_equal(made.text_tokens(["eat a tea"])[0], words)
    assert np.array_equal(made.image_tokens([ID], [lambda: RED])[0], patches)
    assert (encoder.texts, encoder.images) == counts


def test_without_a_cache_everything_is_encoded() -> None:
    encoder = CountingEncoder()
    made = CachedEncoder(encoder=encoder, cache=None)
    assert made.texts([]) == []
    made.texts(["eat", "eat"])
    made.texts(["eat"])
    assert encoder.texts == 2
    assert not made.knows_image(ID, tokens=False)


RED, BLUE = (Image.new("RGB", (4, 4), color) for color in ((255, 0, 0), (0, 0, 255)))
IDS = ["a" * 64, "b" * 64, "a" * 64]


def test_an_image_is_described_once_however_often_it_stands(tmp_path: Path) -> None:
    captioner, cache = CountingCaptioner(), FeatureCache(Home(tmp_path))
    made = CachedCaptioner(captioner=captioner, cache=cache)
    openers = [lambda: RED, lambda: BLUE, lambda: RED]
    assert made.captions(IDS, openers) == ["a red picture", "a blue picture", "a red picture"]
    assert captioner.images == 2

    def refuse() -> Image.Image:
        raise AssertionError("a known image is not opened")

    again = CachedCaptioner(captioner=captioner, cache=cache)
    assert again.captions(IDS, [refuse] * 3)[1] == "a blue picture"
    assert captioner.images == 2


def test_another_captioner_writes_its_own(tmp_path: Path) -> None:
    cache = FeatureCache(Home(tmp_path))
    first, second = CountingCaptioner(), CountingCaptioner()
    second.fingerprint = "e" * 64
    for captioner in (first, second):
        CachedCaptioner(captioner=captioner, cache=cache).captions(IDS[:1], [lambda: RED])
    assert (first.images, second.images) == (1, 1)


def test_without_a_cache_everything_is_described_each_time() -> None:
    captioner = CountingCaptioner()
    made = CachedCaptioner(captioner=captioner, cache=None)
    for _ in range(2):
        assert made.captions(IDS[:1], [lambda: RED]) == ["a red picture"]
    assert captioner.images == 2
    assert made.captions([], []) == []
    assert made.fingerprint == captioner.fingerprint
