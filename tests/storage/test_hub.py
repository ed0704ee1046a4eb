"""A backup's repository, around a client that remembers what it was asked."""

from types import SimpleNamespace

import pytest

from memeclip_core.errors import StoreError
from memeclip_core.storage.hub import HubRepository


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
        "snapshot_download": {"repo_type", "local_dir", "allow_patterns"},
        "create_commit": {"commit_message", "repo_type", "parent_commit"},
    }
    for name, options in used.items():
        assert options <= set(inspect.signature(getattr(HfApi, name)).parameters), name


def test_without_a_network_the_real_client_fails_in_words():
    with pytest.raises(StoreError, match="could not be used"):
        HubRepository("ada/backup").connect()
