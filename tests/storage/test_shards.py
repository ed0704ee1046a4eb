"""Records in shards: whole or missed, whoever adds, deletes, reads or is killed meanwhile."""

from __future__ import annotations

import errno
import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from memeclip_core.config import ROOT
from memeclip_core.errors import StoreError
from memeclip_core.storage import shards
from memeclip_core.storage.files import locked
from memeclip_core.storage.shards import ShardStore
from tests.factories.disk import filled, read_only, small_disk

PLENTY = 1_000_000_000

Open = Callable[..., ShardStore]


def key(number: int) -> bytes:
    return hashlib.sha256(str(number).encode()).digest()


def value(number: int, size: int = 100) -> bytes:
    return (str(number).encode() * size)[:size]


def values(*numbers: int) -> dict[bytes, bytes]:
    return {key(number): value(number) for number in numbers}


@pytest.fixture(params=[True, False], ids=["mapped", "read"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    """Opens the store anew, as another process would."""

    def open_store(max_bytes: int = PLENTY, **more: int) -> ShardStore:
        return ShardStore(
            tmp_path / "kept",
            tmp_path / "lock",
            max_bytes=max_bytes,
            **{"free": 0, "mapped": request.param, **more},
        )

    return open_store


def files(folder: Path, suffix: str) -> list[Path]:
    return sorted(folder.glob(f"kept/*/*{suffix}"))


def test_values_come_back_from_another_process_and_by_their_kind_alone(store: Open) -> None:
    first, second = store(), store()
    assert first.read("a", [key(1)]) == {} and first.read("a", []) == {}
    first.add("a", values(1, 2))
    first.add("a", {key(3): b"", key(4): b"x" * 5_000})
    for one in (first, second, store()):
        assert one.read("a", [key(2), key(1), key(1), key(9)]) == values(1, 2)
        assert one.read("a", [key(3), key(4)]) == {key(3): b"", key(4): b"x" * 5_000}
        assert one.read("b", [key(1)]) == {}
    second.add("a", values(5))
    assert first.read("a", [key(5)]) == values(5)


def test_nothing_is_written_twice_and_of_two_values_the_later_counts(
    store: Open, tmp_path: Path
) -> None:
    first = store()
    first.add("a", values(1))
    (path,) = files(tmp_path, ".rows")
    size = path.stat().st_size
    store().add("a", values(1))
    assert path.stat().st_size == size
    store().add("a", {key(1): b"other"})
    assert path.stat().st_size > size
    assert store().read("a", [key(1)]) == {key(1): b"other"}
    # Who has found something does not look for news of it.
    assert first.read("a", [key(1)]) == values(1)
    assert first.read("a", [key(1), key(2)]) == values(1)
    assert first.read("a", [key(1)]) == {key(1): b"other"}


@pytest.mark.parametrize("suffix", [".rows", ".index"])
def test_every_damaged_byte_is_a_miss_and_never_another_value(
    store: Open, tmp_path: Path, suffix: str
) -> None:
    store().add("a", values(1, 2))
    (path,) = files(tmp_path, suffix)
    good = path.read_bytes()
    for place in range(len(good)):
        bad = bytearray(good)
        bad[place] ^= 0xFF
        path.write_bytes(bad)
        found = store().read("a", [key(1), key(2)])
        assert found.items() <= values(1, 2).items()
        # The upper bits of where a record begins say nothing.
        assert len(found) == 1 or (suffix == ".index" and place % 16 in (13, 14, 15))
    for cut in range(len(good)):
        path.write_bytes(good[:cut])
        found = store().read("a", [key(1), key(2)])
        assert len(found) < 2 and found.items() <= values(1, 2).items()
        store().add("a", values(1, 2))
        assert store().read("a", [key(1), key(2)]) == values(1, 2)


def test_a_torn_tail_is_dropped_and_what_comes_next_is_whole(store: Open, tmp_path: Path) -> None:
    store().add("a", values(1))
    (rows,), (index,) = files(tmp_path, ".rows"), files(tmp_path, ".index")
    for path, torn in ((rows, b"half a record"), (index, b"half"), (index, bytes(16))):
        with path.open("ab") as file:
            file.write(torn)
        assert store().read("a", [key(1), key(2)]).items() <= values(1, 2).items()
        store().add("a", values(2, len(torn)))
        assert store().read("a", [key(1), key(2), key(len(torn))]) == values(1, 2, len(torn))


def test_a_record_that_lies_where_another_should_is_a_miss(store: Open, tmp_path: Path) -> None:
    store().add("a", values(1))
    store().add("a", values(2))
    (index,) = files(tmp_path, ".index")
    one, two = index.read_bytes()[:16], index.read_bytes()[16:]
    index.write_bytes(one[:8] + two[8:] + two[:8] + one[8:])
    assert store().read("a", [key(1), key(2)]) == {}


def test_the_oldest_shards_of_all_kinds_go_first_and_whole(store: Open, tmp_path: Path) -> None:
    own = store(max_bytes=16_000)
    for number in range(120):
        own.add("ab"[number // 60], values(number))
        for path in files(tmp_path, ""):
            if time.time_ns() - path.stat().st_mtime_ns < 10**12:
                os.utime(path, (number, number))
    left = [number for number in range(120) if own.read("ab"[number // 60], [key(number)])]
    assert left == [*range(left[0], 120)]
    assert 60 < len(left) < 100
    assert sum(path.stat().st_size for path in files(tmp_path, "")) <= 16_000
    assert {path.stem for path in files(tmp_path, ".rows")} == {
        path.stem for path in files(tmp_path, ".index")
    }
    again = store(max_bytes=16_000)
    assert [n for n in range(120) if again.read("ab"[n // 60], [key(n)])] == left


def test_shards_that_somebody_deletes_are_let_go_of_and_begun_again(
    store: Open, tmp_path: Path
) -> None:
    own = store()
    own.add("a", values(1))
    for path in files(tmp_path, ""):
        path.unlink()
    assert own.read("a", [key(2)]) == {}
    assert own.read("a", [key(1)]) == {}
    assert len(own._kind("a")._places) == 0
    store().add("a", values(1, 3))
    assert own.read("a", [key(1), key(3)]) == values(1, 3)
    own.add("a", values(2))
    assert own.read("a", [key(1), key(2)]) == store().read("a", [key(1), key(2)]) == values(1, 2)


def test_a_shard_is_mapped_and_a_network_folders_is_not(tmp_path: Path) -> None:
    for mapped in (True, False):
        own = ShardStore(
            tmp_path / "kept", tmp_path / "lock", max_bytes=PLENTY, free=0, mapped=mapped
        )
        own.add("a", values(1))
        assert own.read("a", [key(1)]) == values(1)
        maps = Path("/proc/self/maps")
        if maps.exists():
            assert (str(files(tmp_path, ".rows")[0]) in maps.read_text()) is mapped
        del own


# --- disks and locks ---------------------------------------------------------------------------


def test_a_store_without_room_says_so_and_keeps_what_it_has(store: Open) -> None:
    store().add("a", values(1))
    with pytest.raises(StoreError, match="leaves 1,000,000,000,000,000 bytes of the disk free"):
        store(free=10**15).add("b", values(2))
    with pytest.raises(StoreError, match="may hold 0 bytes"):
        store(max_bytes=0).add("b", values(2))


def test_a_full_disk_keeps_what_it_has_and_takes_more_once_there_is_room(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    with small_disk(disk, megabytes=4):

        def open_store() -> ShardStore:
            return ShardStore(disk / "kept", tmp_path / "lock", max_bytes=PLENTY, free=0)

        own = open_store()
        own._shard_bytes = 1_000_000
        own.add("a", values(1))
        large = {key(2): bytes(300_000)}
        with filled(disk, room=100_000), pytest.raises(StoreError, match="No space left"):
            own.add("a", large)
        (rows,) = disk.glob("kept/a/*.rows")
        assert rows.stat().st_size < 1_000
        assert own.read("a", [key(1), key(2)]) == values(1)
        own.add("a", large)
        assert open_store().read("a", [key(1), key(2)]) == values(1) | large


def test_a_folder_that_cannot_be_written_is_read(tmp_path: Path) -> None:
    home = tmp_path / "home"

    def open_store() -> ShardStore:
        return ShardStore(home / "kept", home / "lock", max_bytes=PLENTY, free=0)

    open_store().add("a", values(1))
    with read_only(home):
        assert open_store().read("a", [key(1), key(2)]) == values(1)
        with pytest.raises(StoreError):
            open_store().add("a", values(2))
    open_store().add("a", values(2))
    assert open_store().read("a", [key(1), key(2)]) == values(1, 2)


def test_a_file_in_the_folders_place_is_no_store(store: Open, tmp_path: Path) -> None:
    (tmp_path / "kept").write_bytes(b"")
    assert store().read("a", [key(1)]) == {}
    with pytest.raises(StoreError):
        store().add("a", values(1))


def test_an_index_that_cannot_be_read_is_a_miss_and_nothing_is_added_behind_it(
    store: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store().add("a", values(1))
    real = Path.open

    def fail(path: Path, *rest: str) -> object:
        if path.suffix == ".index":
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return real(path, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", fail)
        assert store().read("a", [key(1)]) == {}
        with pytest.raises(StoreError, match="Input/output error"):
            store().add("a", values(2))
    store().add("a", values(2))
    assert store().read("a", [key(1), key(2)]) == values(1, 2)


def test_readers_wait_for_no_lock_and_writers_not_for_long(
    store: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shards, "TURN_SECONDS", 0.05)
    store().add("a", values(1))
    with locked(tmp_path / "lock"):
        assert store().read("a", [key(1), key(2)]) == values(1)
        with pytest.raises(StoreError, match="Another process has held lock"):
            store().add("a", values(2))


# --- several at once, and a kill ---------------------------------------------------------------

WRITER = """
import sys
from pathlib import Path
from memeclip_core.storage import shards
from tests.storage.test_shards import key, value
shards.TURN_SECONDS = 60
folder, first, count, size, most = Path(sys.argv[1]), *map(int, sys.argv[2:])
store = shards.ShardStore(folder / "kept", folder / "lock", max_bytes=most, free=0)
for number in range(first, first + count, 3):
    store.add("a", {key(one): value(one, size) for one in range(number, number + 3)})
    print(number + 2, flush=True)
"""


def start_writer(
    folder: Path, first: int, count: int, *, size: int = 500, most: int = PLENTY
) -> subprocess.Popen[bytes]:
    words = map(str, (folder, first, count, size, most))
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, *words], cwd=ROOT, stdout=subprocess.PIPE
    )


def test_processes_add_at_once_while_others_read(store: Open, tmp_path: Path) -> None:
    # 96 kB a shard: each process finds shards that another one began.
    most = 1_600_000
    writers = [start_writer(tmp_path, 1000 * i, 300, most=most) for i in range(2)]
    numbers = [1000 * i + j for i in range(2) for j in range(300)]
    own = store(max_bytes=most)
    while any(writer.poll() is None for writer in writers):
        for number in numbers:
            found = own.read("a", [key(number)])
            assert found in ({}, {key(number): value(number, 500)})
    for writer in writers:
        writer.communicate(timeout=60)
        assert writer.returncode == 0
    assert len(files(tmp_path, ".rows")) > 2
    for one in (own, store(max_bytes=most)):
        found = one.read("a", map(key, numbers))
        assert found == {key(number): value(number, 500) for number in numbers}


def test_threads_add_and_read_at_once(store: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "TURN_SECONDS", 60)
    own = store(max_bytes=400_000)
    faults: list[BaseException] = []

    def work(first: int) -> None:
        try:
            for number in range(first, first + 60):
                own.add("a", values(number))
                assert own.read("a", [key(number)]) == values(number)
        except BaseException as error:
            faults.append(error)

    threads = [threading.Thread(target=work, args=(100 * i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    numbers = [100 * i + j for i in range(4) for j in range(60)]
    assert store().read("a", map(key, numbers)) == values(*numbers)


class Killed(BaseException):
    """What happens to a process that is killed, as far as it can be had within one."""


@contextmanager
def killed(monkeypatch: pytest.MonkeyPatch, name: str, number: int) -> Iterator[None]:
    """Let the nth call of a function of ``os`` be the last thing that happens."""
    real, calls = getattr(os, name), [0]

    def call(*arguments: object, **named: object) -> object:
        calls[0] += 1
        if calls[0] >= number:
            if name == "write" and calls[0] == number:
                handle, data = arguments
                real(handle, bytes(data)[: len(data) // 2])  # type: ignore[call-overload]
            raise Killed
        return real(*arguments, **named)

    with monkeypatch.context() as patch:
        patch.setattr(os, name, call)
        with suppress(Killed):
            yield


@pytest.mark.parametrize("name", ["open", "write", "ftruncate", "unlink", "mkdir"])
@pytest.mark.parametrize("number", range(1, 7))
def test_after_a_kill_at_every_write_point_values_are_whole_or_missed(
    store: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, number: int
) -> None:
    before = values(*range(5))
    for one in before:
        store(max_bytes=8_000).add("a", {one: before[one]})
    with (tmp_path / "kept" / "a" / files(tmp_path, ".index")[-1]).open("ab") as file:
        file.write(b"torn")
    with killed(monkeypatch, name, number):
        for batch in ((10, 11), (12, 13), (14, 15)):
            store(max_bytes=8_000).add("a", values(*batch))
    asked = [*range(5), *range(10, 16)]
    found = store().read("a", map(key, asked))
    assert found.items() <= values(*asked).items()
    store().add("a", values(*asked))
    assert store().read("a", map(key, asked)) == values(*asked)


@pytest.mark.kill
@pytest.mark.skipif(os.name == "nt", reason="Windows has no kill -9")
def test_a_kill_at_any_moment_loses_nothing_that_was_added(store: Open, tmp_path: Path) -> None:
    size, whole = 20_000, 0
    for attempt in range(6):
        first = 100_000 * attempt
        writer = start_writer(tmp_path, first, 90_000, size=size)
        assert writer.stdout is not None
        for line in writer.stdout:
            if int(line) >= first + 50 * (attempt + 1):
                break
        writer.send_signal(signal.SIGKILL)
        last = max(map(int, [line, *writer.stdout.read().split()]))
        writer.wait()
        writer.stdout.close()
        added = [*range(first, last + 1)]
        found = store().read("a", map(key, added))
        assert found == {key(number): value(number, size) for number in added}
        beyond = {key(number): value(number, size) for number in range(last + 1, last + 4)}
        assert store().read("a", beyond).items() <= beyond.items()
        whole += len(added)
    store().add("a", values(7_000_000))
    assert store().read("a", [key(7_000_000)]) and whole > 1_000


@pytest.mark.scale
def test_a_million_records_take_as_long_each_as_a_few_and_little_memory(tmp_path: Path) -> None:
    rows, batch = 1_000_000, 1_000

    def open_store() -> ShardStore:
        return ShardStore(tmp_path / "kept", tmp_path / "lock", max_bytes=PLENTY, free=0)

    def name(number: int) -> bytes:
        return hashlib.blake2b(number.to_bytes(8, "little"), digest_size=32).digest()

    own, took = open_store(), []
    for first in range(0, rows, batch):
        made = {name(one): name(one) for one in range(first, first + batch)}
        started = time.process_time()
        own.add("a", made)
        assert own.read("a", made) == made
        took.append(time.process_time() - started)
    tenth = len(took) // 10
    assert sum(took[-tenth:]) < 4 * sum(took[:tenth])
    tracemalloc.start()
    try:
        again = open_store()
        asked = [name(one) for one in range(0, rows, 997)]
        assert again.read("a", asked) == {one: one for one in asked}
        held, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 20 * rows
    assert most < 100 * rows
