import errno
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from memeclip_core.annotation.decisions.log import CorrectionStore, RowIndex
from memeclip_core.annotation.decisions.log_rows import encode_header, encode_rows
from memeclip_core.config import ROOT
from memeclip_core.errors import StoreError
from tests.factories.corrections import NASTY, ROW, row
from tests.factories.disk import Disk

WRITER = """
import sys
from pathlib import Path
from memeclip_core.annotation.decisions.log import CorrectionStore
from memeclip_core.storage.home import Home
from tests.factories.corrections import row

writer, count = sys.argv[2], int(sys.argv[3])
store = CorrectionStore(Home(Path(sys.argv[1])))
for i in range(count):
    store.append([row(event=f"{writer}-{i}", text='a "text"\\nof two lines ' * 20)])
    print(i, flush=True)
"""


@pytest.fixture
def store(home):
    return CorrectionStore(home)


def start_writer(home, writer, count):
    root = str(ROOT)
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(home.root), writer, str(count)],
        stdout=subprocess.PIPE,
        cwd=root,
        text=True,
    )


def torn_files(home):
    return sorted(home.root.glob("corrections-*.torn"))


def test_an_empty_home_has_no_rows(store, home):
    assert store.read() == ()
    assert not home.corrections.exists()


def test_rows_come_back_in_order(store, home):
    rows = [row(event=f"e{i}", text=text, note=text) for i, text in enumerate(NASTY)]
    store.append(rows[:5])
    store.append(rows[5:])
    assert store.read() == tuple(rows)
    assert CorrectionStore(home).read() == tuple(rows)
    assert home.corrections.read_bytes() == encode_header() + encode_rows(rows)


def test_no_rows_make_no_file(store, home):
    store.append([])
    assert not home.corrections.exists()


def test_rows_of_another_process_appear(store, home):
    store.append([row(event="mine")])
    CorrectionStore(home).append([row(event="other")])
    assert [r.event for r in store.read()] == ["mine", "other"]


def test_a_transaction_sees_what_it_appends(store):
    with store.transaction() as log:
        assert log.ledger.revision == 0
        log.append([ROW])
        assert log.ledger.save("s1").labels == {"hate": ("No Hate",)}
    assert store.ledger() is log.ledger


@pytest.mark.scale
def test_eight_processes_write_two_hundred_corrections_each_and_none_is_lost(home):
    writers = [start_writer(home, f"w{i}", 200) for i in range(8)]
    for writer in writers:
        writer.communicate(timeout=120)
        assert writer.returncode == 0
    rows = CorrectionStore(home).read()
    assert len(rows) == 1600
    for i in range(8):
        own = [r.event for r in rows if r.event.startswith(f"w{i}-")]
        assert own == [f"w{i}-{j}" for j in range(200)]
    assert torn_files(home) == []


def test_eight_threads_share_one_store(store):
    def write(name):
        for i in range(25):
            store.append([row(event=f"{name}-{i}")])

    threads = [threading.Thread(target=write, args=(f"t{i}",)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({r.event for r in store.read()}) == 200


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
        own = [r.event for r in CorrectionStore(home).read() if r.event.startswith(f"k{attempt}-")]
        # One more may be whole in the file without its writer having lived to say so.
        assert own[: last + 1] == [f"k{attempt}-{i}" for i in range(last + 1)]
        assert len(own) <= last + 2
    CorrectionStore(home).append([row(event="after")])
    assert CorrectionStore(home).read()[-1].event == "after"


def test_a_file_cut_at_every_byte_loses_only_its_last_row(home):
    small = {"meme": "ff", "image": "", "model": "m", "task_set": "s"}
    first = row(event="e1", save="sa", **small)
    second = row(event="e2", save="sb", text='"two"\nlines', note="ends\n", **small)
    head = encode_header()
    one, two = encode_rows([first]), encode_rows([second])
    whole = head + one + two
    for cut in range(len(whole) + 1):
        for path in torn_files(home):
            path.unlink()
        home.corrections.write_bytes(whole[:cut])
        store = CorrectionStore(home)
        kept = [first] * (cut >= len(head + one)) + [second] * (cut == len(whole))
        assert store.read() == tuple(kept)
        store.append([ROW])
        assert CorrectionStore(home).read() == (*kept, ROW)
        bounds = [n for n in (0, len(head), len(head + one), len(whole)) if n <= cut]
        torn = whole[bounds[-1] : cut]
        assert b"".join(path.read_bytes() for path in torn_files(home)) == torn


def test_zeros_at_the_end_after_a_power_cut_are_moved_aside(store, home):
    store.append([ROW])
    with home.corrections.open("ab") as file:
        file.write(b"\0" * 100)
    store.append([row(event="e2")])
    assert [r.event for r in CorrectionStore(home).read()] == ["e1", "e2"]
    assert torn_files(home)[0].read_bytes() == b"\0" * 100


def test_a_file_that_was_replaced_is_read_anew(store, home):
    store.append([row(event="e1"), row(event="e2")])
    store.read()
    home.corrections.write_bytes(encode_header() + encode_rows([row(event="restored")]))
    assert [r.event for r in store.read()] == ["restored"]
    home.corrections.unlink()
    assert store.read() == ()
    store.append([row(event="new")])
    assert [r.event for r in CorrectionStore(home).read()] == ["new"]


@pytest.mark.parametrize(
    "edit",
    [
        lambda data: b"\xef\xbb\xbf" + data,
        lambda data: data.replace(b",", b";"),
        lambda data: data.replace(b"annotator,", b"", 1),
        lambda data: data.replace(b"0.75", b"0,75"),
    ],
)
def test_what_a_spreadsheet_did_is_named_and_nothing_is_overwritten(home, edit):
    edited = edit(encode_header() + encode_rows([ROW]))
    home.corrections.write_bytes(edited)
    store = CorrectionStore(home)
    with pytest.raises(StoreError, match=r"^corrections.csv, line [12]"):
        store.read()
    with pytest.raises(StoreError, match=r"^corrections.csv, line [12]"):
        store.append([ROW])
    assert home.corrections.read_bytes() == edited


def test_a_full_disk_saves_nothing_and_says_so(store, home, monkeypatch):
    store.append([ROW])
    before = home.corrections.read_bytes()
    write = os.write

    def half(handle, data):
        if len(data) < 10:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(handle, bytes(data)[: len(data) // 2])

    monkeypatch.setattr(os, "write", half)
    with pytest.raises(StoreError, match=r"^Nothing was saved\. .*No space left.*Free some space"):
        store.append([row(event="e2")])
    monkeypatch.undo()
    assert home.corrections.read_bytes() == before
    store.append([row(event="e3")])
    assert [r.event for r in store.read()] == ["e1", "e3"]


def test_a_folder_in_the_files_place_is_named(store, home):
    home.corrections.mkdir()
    with pytest.raises(StoreError, match="could not be read"):
        store.append([ROW])


def as_schema_one(rows):
    """Return what an earlier version of this program wrote."""
    lines = [encode_header(1)]
    for item in rows:
        cells = encode_rows([item]).removesuffix(b',"","1","","",""\n')
        lines.append(b'"1"' + cells.removeprefix(b'"2"') + b"\n")
    return b"".join(lines)


def kept_originals(home):
    return sorted(home.root.glob("corrections-schema1-*.csv"))


def test_a_log_of_schema_one_is_read_as_it_is(store, home):
    rows = [row(event=f"e{i}", save=f"s{i}", text=text) for i, text in enumerate(NASTY)]
    old = as_schema_one(rows)
    home.corrections.write_bytes(old)
    assert store.read() == tuple(rows)
    assert store.ledger().book("pridemm").decision("ann", "ab" * 32).version == 1
    assert home.corrections.read_bytes() == old
    assert kept_originals(home) == []


def test_the_first_write_makes_it_schema_two_and_keeps_the_original(store, home):
    rows = [row(event=f"e{i}", save=f"s{i}", text=text) for i, text in enumerate(NASTY)]
    old = as_schema_one(rows)
    home.corrections.write_bytes(old)
    before = store.ledger().revision
    new = row(event="new", save="new", project="p", version=2, verdict="unaided", seconds=1.5)
    store.append([new])
    assert home.corrections.read_bytes() == encode_header() + encode_rows([*rows, new])
    assert [path.read_bytes() for path in kept_originals(home)] == [old]
    assert store.read() == CorrectionStore(home).read() == (*rows, new)
    assert store.ledger().revision > before
    store.append([row(event="next", save="next")])
    assert len(kept_originals(home)) == 1


def test_another_process_goes_on_where_the_log_was_rewritten(store, home):
    other = CorrectionStore(home)
    home.corrections.write_bytes(as_schema_one([ROW]))
    assert len(other.read()) == 1
    old = other.ledger()
    store.append([row(event="e2", save="s2")])
    other.append([row(event="e3", save="s3")])
    assert [r.event for r in store.read()] == ["e1", "e2", "e3"]
    assert other.ledger() is not old
    assert set(other.ledger().book("pridemm").touched_since(old.revision)) == {ROW.meme}
    assert len(kept_originals(home)) == 1


def test_an_empty_or_torn_log_of_schema_one_becomes_schema_two(store, home):
    home.corrections.write_bytes(encode_header(1) + b'"1","torn')
    store.append([ROW])
    assert home.corrections.read_bytes() == encode_header() + encode_rows([ROW])
    assert kept_originals(home)[0].read_bytes() == encode_header(1) + b'"1","torn'


def test_a_rewrite_that_fails_leaves_the_log_as_it_was(store, home, monkeypatch):
    old = as_schema_one([ROW])
    home.corrections.write_bytes(old)
    replace = os.replace

    def refuse(source, target):
        if Path(target) == home.corrections:
            raise OSError(errno.ENOSPC, "No space left on device")
        replace(source, target)

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(StoreError, match="No space left"):
        store.append([row(event="e2")])
    monkeypatch.undo()
    assert home.corrections.read_bytes() == old
    assert store.read() == (ROW,)


def test_histories_are_read_from_where_their_rows_lie(store, home):
    rows = [
        row(event=f"e{n}", save=f"s{n}", meme=f"m{n % 3}", project="p" * (n % 2), text=NASTY[n])
        for n in range(12)
    ]
    store.append(rows)
    with home.corrections.open("ab") as file:
        file.write(b"\n")
    store.append([row(event="last", save="last", meme="m1", project="p")])
    assert [r.event for r in store.rows_of("p", "m1")] == ["e1", "e7", "last"]
    assert store.rows_of("p", "m1")[:2] == (rows[1], rows[7])
    assert store.rows_of("p", "none") == ()
    assert [r.event for r in store.tail(2, task_set="pridemm")] == ["e11", "last"]
    name = rows[0].annotator
    assert [r.event for r in store.tail(2, task_set="pridemm", annotator=name)] == ["e11", "last"]
    assert store.tail(2, task_set="pridemm", annotator="nobody") == ()
    assert store.tail(5, task_set="other") == ()
    assert len(store.read()) == 13


def test_a_large_log_is_read_in_pieces(home, monkeypatch):
    rows = [row(event=f"e{n}", save=f"s{n}", text=NASTY[n % len(NASTY)]) for n in range(60)]
    CorrectionStore(home).append(rows)
    monkeypatch.setattr("memeclip_core.annotation.decisions.log._PIECE", 100)
    store = CorrectionStore(home)
    assert store.ledger().revision == 60
    assert store.read() == tuple(rows)
    home.corrections.write_bytes(home.corrections.read_bytes() + b'"2","bad"\n')
    with pytest.raises(StoreError, match=r"line \d+: 2 cells where 22 belong") as caught:
        store.ledger()
    line = int(str(caught.value).split("line ")[1].split(":")[0])
    assert line == home.corrections.read_bytes().count(b"\n")


def test_what_was_saved_survives_a_power_cut(store, home, monkeypatch):
    disk = Disk(monkeypatch)
    for number in range(3):
        store.append([row(event=f"e{number}")])
        assert disk.keeps(home.corrections)
    with home.corrections.open("ab") as log:
        log.write(b"half a row")
    store.append([row(event="after the tear")])
    assert disk.keeps(home.corrections)
    (torn,) = home.root.glob("*.torn")
    assert disk.keeps(torn)
    assert [item.event for item in store.read()] == ["e0", "e1", "e2", "after the tear"]


def test_rows_are_found_by_meme_and_by_person():
    index = RowIndex()
    for start, (meme, project, task_set, name) in enumerate(
        [
            ("a", "", "s", "ann"), ("a", "p", "s", "bob"), ("b", "p", "s", "ann"),
            ("a", "p", "t", "ann"), ("a", "p", "s", "ann"),
        ]
    ):  # fmt: skip
        made = row(meme=meme, project=project, task_set=task_set, annotator=name)
        index.add(10 * start, made)
    assert len(index) == 5
    assert list(index.of_meme("p", "a")) == [1, 3, 4]
    assert list(index.of_meme("", "a")) == [0]
    assert list(index.of_meme("", "b")) == []
    assert list(index.last(2, "s")) == [2, 4]
    assert list(index.last(9, "s")) == [0, 1, 2, 4]
    assert list(index.last(2, "s", "ann")) == [2, 4]
    assert list(index.last(9, "s", "bob")) == [1]
    assert list(index.last(0, "s")) == list(index.last(5, "u")) == []
    assert index.span(1, 99) == (10, 20)
    assert index.span(4, 99) == (40, 99)
