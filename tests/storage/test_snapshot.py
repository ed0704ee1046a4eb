"""What of a home goes into a backup; the rest is tested through tests/app/test_backup.py."""

import os

import pytest

from memeclip_core.errors import StoreError
from memeclip_core.storage.files import locked
from memeclip_core.storage.snapshot import Mark, Snapshot, is_lasting, matters


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("corrections.csv", True),
        ("corrections-schema1-20260102.csv", True),
        ("active.json", True),
        ("images/ab.png", True),
        ("models/m/head.safetensors", True),
        ("projects/cats/memes.jsonl", True),
        ("projects/cats/previews/ab.webp", True),
        ("users.json", False),
        ("backup.json", False),
        ("cache/features/x.npy", False),
        ("restoring/corrections.csv", False),
        ("projects/cats/predictions/m.npz", False),
        ("projects/cats/leases.sqlite-wal", False),
        ("projects/.cats/project.json", False),
        ("images/../users.json", False),
        ("../corrections.csv", False),
        ("/corrections.csv", False),
        ("jobs/j.stop", False),
        ("", False),
    ],
)
def test_decisions_models_and_projects_are_kept_and_nothing_else(name, kept):
    assert matters(name) is kept


def test_a_new_home_is_empty_until_something_is_decided_or_set_up(home):
    snapshot = Snapshot(home)
    assert snapshot.empty
    home.corrections.write_bytes(b"")
    assert not snapshot.empty
    home.corrections.unlink()
    (home.root / "projects" / "cats").mkdir(parents=True)
    (home.root / "projects" / "cats" / "project.json").write_bytes(b"{}")
    assert not snapshot.empty


def test_the_log_is_read_under_its_lock(home, monkeypatch):
    home.corrections.write_bytes(b"log")
    monkeypatch.setattr(
        "memeclip_core.storage.snapshot.locked", lambda path: locked(path, timeout=0)
    )
    with locked(home.lock("corrections")), pytest.raises(StoreError, match="Another process"):
        Snapshot(home).content("corrections.csv")
    assert Snapshot(home).content("corrections.csv") == b"log"


def test_what_grows_is_read_at_once_and_pictures_are_left_to_the_upload(home):
    (home.images / "a.png").write_bytes(b"x")
    home.active.write_bytes(b"{}")
    snapshot = Snapshot(home)
    assert snapshot.content("images/a.png") == home.images / "a.png"
    assert snapshot.content("active.json") == b"{}"
    assert snapshot.content("images/gone.png") is None
    assert snapshot.content("jobs/gone.json") is None


def test_a_mark_comes_back(home):
    snapshot = Snapshot(home)
    assert snapshot.read_mark() is None
    mark = Mark(repository="a/b", commit="c", files={"corrections.csv": (3, 4)})
    snapshot.write_mark(mark)
    assert snapshot.read_mark() == mark
    snapshot.write_mark(Mark(repository="a/b", commit="c", files=None))
    assert snapshot.read_mark().files is None


def test_only_a_disk_of_its_own_lasts(tmp_path, monkeypatch):
    monkeypatch.setattr(os.path, "ismount", lambda p: str(p) in ("/", str(tmp_path / "mounted")))
    assert is_lasting(tmp_path / "mounted" / "not" / "there" / "yet") is False
    (tmp_path / "mounted").mkdir()
    assert is_lasting(tmp_path / "mounted" / "home") is True
    assert is_lasting(tmp_path / "home") is False
