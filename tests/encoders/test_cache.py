import os

import numpy as np
import pytest

from memeclip_core.encoders.cache import FeatureCache
from memeclip_core.storage.home import Home

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
