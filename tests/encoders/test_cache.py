from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from memeclip_core.encoders.cache import CachedCaptioner, CachedEncoder, FeatureCache, KeptFeatures
from memeclip_core.encoders.fake import FakeEncoder
from memeclip_core.storage.home import Home
from tests.factories.disk import read_only
from tests.factories.services import CountingCaptioner, CountingEncoder

KEY, OTHER = "a" * 64, "b" * 64
MAKER = "e" * 64
VECTOR = np.array([1.5, -2.25, np.pi], np.float32)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def digest(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()


def kept(home: Home | None, maker: str = MAKER, **more: int) -> KeptFeatures:
    return FeatureCache(home, **more).of(maker)


def test_a_vector_comes_back_bit_equal(home: Home) -> None:
    own = kept(home)
    assert own.vectors([KEY], 3) == {}
    own.put_vectors({KEY: VECTOR})
    (found,) = kept(home).vectors([KEY, OTHER], 3).items()
    assert found[0] == KEY and found[1].dtype == np.float32 and found[1].flags.writeable
    assert np.array_equal(found[1], VECTOR)


def test_another_width_is_a_miss(home: Home) -> None:
    own = kept(home)
    own.put_vectors({KEY: VECTOR})
    assert own.vectors([KEY], 4) == {}


def test_what_another_model_made_is_a_miss_and_lies_apart(home: Home) -> None:
    cache = FeatureCache(home)
    cache.of("one").put_vectors({KEY: VECTOR})
    assert cache.of("two").vectors([KEY], 3) == {}
    cache.of("two").put_vectors({KEY: 2 * VECTOR})
    assert np.array_equal(cache.of("one").vectors([KEY], 3)[KEY], VECTOR)
    folders = sorted(path.name for path in home.features.iterdir())
    assert folders == sorted(
        f"{hashlib.sha256(maker).hexdigest()[:24]}.f32" for maker in (b"one", b"two")
    )


def test_a_damaged_vector_is_a_miss(home: Home) -> None:
    own = kept(home)
    own.put_vectors({KEY: VECTOR})
    (path,) = home.features.glob("*/*.rows")
    data = path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    assert own.vectors([KEY], 3) == {}
    own.put_vectors({KEY: VECTOR})
    assert np.array_equal(own.vectors([KEY], 3)[KEY], VECTOR)


def test_the_oldest_go_first(home: Home) -> None:
    own = kept(home, max_bytes=3_000)
    keys = [digest(i) for i in range(40)]
    for key in keys:
        own.put_vectors({key: VECTOR})
    left = [key for key in keys if own.vectors([key], 3)]
    assert 10 < len(left) < 30
    assert left == keys[-len(left) :]


def test_a_disk_that_takes_nothing_is_a_miss_and_no_error(home: Home) -> None:
    home.features.parent.mkdir(parents=True)
    home.features.write_bytes(b"a file in the folder's place")
    own = kept(home)
    own.put_vectors({KEY: VECTOR})
    assert own.vectors([KEY], 3) == {}


def test_a_home_that_cannot_be_written_is_read(home: Home) -> None:
    kept(home.create()).put_vectors({KEY: VECTOR})
    with read_only(home.root):
        own = kept(home)
        own.put_vectors({OTHER: VECTOR})
        assert [*own.vectors([KEY, OTHER], 3)] == [KEY]


def test_only_keys_are_looked_up(home: Home) -> None:
    with pytest.raises(ValueError, match=r"'\.\./x' is no cache key"):
        kept(home).vectors(["../x"], 3)
    with pytest.raises(ValueError, match="is no cache key"):
        kept(home).put_texts({"../x": ""})


@pytest.mark.parametrize("more", [{}, {"max_bytes": 0}])
def test_without_a_home_or_room_nothing_is_kept(tmp_path: Path, more: dict[str, int]) -> None:
    own = kept(Home(tmp_path) if more else None, **more)
    own.put_vectors({KEY: VECTOR})
    assert own.vectors([KEY], 3) == {} and list(tmp_path.iterdir()) == []


def test_a_sequence_comes_back_bit_equal_and_apart_from_vectors(home: Home) -> None:
    own = kept(home)
    tokens = np.array([[1.5, -2.25], [0.0, 3.0], [7.0, 8.0]], np.float16)
    assert own.tokens([KEY], 2) == {}
    own.put_tokens({KEY: tokens})
    found = kept(home).tokens([KEY], 2)[KEY]
    assert found.dtype == np.float16
    assert np.array_equal(found, tokens)
    assert own.tokens([KEY], 4) == {}
    assert own.vectors([KEY], 3) == {}
    own.put_tokens({OTHER: tokens[:0]})
    assert own.tokens([OTHER], 2)[OTHER].shape == (0, 2)


def test_a_text_comes_back(home: Home) -> None:
    own = kept(home)
    assert own.texts([KEY]) == {}
    own.put_texts({KEY: "a café, \n and 😀", OTHER: ""})
    assert kept(home).texts([KEY, OTHER]) == {KEY: "a café, \n and 😀", OTHER: ""}
    assert own.vectors([KEY], 3) == {}


# --- files of earlier releases -----------------------------------------------------------------


def write_single(home: Home, key: str, form: str, data: bytes) -> Path:
    """Write a file as releases up to 0.1.0 did."""
    path = home.features / key[:2] / f"{key}.{form}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data + hashlib.sha256(key.encode() + data).digest())
    return path


def test_what_an_earlier_release_kept_moves_to_the_shards_as_it_is_asked_for(home: Home) -> None:
    near = KEY[:-1] + "0"
    old = write_single(home, KEY, "f32", VECTOR.tobytes())
    beside = write_single(home, near, "f16", np.ones((2, 2), np.float16).tobytes())
    said = write_single(home, OTHER, "txt", b"said")
    own = kept(home)
    assert np.array_equal(own.vectors([KEY, OTHER], 3)[KEY], VECTOR)
    assert not old.exists() and beside.exists()
    assert np.array_equal(own.tokens([near], 2)[near], np.ones((2, 2)))
    assert not beside.parent.exists()
    assert own.texts([OTHER]) == {OTHER: "said"} and not said.parent.exists()
    again = kept(home)
    assert np.array_equal(again.vectors([KEY], 3)[KEY], VECTOR)
    assert again.texts([OTHER]) == {OTHER: "said"}


def test_a_damaged_file_of_an_earlier_release_is_a_miss(home: Home) -> None:
    path = write_single(home, KEY, "f32", VECTOR.tobytes())
    path.write_bytes(path.read_bytes()[1:])
    assert kept(home).vectors([KEY], 3) == {}
    write_single(home, OTHER, "f32", VECTOR.tobytes()).rename(path)
    assert kept(home).vectors([KEY], 3) == {}


def test_files_of_an_earlier_release_stay_where_nothing_can_be_written(home: Home) -> None:
    home.create()
    old = write_single(home, KEY, "f32", VECTOR.tobytes())
    with read_only(home.root):
        for _ in range(2):
            assert np.array_equal(kept(home).vectors([KEY], 3)[KEY], VECTOR)
    assert old.exists()


def test_files_of_an_earlier_release_that_nobody_asks_for_go_first(home: Home) -> None:
    old = [write_single(home, digest(i), "f32", VECTOR.tobytes()) for i in range(10)]
    own = kept(home, max_bytes=3_000)
    keys = [digest(i) for i in range(100, 140)]
    for key in keys:
        own.put_vectors({key: VECTOR})
    assert not any(path.exists() for path in old)
    assert len(own.vectors(keys, 3)) > 10


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
