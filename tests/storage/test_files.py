"""Whatever a file holds, a fault of it is one that the readers expect."""

import errno
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import yaml

from memeclip_core.access.users_file import read_users
from memeclip_core.config import ROOT
from memeclip_core.errors import CheckpointError, StoreError, TaskFileError
from memeclip_core.experiments.results import read_results
from memeclip_core.models.checkpoints import read_manifest
from memeclip_core.storage.files import (
    atomic_write,
    compose_yaml,
    folder_prefix,
    load_json,
    load_yaml,
    locked,
    make_folder,
    store_error,
    sweep_files,
    sweep_folders,
    sync_files,
    temporary,
)
from memeclip_core.storage.home import Home
from memeclip_core.storage.old_home import read_old_pointer
from memeclip_core.storage.task_files import read_task_set
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


BRACKETS = "[" * 100_000
BRACES = '{"a":' * 100_000


@pytest.mark.parametrize(
    "text", [BRACKETS, BRACES, "[" * 50_000 + "]" * 50_000, "nope", "9" * 5000]
)
def test_json_that_cannot_be_read_is_a_value_error(text):
    with pytest.raises(ValueError):
        load_json(text)
    with pytest.raises(ValueError):
        load_json(text.encode())
    assert load_json('{"a": [1]}') == {"a": [1]}


@pytest.mark.parametrize("text", [BRACKETS, "{a: " * 50_000, "a: 2001-13-45", "a: !!int x", "[a"])
def test_yaml_that_cannot_be_read_is_a_yaml_error(text):
    with pytest.raises(yaml.YAMLError):
        load_yaml(text)
    assert load_yaml("a: [1]") == {"a": [1]}


def test_yaml_nodes_that_nest_too_deep_are_a_yaml_error():
    with pytest.raises(yaml.YAMLError, match="nests deeper"):
        compose_yaml(BRACKETS)


@pytest.mark.parametrize("text", [BRACKETS, BRACES, "? [a, b]\n: c\n"])
def test_every_kind_of_file_is_named_in_one_sentence(tmp_path, home, text):
    path = tmp_path / "given.yaml"
    path.write_text(text)
    with pytest.raises(TaskFileError, match=r"given\.yaml"):
        read_task_set(path)
    with pytest.raises(StoreError, match=r"given\.yaml"):
        read_users(path)
    with pytest.raises(StoreError, match=r"given\.yaml is no results file"):
        read_results(path)
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(CheckpointError, match="damaged"):
        read_manifest(tmp_path)
    home.active.write_text(text)
    with pytest.raises(StoreError, match="damaged"):
        read_old_pointer(home)


KILLED = """
import os, signal
from pathlib import Path
from memeclip_core.storage import files
files.write_all = lambda handle, data: os.kill(os.getpid(), signal.SIGKILL)
files.atomic_write(Path({path!r}), b"data")
"""


def test_a_temporary_name_is_hidden_and_nobody_elses(tmp_path):
    path = tmp_path / "a.json"
    one, two = temporary(path), temporary(path)
    assert one != two
    assert one.parent == tmp_path
    assert one.name.startswith(".a.json.") and one.suffix == ".tmp"


def test_what_a_killed_process_was_writing_is_swept_at_the_next_start(tmp_path):
    home = Home(tmp_path / "home").create()
    for folder in (home.root, home.images, home.models):
        code = KILLED.format(path=str(folder / "a.json"))
        done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=60, check=False)
        assert done.returncode == -9
        assert len(list(folder.glob(".a.json.*.tmp"))) == 1
    mine = temporary(home.images / "b.png")
    mine.write_bytes(b"half")
    home.create()
    assert [path for path in home.root.rglob("*.tmp")] == [mine]


def stamped(tmp_path: Path, middle: str) -> Path:
    return tmp_path / f".a{middle}.{'0' * 32}.tmp"


def test_a_name_tells_whose_it_is(tmp_path):
    parent = os.getppid()
    kept = [stamped(tmp_path, f".{parent}-00000000"), stamped(tmp_path, ""), tmp_path / "my.tmp"]
    left = [
        stamped(tmp_path, f".{os.getpid()}-00000000"),
        stamped(tmp_path, f".{2**22 + 7}-00000000"),
    ]
    for path in (*kept, *left):
        path.write_bytes(b"half")
    folder = temporary(tmp_path / "model").with_name(left[1].name.replace(".a", ".model"))
    folder.mkdir()
    (folder / "head").write_bytes(b"half")
    sweep_files(tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted(kept)
    for path in kept:
        os.utime(path, (time.time() - 4000,) * 2)
    sweep_files(tmp_path)
    assert list(tmp_path.iterdir()) == [tmp_path / "my.tmp"]


def test_a_link_is_removed_and_not_what_it_leads_to(tmp_path):
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "a.png").write_bytes(b"data")
    root = tmp_path / "root"
    root.mkdir()
    (root / f".a.{2**22 + 7}-00000000.{'0' * 32}.tmp").symlink_to(tmp_path / "pictures")
    sweep_files(root)
    assert list(root.iterdir()) == []
    assert (tmp_path / "pictures" / "a.png").exists()


def test_folders_of_processes_that_are_gone_are_swept(tmp_path):
    names = (f"{folder_prefix()}x", "memeclip-mine", f"memeclip-{os.getppid()}-00000000-x")
    for name in (*names, f"memeclip-{2**22 + 7}-00000000-x"):
        (tmp_path / name).mkdir()
    sweep_folders(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)


@pytest.mark.skipif(os.name == "nt", reason="a folder cannot be read-only there")
def test_what_cannot_be_deleted_stays(tmp_path, monkeypatch):
    path = stamped(tmp_path, f".{2**22 + 7}-00000000")
    path.write_bytes(b"half")

    def refuse(*_, **__):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(Path, "unlink", refuse)
    sweep_files(tmp_path)
    assert path.exists()
