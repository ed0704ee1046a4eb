"""Images by content id, in the home's own folder and in every kind of store alike."""

import logging
import traceback
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest

from memeclip_core.errors import ConfigError, StoreError
from memeclip_core.storage import objects
from memeclip_core.storage.home import Home
from memeclip_core.storage.images import ImageStore, open_images
from tests.factories.stores import (
    KINDS,
    SECRET,
    StandIn,
    list_names,
    open_store,
    write_past,
)

DATA = b"original bytes"
ID = sha256(DATA).hexdigest()
OTHER = b"other bytes"
OTHER_ID = sha256(OTHER).hexdigest()


@dataclass(frozen=True)
class Shelf:
    """An image store, with the place where its files lie."""

    home: Home
    url: str

    @property
    def store(self):
        return ImageStore(self.home, self.url)

    def names(self):
        return list_names(self.url, self.home.images)

    def write(self, name, data):
        write_past(self.url, name, data, self.home.images)


def make_shelf(kind, tmp_path):
    return open_store(kind, tmp_path), Home(tmp_path / "home").create()


@pytest.fixture(params=KINDS, ids=lambda kind: kind or "home")
def shelf(request, tmp_path):
    opened, home = make_shelf(request.param, tmp_path)
    with opened as url:
        yield Shelf(home, url)


@pytest.fixture(params=KINDS[1:])
def remote(request, tmp_path):
    opened, home = make_shelf(request.param, tmp_path)
    with opened as url:
        yield Shelf(home, url)


@pytest.fixture
def standin(tmp_path):
    opened, home = make_shelf("standin", tmp_path)
    with opened as url:
        yield Shelf(home, url)


def test_the_original_bytes_come_back_by_content_id(shelf):
    assert shelf.store.keep(ID, DATA, "png") == f"{ID}.png"
    assert shelf.store.keep(ID, DATA, "png") == f"{ID}.png"
    assert shelf.store.read(ID) == DATA
    assert shelf.names() == [f"{ID}.png"]


@pytest.mark.parametrize("extension", ["jpg", "webp", "tiff"])
def test_whatever_the_ending(shelf, extension):
    shelf.store.keep(ID, DATA, extension)
    assert shelf.store.read(ID) == DATA


def test_many_are_settled_together(shelf):
    store = shelf.store
    names = [store.keep(ID, DATA, "png", settle=False), store.keep(OTHER_ID, OTHER, "jpg")]
    store.settle(names)
    assert [store.read(ID), store.read(OTHER_ID)] == [DATA, OTHER]


def test_one_that_was_taken_away_meanwhile_is_put_back(shelf):
    store = shelf.store
    name = store.keep(ID, DATA, "png")
    store.discard([ID])
    store.put_back(name, DATA)
    assert store.read(ID) == DATA
    store.put_back("", DATA)
    store.put_back(name, None)
    assert shelf.names() == [name]


def test_a_truncated_file_is_mended(shelf):
    shelf.store.keep(ID, DATA, "png")
    shelf.write(f"{ID}.png", DATA[:3])
    shelf.store.keep(ID, DATA, "png")
    assert shelf.store.read(ID) == DATA


def test_an_unknown_id_is_nothing(shelf):
    assert shelf.store.read("0" * 64) is None


@pytest.mark.parametrize("name", ["../corrections", "a" * 63, "A" * 64, ID + ".png", ""])
def test_only_content_ids_are_looked_up(shelf, name):
    with pytest.raises(StoreError, match="no content id"):
        shelf.store.read(name)


def test_bytes_of_another_id_are_refused(shelf):
    with pytest.raises(StoreError, match="not those of the meme"):
        shelf.store.keep("0" * 64, DATA, "png")


def test_an_ending_that_is_no_image_is_refused(shelf):
    with pytest.raises(StoreError, match="png, jpg"):
        shelf.store.keep(ID, DATA, "../x")


def test_images_are_listed_and_deleted_and_no_others(shelf, tmp_path):
    store = shelf.store
    assert ImageStore(Home(tmp_path / "none")).list_ids() == frozenset()
    assert store.list_ids() == frozenset()
    store.keep(ID, DATA, "png")
    shelf.write("notes.txt", b"whatever")
    store.discard(["0" * 64])
    store.discard([])
    assert store.list_ids() == {ID}
    store.discard([ID, ID])
    assert store.list_ids() == frozenset() and store.read(ID) is None
    assert shelf.names() == ["notes.txt"]


def test_images_are_lent_as_files_by_their_names(shelf):
    store = shelf.store
    names = [store.keep(ID, DATA, "png"), store.keep(OTHER_ID, OTHER, "jpg")]
    asked = [*names, "", "../corrections.csv", f"{'0' * 64}.png"]
    with store.lend(asked) as lent:
        assert {name: path.read_bytes() for name, path in lent.items()} == {
            names[0]: DATA, names[1]: OTHER,
        }  # fmt: skip
        folders = {path.parent for path in lent.values()}
    # What was fetched is gone afterwards; what lies here anyway stays.
    assert folders.pop().exists() is (not shelf.url or shelf.url.startswith("file"))


def test_more_are_lent_than_are_read_at_once(remote, monkeypatch):
    monkeypatch.setattr("memeclip_core.storage.images.AT_ONCE", 2)
    data = [f"bytes {number}".encode() for number in range(5)]
    names = [remote.store.keep(sha256(one).hexdigest(), one, "png") for one in data]
    with remote.store.lend(names) as lent:
        assert [lent[name].read_bytes() for name in names] == data


def test_homes_share_a_store(remote, tmp_path):
    remote.store.keep(ID, DATA, "png")
    other = ImageStore(Home(tmp_path / "other").create(), remote.url)
    assert other.read(ID) == DATA and other.list_ids() == {ID}
    other.keep(OTHER_ID, OTHER, "jpg")
    assert remote.store.read(OTHER_ID) == OTHER
    assert list_names("", remote.home.images) == []


def test_a_store_proves_that_it_can_be_used_and_is_left_as_it_was(shelf):
    shelf.store.prove()
    assert shelf.names() == []


@pytest.mark.parametrize("half", [DATA[:7], b"", OTHER])
def test_an_object_that_is_not_whole_is_never_read(standin, caplog, half):
    name = standin.store.keep(ID, DATA, "png")
    standin.write(name, half)
    assert standin.store.read(ID) is None
    with standin.store.lend([name]) as lent:
        assert lent == {}
    assert f"the image {ID[:12]} is damaged in the image store" in caplog.text


def test_a_write_that_tears_is_not_read_and_the_next_one_mends_it(standin):
    StandIn.fault = "tears"
    name = standin.store.keep(ID, DATA, "png")
    assert standin.store.read(ID) is None
    StandIn.fault = ""
    assert standin.store.keep(ID, DATA, "png") == name
    assert standin.store.read(ID) == DATA


def test_a_write_that_breaks_leaves_nothing_under_the_name(standin):
    StandIn.fault = "breaks"
    with pytest.raises(StoreError, match="could not be written"):
        standin.store.keep(ID, DATA, "png")
    assert standin.names() == [] and standin.store.read(ID) is None
    assert all(path.endswith(".tmp") for path in StandIn.written)


@pytest.mark.parametrize(
    "do",
    [
        lambda store: store.keep(ID, DATA, "png"),
        lambda store: store.put_back(f"{ID}.png", DATA),
        lambda store: store.read(ID),
        lambda store: store.lend([f"{ID}.png"]).__enter__(),
        lambda store: store.list_ids(),
        lambda store: store.discard([ID]),
        lambda store: store.prove(),
    ],
)
def test_a_store_that_is_not_reached_is_a_fault_without_its_words(standin, caplog, do):
    caplog.set_level(logging.DEBUG)
    StandIn.fault = "down"
    with pytest.raises(StoreError, match=r"ConnectionError\)\. Try again in a moment") as caught:
        do(standin.store)
    assert SECRET not in "".join(traceback.format_exception(caught.value)) + caplog.text
    assert "standin://" in caplog.text


def test_a_store_that_hangs_is_given_up(standin, monkeypatch):
    monkeypatch.setattr(objects, "SECONDS", 0.05)
    monkeypatch.setattr(objects, "LOOK_SECONDS", 0.05)
    store = standin.store
    StandIn.fault = "hangs"
    for do in (lambda: store.read(ID), lambda: store.keep(ID, DATA, "png"), store.list_ids):
        with pytest.raises(StoreError, match=r"TimeoutError\)"):
            do()


def test_what_a_store_shows_is_what_every_home_keeps_there_now(standin, tmp_path):
    """Listings that a library remembers are asked for anew."""
    one, two = standin.store, ImageStore(Home(tmp_path / "other").create(), standin.url)
    assert one.list_ids() == frozenset()
    two.keep(ID, DATA, "png")
    assert one.list_ids() == {ID}
    two.discard([ID])
    one.put_back(f"{ID}.png", DATA)
    assert two.read(ID) == DATA


def test_images_that_are_left_in_the_home_are_said(tmp_path, caplog):
    home = Home(tmp_path / "home").create()
    open_images(home, "").keep(ID, DATA, "png")
    assert open_images(home, "").count_left() == 0 and caplog.text == ""
    assert open_images(home, f"file://{home.images}").count_left() == 0 and caplog.text == ""
    with open_store("memory", tmp_path) as url:
        assert open_images(home, url).count_left() == 1
    assert f"1 images lie in {home.images}. They are not looked at: copy them" in caplog.text


def test_a_store_that_nothing_here_speaks_to_is_refused_at_once(tmp_path):
    with pytest.raises(ConfigError, match="no kind of image store 'nonsense'"):
        ImageStore(Home(tmp_path), "nonsense://bucket")
    assert not list(Path(tmp_path).iterdir())
