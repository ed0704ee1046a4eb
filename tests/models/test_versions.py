import json
import shutil
from dataclasses import replace

import pytest

from memeclip_core.errors import CheckpointError, StoreError
from memeclip_core.models import versions as model_store
from memeclip_core.models.checkpoints import write_checkpoint
from memeclip_core.models.versions import STARTER, ModelStore
from tests.factories.heads import make_model


@pytest.fixture
def store(home, tmp_path):
    write_checkpoint(tmp_path / "checkpoints" / "toy", make_model())
    return ModelStore(home, tmp_path / "checkpoints")


def add(store, version):
    store.write(replace(make_model(), version=version, origin="retrained", parent="toy"))


def test_starters_and_retrained_models_are_listed(store):
    add(store, "toy-r1")
    assert [manifest["version"] for manifest in store.list()] == ["toy", "toy-r1"]
    assert store.exists("toy")
    assert not store.exists("../toy")
    assert store.read("toy-r1").parent == "toy"
    with pytest.raises(CheckpointError, match=r"no model 'gone'. Known: toy, toy-r1\.$"):
        store.read("gone")


def test_a_folder_with_a_damaged_manifest_hides_no_other(store, home):
    add(store, "toy-r1")
    (home.models / "toy-r1" / "manifest.json").write_text("{")
    assert [manifest["version"] for manifest in store.list()] == ["toy"]


def test_a_manifest_is_read_once_as_long_as_it_is_the_same_file(store, home, monkeypatch):
    add(store, "toy-r1")
    read = []
    original = model_store.read_manifest
    monkeypatch.setattr(
        model_store, "read_manifest", lambda folder: read.append(folder.name) or original(folder)
    )
    first = store.list()
    assert store.list() == first
    assert read == ["toy", "toy-r1"]
    path = home.models / "toy-r1" / "manifest.json"
    manifest = json.loads(path.read_text()) | {"notes": ["another"]}
    path.write_text(json.dumps(manifest))
    assert store.list()[1]["notes"] == ["another"]
    assert read == ["toy", "toy-r1", "toy-r1"]
    shutil.rmtree(home.models / "toy-r1")
    assert len(store.list()) == 1


def test_digests_of_older_models_are_no_part_of_what_is_listed(store):
    model = replace(make_model(), version="old", origin="retrained", data={"seen": ["ab" * 8]})
    store.write(model)
    assert "seen" not in store.list()[0]["data"]
    assert store.read_learnt("old").digests == {"ab" * 8}


def test_without_a_pointer_the_starter_answers(store, home):
    assert store.look().active.get("toys", STARTER) == STARTER
    assert store.look().history == ()
    assert not home.active.exists()


def test_promote_and_roll_back_step_by_step(store):
    assert not store.can_roll_back("toys")
    for version in ("toy-r1", "toy-r2"):
        add(store, version)
        assert store.promote(version, by="ann").version == version
    assert store.can_roll_back("toys")
    assert not store.can_roll_back("other")
    store.promote("toy-r1", by="bob")
    assert store.look().active["toys"] == "toy-r1"
    assert store.look().active.get("other", STARTER) == STARTER
    assert [store.roll_back("toys", by="ann") for _ in range(3)] == ["toy-r2", "toy-r1", STARTER]
    assert store.look().active.get("toys", STARTER) == STARTER
    assert not store.can_roll_back("toys")
    with pytest.raises(StoreError, match="nothing to roll back to"):
        store.roll_back("toys", by="ann")
    changes = [(c.version, c.by, c.action, c.task_set) for c in store.look().history]
    assert changes[2:5] == [
        ("toy-r1", "bob", "promote", "toys"),
        ("toy-r2", "ann", "roll-back", "toys"),
        ("toy-r1", "ann", "roll-back", "toys"),
    ]


def test_promoting_twice_is_one_step(store):
    add(store, "toy-r1")
    store.promote("toy-r1", by="ann")
    store.promote("toy-r1", by="ann")
    assert store.roll_back("toys", by="ann") == STARTER


def test_a_roll_back_passes_over_what_is_gone_or_damaged(store, home):
    for version in ("toy-r1", "toy-r2", "toy-r3", "toy-r4"):
        add(store, version)
        store.promote(version, by="ann")
    store.delete("toy-r3", task_set="toys", by="ann")
    (home.models / "toy-r2" / "head.safetensors").write_bytes(b"broken")
    assert store.roll_back("toys", by="ann") == "toy-r1"


def test_only_retrained_models_that_do_not_answer_are_deleted(store):
    add(store, "toy-r1")
    store.promote("toy-r1", by="ann")
    with pytest.raises(StoreError, match="is active"):
        store.delete("toy-r1", task_set="toys", by="ann")
    with pytest.raises(StoreError, match="is a starter"):
        store.delete("toy", task_set="toys", by="ann")
    store.roll_back("toys", by="ann")
    store.delete("toy-r1", task_set="toys", by="ann")
    assert not store.exists("toy-r1")
    assert store.look().history[-1].action == "discard"


def test_a_damaged_model_does_not_move_the_pointer(store, home):
    add(store, "toy-r1")
    add(store, "toy-r2")
    store.promote("toy-r1", by="ann")
    before = home.active.read_bytes()
    (home.models / "toy-r2" / "head.safetensors").write_bytes(b"broken")
    with pytest.raises(CheckpointError):
        store.promote("toy-r2", by="ann")
    assert home.active.read_bytes() == before


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema": 2}', '{"schema": 1, "active": []}'])
def test_a_damaged_pointer_is_named_and_never_overwritten(store, home, text):
    home.active.write_text(text)
    add(store, "toy-r1")
    for call in (
        store.look,
        lambda: store.promote("toy-r1", by="ann"),
        lambda: store.roll_back("toys", by="ann"),
    ):
        with pytest.raises(StoreError, match="is damaged"):
            call()
    assert home.active.read_text() == text


def test_the_pointer_is_this_file(store, home):
    add(store, "toy-r1")
    store.promote("toy-r1", by="ann")
    pointer = json.loads(home.active.read_text())
    assert pointer["schema"] == 1
    assert pointer["active"] == {"toys": "toy-r1"}
    (line,) = pointer["history"]
    assert set(line) == {"time", "task_set", "version", "by", "action"}


def test_what_there_is_is_the_same_object_until_a_file_changes(store, home):
    first = store.look()
    assert store.look() is first
    add(store, "toy-r1")
    second = store.look()
    assert set(second.manifests) == {"toy", "toy-r1"}
    store.promote("toy-r1", by="ann")
    third = store.look()
    assert (second.active, third.active) == ({}, {"toys": "toy-r1"})
    assert third.manifests["toy"] is first.manifests["toy"]
    (home.models / "toy-r1").rename(home.models / "toy-r2")
    assert "toy-r2" in store.look().manifests


def test_what_cannot_be_read_is_tried_again(store, home, monkeypatch):
    original = model_store.read_manifest

    def fail(folder):
        raise CheckpointError("busy")

    monkeypatch.setattr(model_store, "read_manifest", fail)
    assert store.look().manifests == {}
    monkeypatch.setattr(model_store, "read_manifest", original)
    assert set(store.look().manifests) == {"toy"}
