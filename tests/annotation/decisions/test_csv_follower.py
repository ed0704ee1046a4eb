"""``corrections.csv`` beside a database that has everything."""

import errno
import os
import threading

import pytest

from memeclip_core.annotation.decisions import csv_follower
from memeclip_core.annotation.decisions.log_rows import encode_header, encode_rows
from tests.factories.corrections import row
from tests.factories.decision_logs import (
    beside,
    check_even,
    events,
    open_log,
    saved,
)
from tests.factories.disk import Disk


@pytest.fixture
def log(home):
    return open_log(home)


def test_a_file_cut_at_every_byte_is_completed_and_its_rest_is_kept(home):
    small = {"meme": "ff", "image": "", "model": "m", "task_set": "s"}
    first = row(event="e1", save="sa", **small)
    second = row(event="e2", save="sb", text='"two"\nlines', note="ends\n", **small)
    open_log(home).add([first, second])
    head, one = encode_header(), encode_rows([first])
    whole = head + one + encode_rows([second])
    for cut in range(len(whole) + 1):
        for path in beside(home, "*"):
            path.unlink()
        home.corrections.write_bytes(whole[:cut])
        open_log(home).join()
        assert home.corrections.read_bytes() == whole
        bounds = [n for n in (0, len(head), len(head + one), len(whole)) if n <= cut]
        torn = whole[bounds[-1] : cut]
        assert b"".join(path.read_bytes() for path in beside(home, "*.torn")) == torn
        assert beside(home, "*.csv") == []


def test_zeros_at_the_end_after_a_power_cut_are_moved_aside(log, home):
    log.add(saved("e1"))
    with home.corrections.open("ab") as file:
        file.write(b"\0" * 100)
    log.add(saved("e2"))
    assert check_even(home) == ["e1", "e2"]
    assert beside(home, "*.torn")[0].read_bytes() == b"\0" * 100


def test_saves_that_only_the_file_has_are_counted(log, home):
    log.add(saved("e1"))
    follower = log._file
    assert follower.count_untaken() == 0
    more = [row(event=f"e{i}", save=save) for i, save in ((2, "two"), (3, "two"), (4, "three"))]
    torn = encode_rows(saved("e5"))[:-9]
    with home.corrections.open("ab") as file:
        file.write(encode_rows(more) + torn)
    assert follower.count_untaken() == 2
    home.corrections.write_bytes(encode_header() + encode_rows(more))
    with pytest.raises(csv_follower.ForeignFile):
        follower.count_untaken()
    home.corrections.unlink()
    assert follower.count_untaken() == 0


def test_empty_lines_at_the_end_are_not_torn(log, home):
    log.add(saved("e1"))
    with home.corrections.open("ab") as file:
        file.write(b"\n\n")
    log.add(saved("e2"))
    assert events(log) == ["e1", "e2"]
    assert beside(home, "*") == []
    open_log(home).join()
    assert beside(home, "*") == []


def test_a_file_that_cannot_be_written_is_behind_and_caught_up_by_the_next_save(
    log, home, monkeypatch
):
    monkeypatch.setattr(csv_follower, "RETRY_SECONDS", 3600.0)
    log.add(saved("e1"))
    before = home.corrections.read_bytes()
    write = os.write

    def half(handle, data):
        if len(data) < 10:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(handle, bytes(data)[: len(data) // 2])

    monkeypatch.setattr(os, "write", half)
    with log.write() as connection:
        log.append(connection, saved("e2"))
    assert not log.follow()
    assert "is behind" in log.notes[0]
    assert home.corrections.read_bytes() == before
    assert events(log) == ["e1", "e2"]
    monkeypatch.undo()
    log.add(saved("e3"))
    assert log.notes == ()
    assert check_even(home) == ["e1", "e2", "e3"]


def test_a_file_that_was_behind_is_caught_up_by_itself(log, home, monkeypatch):
    monkeypatch.setattr(csv_follower, "RETRY_SECONDS", 0.05)
    log.add(saved("e1"))
    fails, done = [3], threading.Event()
    fsync = os.fsync

    def refuse(handle):
        if fails[0] and os.fstat(handle).st_ino == home.corrections.stat().st_ino:
            fails[0] -= 1
            raise OSError(errno.ENOSPC, "No space left on device")
        fsync(handle)
        done.set()

    with log.write() as connection:
        log.append(connection, saved("e2"))
    monkeypatch.setattr(os, "fsync", refuse)
    assert not log.follow()
    assert done.wait(20)
    while log.notes:
        pass
    assert check_even(home) == ["e1", "e2"]


def test_what_was_saved_survives_a_power_cut(log, home, monkeypatch):
    disk = Disk(monkeypatch)
    for number in range(3):
        log.add(saved(f"e{number}"))
        assert disk.keeps(home.corrections)
    with home.corrections.open("ab") as file:
        file.write(b"half a row")
    log.add(saved("after the tear"))
    assert disk.keeps(home.corrections)
    (torn,) = home.root.glob("*.torn")
    assert disk.keeps(torn)
    assert check_even(home) == ["e0", "e1", "e2", "after the tear"]
    # What another process wrote, and was killed before it was on the disk.
    other = open_log(home)
    with log.write() as connection:
        log.append(connection, saved("late"))
    monkeypatch.undo()
    other.follow()
    disk = Disk(monkeypatch)
    assert log.follow()
    assert disk._sizes[home.corrections.stat().st_ino] == home.corrections.stat().st_size
