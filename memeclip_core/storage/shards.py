"""Records by key in files that are added to: one folder for each kind, and in it shards.

Invariants: a shard is a file of records (``.rows``) and one of the places where they begin
(``.index``). Both only grow, or are deleted whole. A record is written before its place, and holds
its key and a SHA-256 over key and value: what is half written, zeroed, damaged or another's is a
miss. What a kill leaves behind the last place is named by none, and half a place is cut off before
the next one is added. Of several records of one key the latest counts.

Whoever adds or deletes holds the store's lock, takes up first what others added, and adds to the
newest shard alone. Whoever reads waits for nobody: ``_mutex`` guards what this process knows, and
is not held while it waits for another process. New shards and places are looked for where
something is missed, and shards whose files are gone are let go of then. A mapped file is never
made shorter than what its places name.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import secrets
import struct
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from memeclip_core.errors import StoreError
from memeclip_core.storage.disk import free_bytes
from memeclip_core.storage.files import BINARY, discard, disk_errors, locked, make_folder, write_all
from memeclip_core.storage.places import Places

SHARD_BYTES: Final = 256_000_000
"""From which size of its records on another shard is begun."""
SHARDS: Final = 16
"""A store of little room has smaller ones: at least so many fit into it."""
FREE_BYTES: Final = 1_000_000_000
"""What is left free of a disk whenever a shard is begun."""
TURN_SECONDS: Final = 1.0
"""How long to wait for another process that adds."""

_HEADER = struct.Struct("<32s32sQ")
"""Of a record: its key, the sum, and the length of the value, which follows."""
_PLACE = np.dtype([("head", "<u8"), ("begin", "<u8")])
"""The first bytes of a key, and where its record begins."""
_SHIFT: Final = 44
_MASK: Final = (1 << _SHIFT) - 1
"""A place in memory is the shard's number here, and in so many bits where the record begins."""


class ShardStore:
    """Values by kind and key; whatever is doubtful is not there.

    Keys are digests of 32 bytes: of two that begin with the same eight, one is missed.

    Args:
        folder: holds a folder for each kind, and nothing but what may be deleted.
        lock: a file; who adds holds it.
        max_bytes: about how much the folder holds at most; the oldest shards go first, whole.
        free: how much of the disk is left free.
        mapped: whether files are mapped into memory. On a network folder they are read: a process
            ends where it looks at a mapped file that another machine deleted.
    """

    def __init__(
        self,
        folder: Path,
        lock: Path,
        *,
        max_bytes: int,
        free: int = FREE_BYTES,
        mapped: bool = True,
    ) -> None:
        self._folder, self._lock = folder, lock
        self._max, self._free, self._mapped = max_bytes, free, mapped
        self._shard_bytes = min(SHARD_BYTES, max_bytes // SHARDS)
        self._mutex = threading.Lock()
        self._kinds: dict[str, _Kind] = {}

    def read(self, kind: str, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        """Return the values that are kept under some keys."""
        own, known = [*dict.fromkeys(keys)], self._kind(kind)
        found = known.find(own)
        missed = [key for key in own if key not in found]
        with suppress(OSError):  # what cannot be looked at is missed
            if missed and known.look():
                found |= known.find(missed)
        return found

    def add(self, kind: str, values: Mapping[bytes, bytes]) -> None:
        """Keep values by key.

        Raises:
            StoreError: if they cannot be written, or another process holds the lock too long;
                those that are missing then are missed.
        """
        known = self._kind(kind)
        with locked(self._lock, timeout=TURN_SECONDS), disk_errors("written", known.folder):
            known.look()
            kept = known.find(values)
            fresh = {key: value for key, value in values.items() if kept.get(key) != value}
            if not fresh:
                return
            shard = known.newest
            if shard is None or shard.size() >= self._shard_bytes:
                self._make_room()
                shard = known.begin()
            shard.add(fresh)
            known.look()

    def _kind(self, kind: str) -> _Kind:
        with self._mutex:
            return self._kinds.setdefault(kind, _Kind(self._folder / kind, self._mapped))

    def _make_room(self) -> None:
        """Delete the oldest shards, of whatever kind, until another one has room.

        Raises:
            StoreError: if there is none even so.
        """
        make_folder(self._folder)
        found = sorted(_list_ages(self._folder), reverse=True)
        total = sum(size for _, _, size in found)
        room = min(self._max - total, free_bytes(self._folder) - self._free)
        while room < max(1, self._shard_bytes):
            if not found:
                raise StoreError(
                    f"{self._folder} has no room for what is kept to be quick: it may hold "
                    f"{self._max:,} bytes and leaves {self._free:,} bytes of the disk free. "
                    "Free some space."
                )
            _, paths, size = found.pop()
            for path in paths:
                discard(path)
            room += size


class _Kind:
    """What this process knows of one kind: its shards, and where each record is."""

    def __init__(self, folder: Path, mapped: bool) -> None:
        self.folder, self._mapped = folder, mapped
        self._mutex = threading.Lock()
        self._shards: dict[str, _Shard] = {}
        self._by_number: dict[int, _Shard] = {}
        self._begun = 0
        self._places = Places()

    @property
    def newest(self) -> _Shard | None:
        """The shard that is added to."""
        with self._mutex:
            return self._shards[max(self._shards)] if self._shards else None

    def begin(self) -> _Shard:
        """Return a new shard, whose files are made with the first records."""
        with self._mutex:
            number = 1 + int(max(self._shards, default="0").partition("-")[0])
        # The random part tells it from one of this number that was deleted.
        name = f"{number:08d}-{secrets.token_hex(4)}.rows"
        return _Shard(make_folder(self.folder) / name, self._mapped)

    def find(self, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        """Return the values under those keys whose records are known and whole."""
        own, found = [*keys], {}
        for key, place in zip(own, self._places.find(_heads(own)).tolist(), strict=True):
            shard = self._by_number.get(place >> _SHIFT)
            record = None if shard is None else shard.read(place & _MASK)
            if record is not None and record.key == key:
                found[key] = record.value
        return found

    def look(self) -> bool:
        """Take up what was added, let go of what was deleted; say whether there was something."""
        with self._mutex:
            names = _list_shards(self.folder)
            gone = self._shards.keys() - set(names)
            for name in gone:
                number = self._shards.pop(name).number
                del self._by_number[number]
                self._places.drop(number << _SHIFT, (number + 1) << _SHIFT)
            news = [self._take_up(name, sealed=name != names[-1]) for name in names]
            return any(news) or bool(gone)

    def _take_up(self, name: str, *, sealed: bool) -> bool:
        shard = self._shards.get(name)
        if shard is None:
            self._begun += 1
            shard = _Shard(self.folder / name, self._mapped, self._begun)
            self._shards[name] = self._by_number[self._begun] = shard
        if shard.sealed:
            return False
        news = shard.take_up()
        shard.sealed = sealed
        if len(news):
            begins = (news["begin"] & np.uint64(_MASK)).astype(np.int64)
            self._places.add(news["head"], begins | (shard.number << _SHIFT))
        return len(news) > 0


class _Record(NamedTuple):
    key: bytes
    value: bytes


class _Shard:
    """A file of records, and one of where they begin.

    Attributes:
        number: its own in this process; 0 if it is not there yet.
        sealed: whether there was a newer one when it was last looked at: nobody adds to it.
    """

    def __init__(self, path: Path, mapped: bool, number: int = 0) -> None:
        self._path, self._index = path, path.with_suffix(".index")
        self._mapped = mapped
        self._map: mmap.mmap | bytes = b""
        self._taken = 0
        self.number, self.sealed = number, False

    def size(self) -> int:
        """Return the bytes of its records."""
        return self._path.stat().st_size

    def take_up(self) -> np.ndarray:
        """Return the whole places that were added since the last call."""
        try:
            with self._index.open("rb") as file:
                file.seek(self._taken)
                data = file.read()
        except FileNotFoundError:  # a kill came before the first place
            data = b""
        news = np.frombuffer(data[: len(data) // _PLACE.itemsize * _PLACE.itemsize], _PLACE)
        self._taken += news.nbytes
        return news

    def read(self, begin: int) -> _Record | None:
        """Return the record that begins there, or ``None`` if it is not whole."""
        head = self._bytes(begin, _HEADER.size)
        if len(head) < _HEADER.size:
            return None
        key, own, size = _HEADER.unpack(head)
        value = self._bytes(begin + _HEADER.size, size)
        return _Record(key, value) if own == _sum(key, value) else None

    def add(self, values: Mapping[bytes, bytes]) -> None:
        """Add records, then their places; whoever calls holds the lock."""
        records = [
            _HEADER.pack(key, _sum(key, value), len(value)) + value for key, value in values.items()
        ]
        begin = _append(self._path, b"".join(records), new=not self.number)
        places = np.empty(len(records), _PLACE)
        places["head"] = _heads(values)
        places["begin"] = begin + np.cumsum([0, *map(len, records[:-1])])
        _append(self._index, places.tobytes(), unit=_PLACE.itemsize, new=True)

    def _bytes(self, begin: int, size: int) -> bytes:
        end = begin + size
        try:
            if self._mapped and end <= len(self._map):
                return self._map[begin:end]
            with self._path.open("rb") as file:
                if end > os.fstat(file.fileno()).st_size:
                    return b""
                if not self._mapped:
                    file.seek(begin)
                    return file.read(size)
                # Longer than the last time, or mapped for the first.
                self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            return self._map[begin:end]
        except (OSError, ValueError):
            return b""


def _append(path: Path, data: bytes, *, unit: int = 1, new: bool = False) -> int:
    """Add bytes and return where they begin; nothing of them stays where not all can be written.

    Args:
        path: of the file.
        data: what is added.
        unit: what is there and is no multiple of so many bytes is cut off first.
        new: whether the file may be missing.
    """
    handle = os.open(path, os.O_RDWR | BINARY | (os.O_CREAT if new else 0), 0o644)
    try:
        size = os.lseek(handle, 0, os.SEEK_END)
        begin = size // unit * unit
        if begin < size:
            os.ftruncate(handle, begin)
            os.lseek(handle, begin, os.SEEK_SET)
        try:
            write_all(handle, data)
        except OSError:
            with suppress(OSError):  # Windows cuts off nothing of a mapped file
                os.ftruncate(handle, begin)
            raise
        return begin
    finally:
        os.close(handle)


def _heads(keys: Iterable[bytes]) -> np.ndarray:
    return np.frombuffer(b"".join(key[:8] for key in keys), "<u8")


def _list_shards(folder: Path) -> list[str]:
    """Return the names of a kind's shards, the oldest first."""
    try:
        return sorted(name for name in os.listdir(folder) if name.endswith(".rows"))
    except FileNotFoundError:
        return []


def _list_ages(folder: Path) -> Iterator[tuple[int, list[Path], int]]:
    """Yield of each shard when it was last added to, its files, and their bytes."""
    shards: dict[Path, list[Path]] = defaultdict(list)
    for path in folder.glob("*/*"):
        shards[path.with_suffix("")].append(path)
    for paths in shards.values():
        with suppress(FileNotFoundError):
            facts = [path.stat() for path in paths]
            size = sum(one.st_size for one in facts)
            yield max(one.st_mtime_ns for one in facts), sorted(paths), size


def _sum(key: bytes, value: bytes) -> bytes:
    return hashlib.sha256(key + value).digest()
