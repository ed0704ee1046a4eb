"""What of a home goes into a backup; the rest is tested through tests/app/test_backup.py."""

import os
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from memeclip_core.errors import StoreError
from memeclip_core.storage.backup import HubRepository, Mark, Snapshot, is_lasting, matters
from memeclip_core.storage.files import locked
from tests.factories.homes import fake_snapshot, fill_home


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("corrections.csv", True),
        ("corrections-schema1-20260102.csv", True),
        ("active.json", True),
        ("memeclip.sqlite", True),
        ("memeclip.sqlite-wal", False),
        ("replaced-20260102T120000/corrections.csv", False),
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
    snapshot = fake_snapshot(home)
    assert snapshot.empty
    home.corrections.write_bytes(b"")
    assert not snapshot.empty
    home.corrections.unlink()
    (home.root / "projects" / "cats").mkdir(parents=True)
    (home.root / "projects" / "cats" / "project.json").write_bytes(b"{}")
    assert not snapshot.empty


def test_the_log_is_read_under_its_lock(home, monkeypatch):
    home.corrections.write_bytes(b"log")
    monkeypatch.setattr("memeclip_core.storage.backup.locked", lambda path: locked(path, timeout=0))
    with locked(home.lock("corrections")), pytest.raises(StoreError, match="Another process"):
        fake_snapshot(home).content("corrections.csv")
    assert fake_snapshot(home).content("corrections.csv") == b"log"


def test_what_grows_is_read_at_once_and_pictures_are_left_to_the_upload(home):
    (home.images / "a.png").write_bytes(b"x")
    home.active.write_bytes(b"{}")
    snapshot = fake_snapshot(home)
    assert snapshot.content("images/a.png") == home.images / "a.png"
    assert snapshot.content("active.json") == b"{}"
    assert snapshot.content("images/gone.png") is None
    assert snapshot.content("jobs/gone.json") is None


def test_the_database_has_changed_where_its_revision_has(home):
    """Whatever is written into the file; one that cannot be read is told by its size and time."""
    home.database.write_bytes(b"database")
    revisions = iter([(1, 2), (1, 2), (2, 3)])
    snapshot = Snapshot(
        home, copy=print, revision=lambda: next(revisions), used=lambda: True, join=print
    )
    first = snapshot.files()
    home.database.write_bytes(b"written to")
    assert snapshot.files() == first == {"memeclip.sqlite": (1, 2)}
    assert snapshot.files() == {"memeclip.sqlite": (2, 3)}

    def fail():
        raise StoreError("damaged")

    snapshot = Snapshot(home, copy=print, revision=fail, used=lambda: True, join=print)
    assert snapshot.files()["memeclip.sqlite"][0] == len(b"written to")


def test_a_home_in_whose_database_somebody_worked_is_not_empty(home):
    assert not Snapshot(
        home, copy=print, revision=lambda: (0, 0), used=lambda: True, join=print
    ).empty


def test_what_lay_beside_the_old_database_is_no_part_of_the_new_one(home, tmp_path):
    for end in ("", "-wal", "-shm"):
        home.database.with_name(f"memeclip.sqlite{end}").write_bytes(b"old")
    (tmp_path / "memeclip.sqlite").write_bytes(b"new")
    fake_snapshot(home).restore(tmp_path, ("memeclip.sqlite",))
    assert [path.name for path in home.root.glob("memeclip*")] == ["memeclip.sqlite"]
    assert home.database.read_bytes() == b"new"


def test_what_a_backup_holds_is_put_aside_and_nothing_else(home):
    kept = fill_home(home)
    (home.root / "backup.json").write_bytes(b"{}")
    aside = fake_snapshot(home).put_aside(datetime(2026, 1, 2, 12, tzinfo=UTC))
    assert aside == home.root / "replaced-20260102T120000"
    assert {name: (aside / name).read_bytes() for name in kept} == kept
    assert (aside / "backup.json").exists()
    left = sorted(path.name for path in home.root.iterdir())
    assert left == ["cache", "locks", aside.name, "users.json"]
    assert fake_snapshot(home).put_aside(datetime(2026, 1, 3, tzinfo=UTC)) is None


def test_a_mark_comes_back(home):
    snapshot = fake_snapshot(home)
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


class FakeApi:
    def __init__(self, *, private=True):
        self.private = private
        self.asked = []

    def create_repo(self, name, **options):
        self.asked.append(("create_repo", name, options))

    def repo_info(self, name, **options):
        return SimpleNamespace(private=self.private, sha="abc")

    def list_repo_files(self, name, **options):
        return ["a.csv", "images/b.png"]

    def snapshot_download(self, name, **options):
        self.asked.append(("snapshot_download", name, options))

    def create_commit(self, name, operations, **options):
        self.asked.append(("create_commit", list(operations), options))
        return SimpleNamespace(oid="def")


def test_a_new_repository_is_a_private_dataset():
    api = FakeApi()
    assert HubRepository("ada/backup", api).connect() == "abc"
    assert api.asked == [
        ("create_repo", "ada/backup", {"repo_type": "dataset", "private": True, "exist_ok": True})
    ]


def test_a_repository_that_everybody_sees_is_refused():
    with pytest.raises(StoreError, match="'ada/backup' can be seen by everybody"):
        HubRepository("ada/backup", FakeApi(private=False)).connect()


def test_one_commit_adds_and_deletes_after_its_parent(tmp_path):
    api = FakeApi()
    picture = tmp_path / "b.png"
    picture.write_bytes(b"picture")
    found = HubRepository("ada/backup", api).push(
        {"corrections.csv": b"log", "images/b.png": picture},
        ["models/m/head.safetensors"],
        parent="abc",
        message="Back up 2 files",
    )
    assert found == "def"
    ((_, operations, options),) = api.asked
    assert [type(o).__name__ for o in operations] == [
        "CommitOperationAdd",
        "CommitOperationAdd",
        "CommitOperationDelete",
    ]
    assert [o.path_in_repo for o in operations] == [
        "corrections.csv",
        "images/b.png",
        "models/m/head.safetensors",
    ]
    assert operations[0].path_or_fileobj == b"log"
    assert options == {
        "commit_message": "Back up 2 files",
        "repo_type": "dataset",
        "parent_commit": "abc",
    }


def test_the_files_that_are_asked_for_are_fetched_and_no_others(tmp_path):
    api = FakeApi()
    repository = HubRepository("ada/backup", api)
    assert repository.files() == ("a.csv", "images/b.png")
    repository.fetch(["a.csv"], tmp_path)
    assert api.asked[0][2]["allow_patterns"] == ["a.csv"]
    assert api.asked[0][2]["repo_type"] == "dataset"
    assert api.asked[0][2]["local_dir"] == tmp_path


def test_whatever_the_client_raises_is_one_sentence_with_what_to_do():
    api = FakeApi()
    api.create_repo = lambda *a, **k: (_ for _ in ()).throw(
        RuntimeError("401 Unauthorized\nRequest ID: 77\nlong story")
    )
    with pytest.raises(StoreError) as caught:
        HubRepository("ada/backup", api).connect()
    said = str(caught.value)
    assert "RuntimeError: 401 Unauthorized" in said
    assert "HF_TOKEN" in said
    assert "long story" not in said


def test_the_real_client_has_the_methods_and_options_that_are_used():
    import inspect

    from huggingface_hub import HfApi

    used = {
        "create_repo": {"repo_type", "private", "exist_ok"},
        "repo_info": {"repo_type"},
        "list_repo_files": {"repo_type"},
        "list_repo_commits": {"repo_type"},
        "snapshot_download": {"repo_type", "local_dir", "allow_patterns"},
        "create_commit": {"commit_message", "repo_type", "parent_commit"},
    }
    for name, options in used.items():
        assert options <= set(inspect.signature(getattr(HfApi, name)).parameters), name


def test_without_a_network_the_real_client_fails_in_words():
    with pytest.raises(StoreError, match="could not be used"):
        HubRepository("ada/backup").connect()
