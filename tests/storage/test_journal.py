"""Lines that outlive the program: half a line is dropped, and nothing is glued to it."""

from __future__ import annotations

import pytest

from memeclip_core.errors import StoreError
from memeclip_core.storage.journal import Journal


def test_lines_come_back_in_order_and_go_with_the_file(tmp_path):
    journal = Journal(tmp_path / "a" / "x.jsonl")
    assert list(journal) == []
    journal.drop()
    for line in (b"one\n", b"two\n"):
        journal.add(line)
    assert list(Journal(journal.path)) == [b"one\n", b"two\n"]
    journal.drop()
    assert not journal.path.exists()
    journal.add(b"three\n")
    assert list(journal) == [b"three\n"]


@pytest.mark.parametrize("cut", range(9))
def test_a_file_cut_anywhere_goes_on_behind_its_last_whole_line(tmp_path, cut):
    path = tmp_path / "x.jsonl"
    path.write_bytes(b"one\ntwo\n"[:cut])
    whole = [line for line, end in ((b"one\n", 4), (b"two\n", 8)) if end <= cut]
    journal = Journal(path)
    assert list(journal) == whole
    journal.add(b"next\n")
    assert path.read_bytes() == b"".join(whole) + b"next\n"


def test_a_folder_that_cannot_be_written_says_so(tmp_path):
    (tmp_path / "a").write_bytes(b"")
    with pytest.raises(StoreError):
        Journal(tmp_path / "a" / "x.jsonl").add(b"x\n")
