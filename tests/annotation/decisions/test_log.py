"""The log in the database, and the home of an earlier release that becomes one with it."""

import errno
import os
import shutil
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress

import pytest

from memeclip_core.annotation.decisions import csv_follower, queries
from memeclip_core.annotation.decisions.history import History
from memeclip_core.annotation.decisions.log import DecisionLog
from memeclip_core.annotation.decisions.log_rows import encode_header, encode_rows
from memeclip_core.config import ROOT
from memeclip_core.database.engine import FILE
from memeclip_core.errors import StoreError, TextError
from tests.factories.corrections import NASTY, ROW, as_schema_one, as_schema_two, row
from tests.factories.decision_logs import (
    beside,
    check_even,
    events,
    open_log,
    read_file,
    read_log,
    rows_of,
    saved,
)
from tests.factories.disk import full

WRITER = """
import sys
from pathlib import Path
from memeclip_core.annotation.decisions.log import DecisionLog
from memeclip_core.database.engine import Database
from memeclip_core.storage.home import Home
from tests.factories.corrections import row

root, writer, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
log = DecisionLog(database=Database.of_home(root), home=Home(root))
for i in range(count):
    name = f"{writer}-{i}"
    log.add([row(event=name, save=name, meme=name, text='a "text"\\nof two lines ' * 20)])
    print(i, flush=True)
"""


@pytest.fixture
def log(home):
    return open_log(home)


# --- adding -------------------------------------------------------------------------------------


def test_an_empty_home_has_no_rows_and_no_file(log, home):
    assert read_log(log) == []
    assert log.notes == ()
    log.add([])
    assert not home.corrections.exists()


def test_rows_come_back_in_order_and_stand_in_the_file(log, home):
    rows = [row(event=f"e{i}", save=f"s{i}", text=text, note=text) for i, text in enumerate(NASTY)]
    log.add(rows[:5])
    log.add(rows[5:])
    assert read_log(log) == read_log(open_log(home)) == rows
    assert home.corrections.read_bytes() == encode_header() + encode_rows(rows)
    assert rows_of(log, "", ROW.meme) == tuple(rows)
    assert rows_of(log, "p", ROW.meme) == ()


def test_rows_of_another_process_appear(log, home):
    log.add(saved("mine"))
    open_log(home).add(saved("other"))
    log.add(saved("again"))
    assert events(log) == check_even(home) == ["mine", "other", "again"]


def test_a_transaction_sees_what_it_appends(log):
    with log.write() as connection:
        log.append(connection, saved("e1"))
        found = History.of(connection, "pridemm", "", ROW.meme)
        assert found.decision("ann").labels == {"hate": ("No Hate",)}
        assert queries.read_tally(connection, "", "pridemm").memes == 1


def test_a_transaction_that_fails_adds_nothing(log, home):
    with pytest.raises(RuntimeError), log.write() as connection:
        log.append(connection, saved("e1"))
        raise RuntimeError
    assert events(log) == []
    assert not home.corrections.exists()


@pytest.mark.parametrize("text", ["nul \0", "half \ud800"])
def test_a_text_that_nothing_can_carry_is_refused(log, home, text):
    with pytest.raises(TextError):
        log.add(saved("e1", note=text))
    assert events(log) == []
    assert not home.corrections.exists()


def test_a_database_server_has_no_file_unless_it_is_asked_for(database, home):
    log = DecisionLog(database=database, home=home)
    log.add(saved("e1"))
    assert log.follow()
    assert home.corrections.exists() == database.embedded


# --- several at once, and a kill ----------------------------------------------------------------


def start_writer(home, writer, count):
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(home.root), writer, str(count)],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        text=True,
    )


@pytest.mark.scale
@pytest.mark.timeout(600)
def test_eight_processes_write_two_hundred_corrections_each_and_none_is_lost(home):
    writers = [start_writer(home, f"w{i}", 200) for i in range(8)]
    for writer in writers:
        writer.communicate(timeout=300)
        assert writer.returncode == 0
    found = check_even(home)
    assert len(found) == 1600
    for i in range(8):
        own = [name for name in found if name.startswith(f"w{i}-")]
        assert own == [f"w{i}-{j}" for j in range(200)]
    assert beside(home, "*") == []


def test_eight_threads_share_one_log(log, home):
    def write(name):
        for i in range(25):
            log.add(saved(f"{name}-{i}"))
            # Saved means that it is in the file.
            assert f"{name}-{i}" in home.corrections.read_text(encoding="utf-8")

    faults = []
    threads = [
        threading.Thread(target=lambda i=i: _note(faults, lambda: write(f"t{i}"))) for i in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert len(set(check_even(home))) == 200


def _note(faults, call):
    try:
        call()
    except BaseException as error:
        faults.append(error)


def test_a_kill_at_any_moment_loses_nothing_that_was_acknowledged(home):
    for attempt in range(4):
        writer = start_writer(home, f"k{attempt}", 100_000)
        last = -1
        for line in writer.stdout:
            last = int(line)
            if last >= 7 * (attempt + 1):
                break
        writer.send_signal(signal.SIGKILL)
        rest = writer.stdout.read().split()
        writer.wait()
        writer.stdout.close()
        last = max([last, *map(int, rest)])
        own = [name for name in check_even(home) if name.startswith(f"k{attempt}-")]
        # One more may be whole without its writer having lived to say so.
        assert own[: last + 1] == [f"k{attempt}-{i}" for i in range(last + 1)]
        assert len(own) <= last + 2
    open_log(home).add(saved("after"))
    assert check_even(home)[-1] == "after"


class Killed(BaseException):
    """What happens to a process that is killed, as far as it can be had within one."""


@contextmanager
def killed(monkeypatch, name, number):
    """Let the nth call of a function of ``os`` be the last thing that happens."""
    real, calls = getattr(os, name), [0]

    def call(*arguments, **named):
        calls[0] += 1
        if calls[0] >= number:
            if name == "write" and calls[0] == number:
                handle, data = arguments
                real(handle, bytes(data)[: len(data) // 2])
            raise Killed
        return real(*arguments, **named)

    with monkeypatch.context() as patch:
        patch.setattr(os, name, call)
        yield calls


@pytest.mark.parametrize("name", ["open", "write", "fsync", "ftruncate", "replace"])
@pytest.mark.parametrize("number", range(1, 9))
def test_after_a_kill_at_every_write_point_nothing_is_lost_doubled_or_half(
    home, monkeypatch, name, number
):
    log = open_log(home)
    log.add(saved("e1", "e2"))
    done = ["e1", "e2"]
    with home.corrections.open("ab") as file:
        file.write(b'"3","torn')
    with killed(monkeypatch, name, number):
        try:
            for one in ("e3", "e4", "e5"):
                log.add(saved(one))
                done.append(one)
        except Killed:
            pass
    found = check_even(home)
    assert found[: len(done)] == done
    assert found[len(done) :] in ([], ["e3", "e4", "e5"][len(done) - 2 :][:1])


@pytest.mark.parametrize("name", ["open", "write", "fsync", "replace", "unlink"])
@pytest.mark.parametrize("number", range(1, 7))
@pytest.mark.parametrize("schema", [1, 2])
def test_after_a_kill_in_a_take_over_the_next_start_finishes_it(
    home, monkeypatch, schema, name, number
):
    rows = saved("e1", "e2", "e3")
    old = (as_schema_one if schema == 1 else as_schema_two)(rows)
    home.corrections.write_bytes(old)
    with killed(monkeypatch, name, number), suppress(Killed):
        open_log(home).join()
    assert check_even_old(home, rows, schema)
    kept = [path.read_bytes() for path in beside(home, "before-database-*.csv")]
    assert old in kept


def check_even_old(home, rows, schema):
    """Say whether a home of an earlier release has its decisions; new rows go on in its file."""
    log = open_log(home)
    log.add(saved("new"))
    assert read_log(log) == [*rows, *saved("new")]
    if schema == 1:
        return read_file(home) == read_log(log)
    data = home.corrections.read_bytes()
    return data == as_schema_two(rows) + encode_rows(saved("new"))


# --- a file that is not as it was ---------------------------------------------------------------


def test_an_old_file_cut_at_every_byte_loses_only_its_last_row(home):
    small = {"meme": "ff", "image": "", "model": "m", "task_set": "s"}
    rows = [
        row(event="e1", save="sa", **small),
        row(event="e2", save="sb", text='"two"\nlines', note="ends\n", **small),
    ]
    whole = as_schema_two(rows)
    head, one = len(encode_header()), len(as_schema_two(rows[:1]))
    for cut in range(0, len(whole) + 1, 3):
        for path in home.root.glob("*.*"):
            path.unlink()
        home.corrections.write_bytes(whole[:cut])
        kept = rows[: (cut >= one) + (cut == len(whole))]
        log = open_log(home)
        assert read_log(log) == kept
        log.add(saved("new"))
        assert read_log(open_log(home)) == [*kept, *saved("new")]
        bounds = [n for n in (0, head, one, len(whole)) if n <= cut]
        torn = whole[bounds[-1] : cut]
        assert b"".join(path.read_bytes() for path in beside(home, "*.torn")) == torn


def test_a_file_that_lacks_rows_or_is_lost_is_written_again(log, home):
    log.add(saved("e1", "e2", "e3"))
    whole = home.corrections.read_bytes()
    home.corrections.write_bytes(encode_header() + encode_rows(saved("e1")))
    log.add(saved("e4"))
    assert check_even(home) == ["e1", "e2", "e3", "e4"]
    home.corrections.unlink()
    open_log(home).join()
    assert home.corrections.read_bytes() == whole + encode_rows(saved("e4"))
    home.corrections.unlink()
    log.add(saved("e5"))
    assert check_even(home) == ["e1", "e2", "e3", "e4", "e5"]
    assert beside(home, "*") == []


def test_another_file_in_its_place_is_kept_aside_and_the_page_says_so(log, home):
    log.add(saved("e1", "e2"))
    other = encode_header() + encode_rows(saved("restored"))
    home.corrections.write_bytes(other)
    log.add(saved("e3"))
    assert events(log) == check_even(home) == ["e1", "e2", "e3"]
    (kept,) = beside(home, "conflict-*.csv")
    assert kept.read_bytes() == other
    for said in (log.notes, open_log(home).notes):
        assert len(said) == 1
        assert kept.name in said[0]
    kept.unlink()
    assert log.notes == ()


def test_a_database_that_lacks_the_files_last_rows_takes_them_over(log, home, tmp_path):
    log.add(saved("e1", "e2"))
    log._database.close()
    backup = tmp_path / "backup"
    shutil.copy(home.root / FILE, backup)
    log.add(saved("e3", "e4"))
    log._database.close()
    shutil.copy(backup, home.root / FILE)
    restored = open_log(home)
    assert events(restored) == ["e1", "e2", "e3", "e4"]
    assert restored.notes == ()
    with restored.read() as connection:
        assert queries.read_tally(connection, "", "pridemm").decisions == 1
        assert History.of(connection, "pridemm", "", ROW.meme).decision("ann").save == "s-e4"
    assert check_even(home) == ["e1", "e2", "e3", "e4"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (encode_header() + encode_rows(saved("other")), "other decisions than the database"),
        (b"a;b\n1;2\n" * 99, "its columns are parted by semicolons"),
    ],
)
def test_a_file_that_cannot_be_taken_over_and_is_not_shown_is_named(
    log, home, monkeypatch, content, said
):
    log.add(saved("e1"))
    log._database.close()
    home.corrections.write_bytes(content)
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    looked = open_log(home)
    assert events(looked) == ["e1"]
    frozen, foreign = looked.notes
    assert "cannot be written" in frozen
    assert said in foreign
    assert home.corrections.read_bytes() == content


def test_a_database_that_is_lost_takes_everything_over_and_says_what_is_not_in_it(
    log, home, caplog
):
    caplog.set_level("INFO", logger="memeclip")
    log.add(saved("e1", "e2"))
    log._database.close()
    for path in home.root.glob(f"{FILE}*"):
        path.unlink()
    assert events(open_log(home)) == ["e1", "e2"]
    assert "users, models and projects are not among them" in caplog.text


EDITS = [
    lambda data: b"\xef\xbb\xbf" + data,
    lambda data: data.replace(b",", b";"),
    lambda data: data.replace(b"annotator,", b"", 1),
    lambda data: data.replace(b"0.75", b"0,75"),
]


@pytest.mark.parametrize("edit", EDITS)
def test_what_a_spreadsheet_did_to_an_old_home_is_named_and_nothing_is_overwritten(home, edit):
    edited = edit(as_schema_two([ROW]))
    home.corrections.write_bytes(edited)
    log = open_log(home)
    for _ in range(2):
        with pytest.raises(StoreError, match=r"^corrections.csv, line [12]"):
            read_log(log)
        with pytest.raises(StoreError, match=r"^corrections.csv, line [12]"):
            log.add([ROW])
        assert "line" in log.notes[0]
    assert home.corrections.read_bytes() == edited
    assert beside(home, "*") == []
    home.corrections.write_bytes(as_schema_two([ROW]))
    assert read_log(log) == [ROW]


@pytest.mark.parametrize("edit", EDITS[:3])
def test_a_file_that_a_spreadsheet_saved_is_kept_aside(log, home, edit):
    log.add(saved("e1"))
    edited = edit(home.corrections.read_bytes())
    home.corrections.write_bytes(edited)
    log.add(saved("e2"))
    assert check_even(home) == ["e1", "e2"]
    assert [path.read_bytes() for path in beside(home, "conflict-*.csv")] == [edited]
    assert len(log.notes) == 1


def test_a_folder_in_the_files_place_is_named(log, home):
    home.corrections.mkdir()
    with pytest.raises(StoreError, match=r"corrections\.csv could not be"):
        log.add([ROW])


# --- a full disk --------------------------------------------------------------------------------


def test_a_full_database_saves_nothing_and_says_so(log, home):
    log.add(saved("e1"))
    before = home.corrections.read_bytes()

    more = saved(*(f"more-{n}" for n in range(200)))
    full_up = pytest.raises(StoreError, match=r"full.*Free some space and try again")
    with full(log._database), full_up:
        log.add(more)
    assert home.corrections.read_bytes() == before
    log.add(saved("e3"))
    assert check_even(home) == ["e1", "e3"]


# --- homes of earlier releases ------------------------------------------------------------------


def nasty_rows():
    return [row(event=f"e{i}", save=f"s{i}", text=text) for i, text in enumerate(NASTY)]


@pytest.mark.parametrize("schema", [1, 2])
def test_a_home_of_an_earlier_release_is_taken_over_and_its_file_copied_first(home, schema):
    rows = nasty_rows()
    old = (as_schema_one if schema == 1 else as_schema_two)(rows)
    home.corrections.write_bytes(old)
    log = open_log(home)
    log.join()
    assert read_log(log) == rows
    with log.read() as connection:
        history = History.of(connection, "pridemm", "", ROW.meme)
    assert (history.decision("ann").version, history.decision("ann").save) == (1, rows[-1].save)
    assert [path.read_bytes() for path in beside(home, "*")] == [old]
    assert beside(home, "before-database-*.csv")
    new = row(event="new", save="new", project="p", version=2, verdict="unaided", seconds=1.5)
    log.add([new])
    first = encode_header() + encode_rows(rows) if schema == 1 else old
    assert home.corrections.read_bytes() == first + encode_rows([new])
    assert log.notes == ()
    open_log(home).add(saved("next"))
    assert len(beside(home, "*")) == 1


def test_a_release_without_a_database_stops_at_the_first_row_of_this_one(log, home):
    """It knew the schemas 1 and 2 and refused a row of any other: nothing was read or written."""
    log.add(saved("e1"))
    line = home.corrections.read_bytes().splitlines()[1]
    assert line.startswith(b'"3",')
    assert encode_header() == as_schema_two([])


def test_what_stands_in_an_old_file_twice_is_taken_over_once(home):
    rows = saved("e1", "e2")
    again = row(event="e3", save="s-e1")
    old = as_schema_two([*rows, rows[0], again])
    home.corrections.write_bytes(old)
    log = open_log(home)
    log.add(saved("new"))
    assert events(log) == ["e1", "e2", "new"]
    assert [path.read_bytes() for path in beside(home, "*.csv")] == [old]


def test_a_half_written_save_of_an_old_file_stands_as_far_as_it_goes(home):
    parts = [row(event=f"e-{task}", save="one", task=task) for task in ("hate", "stance")]
    home.corrections.write_bytes(as_schema_two(parts)[:-40])
    log = open_log(home)
    with log.read() as connection:
        decision = History.of(connection, "pridemm", "", ROW.meme).decision("ann")
    assert list(decision.labels) == ["hate"]


@pytest.mark.parametrize("content", [encode_header(1), encode_header(1) + b'"1","torn', b"sche"])
def test_an_old_file_without_a_row_becomes_one_of_today(home, content):
    home.corrections.write_bytes(content)
    log = open_log(home)
    log.add([ROW])
    assert read_log(log) == [ROW]
    assert home.corrections.read_bytes() == encode_header() + encode_rows([ROW])
    kept = b"".join(path.read_bytes() for path in beside(home, "*"))
    assert kept in (content, content + content) or content == encode_header(1)


def test_a_rewrite_that_fails_leaves_the_file_as_it_was(home, monkeypatch):
    old = as_schema_one([ROW])
    home.corrections.write_bytes(old)
    replace = os.replace

    def refuse(source, target):
        if str(target).endswith("corrections.csv"):
            raise OSError(errno.ENOSPC, "No space left on device")
        replace(source, target)

    monkeypatch.setattr(os, "replace", refuse)
    log = open_log(home)
    with pytest.raises(StoreError, match="No space left"):
        log.add(saved("e2"))
    assert home.corrections.read_bytes() == old
    monkeypatch.undo()
    assert read_log(log) == [ROW]
    assert check_even(home) == ["e1"]


def test_a_large_file_is_read_in_pieces(home, monkeypatch):
    rows = [row(event=f"e{n}", save=f"s{n}", text=NASTY[n % len(NASTY)]) for n in range(60)]
    old = as_schema_two(rows)
    monkeypatch.setattr(csv_follower, "_PIECE", 100)
    home.corrections.write_bytes(old + b'"2","bad"\n')
    with pytest.raises(StoreError, match=r"line \d+: 2 cells where 22 belong") as caught:
        open_log(home).join()
    line = int(str(caught.value).split("line ")[1].split(":")[0])
    assert line == (old + b'"2","bad"\n').count(b"\n")
    home.corrections.write_bytes(old)
    assert read_log(open_log(home)) == rows


def test_a_database_server_takes_an_old_home_over_and_leaves_its_file_alone(database, home):
    old = as_schema_two(nasty_rows())
    home.corrections.write_bytes(old)
    log = DecisionLog(database=database, home=home)
    assert read_log(log) == nasty_rows()
    log.add(saved("new"))
    if not database.embedded:
        assert home.corrections.read_bytes() == old
        assert beside(home, "*") == []
    again = DecisionLog(database=database, home=home)
    assert len(read_log(again)) == len(NASTY) + 1
