from hashlib import sha256

import pytest

from memeclip_core.errors import StoreError
from memeclip_core.storage.home import Home
from memeclip_core.storage.images import ImageStore

DATA = b"original bytes"
ID = sha256(DATA).hexdigest()


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path).create()


def test_the_original_bytes_come_back_by_content_id(home):
    store = ImageStore(home)
    assert store.keep(ID, DATA, "png") == f"{ID}.png"
    assert store.keep(ID, DATA, "png") == f"{ID}.png"
    assert store.read(ID) == DATA
    assert [path.name for path in home.images.iterdir()] == [f"{ID}.png"]


def test_one_that_was_taken_away_meanwhile_is_put_back(home):
    store = ImageStore(home)
    name = store.keep(ID, DATA, "png")
    store.discard([ID])
    store.put_back(name, DATA)
    assert store.read(ID) == DATA
    store.put_back("", DATA)
    store.put_back(name, None)
    assert [path.name for path in home.images.iterdir()] == [name]


def test_a_truncated_file_is_mended(home):
    store = ImageStore(home)
    store.keep(ID, DATA, "png")
    (home.images / f"{ID}.png").write_bytes(DATA[:3])
    store.keep(ID, DATA, "png")
    assert store.read(ID) == DATA


def test_an_unknown_id_is_nothing(home):
    assert ImageStore(home).read("0" * 64) is None


@pytest.mark.parametrize("name", ["../corrections", "a" * 63, "A" * 64, ID + ".png", ""])
def test_only_content_ids_are_looked_up(home, name):
    with pytest.raises(StoreError, match="no content id"):
        ImageStore(home).read(name)


def test_bytes_of_another_id_are_refused(home):
    with pytest.raises(StoreError, match="not those of the meme"):
        ImageStore(home).keep("0" * 64, DATA, "png")


def test_an_ending_that_is_no_image_is_refused(home):
    with pytest.raises(StoreError, match="png, jpg"):
        ImageStore(home).keep(ID, DATA, "../x")


def test_images_are_listed_and_deleted_and_no_others(home, tmp_path):
    store = ImageStore(home)
    assert ImageStore(Home(tmp_path / "none")).list_ids() == frozenset()
    store.keep(ID, DATA, "png")
    store.discard(["0" * 64])
    assert store.list_ids() == {ID}
    store.discard([ID, ID])
    assert store.list_ids() == frozenset() and store.read(ID) is None
