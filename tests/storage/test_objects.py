"""What is particular to stores: protocols, packages, addresses, calls that nobody waits for."""

import sys
import threading
from pathlib import Path

import pytest

from memeclip_core.errors import ConfigError, StoreError
from memeclip_core.storage import objects
from memeclip_core.storage.objects import (
    FolderObjects,
    RemoteObjects,
    hide_keys,
    open_objects,
)
from tests.factories.stores import StandIn, open_store
from tests.factories.waits import until


def test_without_a_store_files_lie_in_the_folder(tmp_path):
    assert open_objects("", tmp_path).folder == tmp_path


@pytest.mark.parametrize("url", ["file:///srv/images", "local:///srv/images"])
def test_a_folder_of_this_machine_is_written_as_the_homes_own(url, tmp_path):
    found = open_objects(url, tmp_path)
    assert isinstance(found, FolderObjects) and found.folder == Path("/srv/images")


def test_a_folder_promises_the_disk_before_it_answers(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr("os.fsync", synced.append)
    FolderObjects(tmp_path / "new").write("a", b"x", settle=False)
    assert synced == []
    FolderObjects(tmp_path / "new").write("a", b"xy")
    assert len(synced) == 2  # the file, and its name


@pytest.mark.parametrize(("kind", "aside"), [("standin", True), ("memory", False)])
def test_only_where_a_file_appears_before_it_is_whole_it_is_written_aside(
    kind, aside, tmp_path, monkeypatch
):
    moved = []
    with open_store(kind, tmp_path) as url:
        store = RemoteObjects(url)
        system, _ = store._open()
        move = system.mv
        monkeypatch.setattr(system, "mv", lambda *paths: [moved.append(paths), move(*paths)])
        store.write("a", b"x")
        assert store.names() == ["a"] and store.read(["a", "b"]) == {"a": b"x"}
    assert bool(moved) is aside


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "s3fs", None)
    with pytest.raises(ConfigError, match=r"s3:// need the package 's3fs'.*pip install s3fs"):
        RemoteObjects("s3://bucket/images")


def test_what_a_kind_of_fsspecs_own_needs_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "fsspec.implementations.sftp", None)
    with pytest.raises(ConfigError, match=r"need more than fsspec \(.*paramiko"):
        RemoteObjects("sftp://host/images")


def test_an_address_is_shown_without_who_and_with_what_it_is_asked():
    assert hide_keys("sftp://ada:word@host:22/images?key=1") == "sftp://host:22/images"
    assert hide_keys("s3://bucket/images") == "s3://bucket/images"


def test_a_store_that_hangs_holds_only_so_many_threads(tmp_path, monkeypatch):
    monkeypatch.setattr(objects, "MOST_CALLS", 2)
    monkeypatch.setattr(objects, "SECONDS", 0.05)

    def count():
        return sum(thread.name == "image store" for thread in threading.enumerate())

    until(lambda: not count(), "calls of an earlier test did not end")
    with open_store("standin", tmp_path) as url:
        store = RemoteObjects(url)
        StandIn.fault = "hangs"
        for _ in range(5):
            with pytest.raises(StoreError, match="TimeoutError"):
                store.read(["a"])
        assert count() == 2
    until(lambda: not count(), "the calls did not end")
    assert store.read(["a"]) == {}


def test_one_that_another_server_has_deleted_is_passed_over(tmp_path):
    with open_store("standin", tmp_path) as url:
        store = RemoteObjects(url)
        for name in ("a", "b"):
            store.write(name, b"x")
        store.delete(["gone", "a", "gone too", "b"])
        assert store.names() == []


def test_many_are_deleted_in_parts(tmp_path, monkeypatch):
    monkeypatch.setattr(objects, "DELETED_AT_ONCE", 2)
    with open_store("memory", tmp_path) as url:
        store = RemoteObjects(url)
        names = [f"n{number}" for number in range(5)]
        for name in names:
            store.write(name, b"x")
        store.delete(names)
        assert store.names() == []
