import errno
import os
import threading
from pathlib import Path

import pytest

from memeclip_core.errors import StoreError
from memeclip_core.storage.files import atomic_write, locked, make_folder, store_error, sync_files
from tests.factories.disk import Disk


def test_a_file_is_replaced_as_a_whole(tmp_path):
    path = tmp_path / "a.json"
    atomic_write(path, b"one")
    atomic_write(path, b"two")
    assert path.read_bytes() == b"two"
    assert list(tmp_path.iterdir()) == [path]


def test_a_failure_leaves_the_old_file_and_no_rest(tmp_path, monkeypatch):
    path = tmp_path / "a.json"
    atomic_write(path, b"one")

    def fail(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(StoreError, match="No space left"):
        atomic_write(path, b"two")
    assert path.read_bytes() == b"one"
    assert list(tmp_path.iterdir()) == [path]


def test_the_mode_is_the_one_asked_for(tmp_path):
    atomic_write(tmp_path / "secret", b"", mode=0o600)
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600


def test_a_missing_folder_is_a_store_error(tmp_path):
    with pytest.raises(StoreError, match="could not be written"):
        atomic_write(tmp_path / "no" / "a", b"")


def test_a_file_in_a_folders_place_is_a_store_error(tmp_path):
    (tmp_path / "a").write_bytes(b"")
    with pytest.raises(StoreError, match="could not be created"):
        make_folder(tmp_path / "a" / "b")


def test_a_lock_is_held_against_other_threads(tmp_path):
    path = tmp_path / "locks" / "x.lock"
    refused = []

    def try_it():
        try:
            with locked(path, timeout=0):
                pass
        except StoreError as error:
            refused.append(str(error))

    with locked(path):
        thread = threading.Thread(target=try_it)
        thread.start()
        thread.join()
    assert len(refused) == 1
    assert "x.lock" in refused[0]
    with locked(path, timeout=0):
        pass


def test_a_lock_can_be_released_by_another_thread(tmp_path):
    path = tmp_path / "x.lock"
    lock = locked(path, timeout=0)
    lock.__enter__()
    thread = threading.Thread(target=lambda: lock.__exit__(None, None, None))
    thread.start()
    thread.join()
    with locked(path, timeout=0):
        pass


def test_errors_say_what_to_do(tmp_path):
    full = store_error("written", tmp_path, OSError(28, "No space left on device"))
    assert str(full).endswith("No space left on device. Free some space and try again.")
    denied = store_error("written", tmp_path, OSError(13, "Permission denied"))
    assert "--home" in str(denied)


@pytest.mark.parametrize("name", ["open", "fsync", "replace"])
@pytest.mark.parametrize("number", [errno.EROFS, errno.ENOSPC, errno.EACCES, errno.EIO])
def test_a_folder_in_which_nothing_can_be_done_any_more_is_a_store_error(
    tmp_path, monkeypatch, name, number
):
    def refuse(*_, **__):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, name, refuse)
    # On a disk that is read-only by now, the rest cannot be deleted either.
    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(StoreError, match=r"a\.json could not be written"):
        atomic_write(tmp_path / "a.json", b"one")


def test_a_file_that_was_written_survives_a_power_cut(tmp_path, monkeypatch):
    disk = Disk(monkeypatch)
    atomic_write(tmp_path / "a.json", b"one")
    assert disk.keeps(tmp_path / "a.json")
    atomic_write(tmp_path / "a.json", b"two and more")
    assert disk.keeps(tmp_path / "a.json")
    atomic_write(tmp_path / "b.json", b"three", sync=False)
    assert not disk.keeps(tmp_path / "b.json")
    sync_files([tmp_path / "b.json"])
    assert disk.keeps(tmp_path / "b.json")


def test_a_folder_that_cannot_be_synced_is_a_store_error(tmp_path, monkeypatch):
    path = tmp_path / "a.json"
    atomic_write(path, b"one")
    real = os.open

    def refuse(where, *args, **kwargs):
        if Path(where) == tmp_path:
            raise OSError(errno.EIO, "Input/output error")
        return real(where, *args, **kwargs)

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(StoreError, match="could not be written"):
        sync_files([path])
