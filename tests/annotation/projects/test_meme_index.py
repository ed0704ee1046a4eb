"""The list of memes: appended to by several processes, and never half read."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from memeclip_core.annotation.projects.meme_index import MemeIndex, meme_from_line, meme_to_line
from tests.factories.disk import Disk
from tests.factories.project_records import make_id, make_meme


@pytest.fixture
def path(tmp_path):
    return tmp_path / "memes.jsonl"


def test_memes_are_found_by_id_and_in_import_order(path):
    index = MemeIndex(path)
    assert len(index) == 0 and index.ids == () and index.get(make_id(0)) is None
    memes = [make_meme(n) for n in (2, 0, 1)]
    index.append(memes)
    assert index.rows == tuple(memes)
    assert index.ids == tuple(make_id(n) for n in (2, 0, 1))
    assert index.ids is index.ids
    assert [index.place(make_id(n)) for n in (0, 1, 2, 3)] == [1, 2, 0, None]
    assert index.get(make_id(1)) == memes[2] and index.get(make_id(3)) is None


def test_a_later_line_replaces_what_is_known_and_keeps_the_place(path):
    index = MemeIndex(path)
    index.append([make_meme(0), make_meme(1)])
    before = index.revision
    index.append([replace(make_meme(0), gold=True)])
    assert index.get(make_id(0)).gold
    assert index.ids == (make_id(0), make_id(1)) and len(index) == 2
    assert index.revision == before + 1


def test_what_others_append_is_picked_up(path):
    one, other = MemeIndex(path), MemeIndex(path)
    one.append([make_meme(0)])
    assert other.refresh().ids == (make_id(0),)
    other.append([make_meme(1)])
    assert one.refresh().ids == other.ids == (make_id(0), make_id(1))


def test_a_torn_last_line_does_not_count_and_is_written_over(path):
    index = MemeIndex(path)
    index.append([make_meme(0)])
    with path.open("ab") as file:
        file.write(meme_to_line(make_meme(1))[:-9])
    fresh = MemeIndex(path).refresh()
    assert fresh.ids == (make_id(0),)
    fresh.append([make_meme(2)])
    assert MemeIndex(path).refresh().ids == (make_id(0), make_id(2))
    assert index.refresh().ids == (make_id(0), make_id(2))


@pytest.mark.parametrize("line", [b"{", b"[]", b"null", b"{}", b'{"id": 3}', b"\xff\xfe"])
def test_a_damaged_line_costs_one_meme(path, line):
    path.write_bytes(meme_to_line(make_meme(0)) + line + b"\n" + meme_to_line(make_meme(1)))
    assert MemeIndex(path).refresh().ids == (make_id(0), make_id(1))


def test_a_list_that_was_put_back_is_read_anew(path):
    index = MemeIndex(path)
    index.append([make_meme(0), make_meme(1)])
    path.unlink()
    path.write_bytes(meme_to_line(make_meme(7)))
    assert index.refresh().ids == (make_id(7),)
    path.unlink()
    assert len(index.refresh()) == 0


def test_threads_read_whole_states_while_another_appends(path):
    index = MemeIndex(path)
    seen, done = [], threading.Event()

    def look():
        while not done.is_set():
            ids = index.refresh().ids
            seen.append(all(index.get(own) is not None for own in ids))

    readers = [threading.Thread(target=look) for _ in range(3)]
    for reader in readers:
        reader.start()
    for start in range(0, 100, 10):
        index.append([make_meme(n) for n in range(start, start + 10)])
    done.set()
    for reader in readers:
        reader.join()
    assert all(seen) and len(index) == 100


def test_memes_that_were_added_survive_a_power_cut(path, monkeypatch):
    disk = Disk(monkeypatch)
    index = MemeIndex(path)
    for number in range(3):
        index.append([make_meme(number)])
        assert disk.keeps(path)


@pytest.mark.parametrize(
    "meme",
    [
        make_meme(),
        make_meme(given={"hate": ("Hate",), "x": ()}, gold=True, split="val"),
        make_meme(image="", width=0, height=0, text_source="file"),
        make_meme(text="", text_source="none"),
        make_meme(text="line\u2028separator \x85 next"),
    ],
)
def test_memes_read_back_the_same_from_one_line(meme):
    line = meme_to_line(meme)
    assert line.endswith(b"\n") and line.count(b"\n") == 1
    assert meme_from_line(line) == meme
