import json
import logging
import shutil
from dataclasses import replace
from datetime import timedelta

import pytest

from memeclip_core.database.engine import FILE, Database
from memeclip_core.errors import CheckpointError, StoreError
from memeclip_core.models import versions as model_store
from memeclip_core.models.checkpoints import write_checkpoint
from memeclip_core.models.versions import STARTER, ModelStore
from tests.factories.heads import make_model


@pytest.fixture
def again(home, tmp_path, database):
    """Open the same models as another process does."""
    write_checkpoint(tmp_path / "checkpoints" / "toy", make_model())
    return lambda: ModelStore(home, tmp_path / "checkpoints", database)


@pytest.fixture
def store(again):
    return again()


def add(store, version, **facts):
    made = replace(make_model(), version=version, origin="retrained", parent="toy", **facts)
    store.write(made)


def names(store):
    return list(store.look("toys").rows)


def active(store):
    return store.look("toys").active


def test_starters_and_retrained_models_are_listed_the_newest_first(store):
    later = make_model().created + timedelta(days=1)
    add(store, "toy-r1", data={"job": "j1"})
    add(store, "toy-r2", created=later)
    assert names(store) == ["toy", "toy-r2", "toy-r1"]
    row = store.look("toys").rows["toy-r1"]
    assert (row.task_set, row.encoder, row.origin, row.job) == ("toys", "fake", "retrained", "j1")
    assert store.look("other").rows == {}
    assert store.exists("toy")
    assert not store.exists("../toy")
    assert store.read("toy-r1").parent == "toy"
    with pytest.raises(CheckpointError, match=r"no model 'gone'. Known: toy, toy-r1, toy-r2\.$"):
        store.read("gone")
    with pytest.raises(CheckpointError, match="no model"):
        store.manifest("../toy")


def test_a_folder_without_a_row_is_adopted(store, again, home):
    """After a kill between the two, and when somebody puts one there."""
    made = replace(make_model(), version="toy-r1", origin="retrained", data={"job": "j1"})
    write_checkpoint(home.models / "toy-r1", made)
    assert again().look("toys").rows["toy-r1"].job == "j1"
    assert names(store) == ["toy", "toy-r1"]
    write_checkpoint(home.models / "mine", replace(make_model(), version="mine"))
    assert names(store) == ["toy", "toy-r1", "mine"]
    assert store.look("toys").rows["mine"].origin == "starter"
    history = [(c.version, c.action) for c in store.look("toys").history]
    assert history == [("toy-r1", "add"), ("mine", "add")]


def test_a_kill_between_folder_and_row_costs_nothing(store, again, monkeypatch):
    monkeypatch.setattr(store, "_adopt", lambda names: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        add(store, "toy-r1")
    assert names(again()) == ["toy", "toy-r1"]


def test_a_folder_that_is_gone_is_none(store, again, home):
    add(store, "toy-r1")
    assert names(store) == ["toy", "toy-r1"]
    (home.models / "toy-r1").rename(home.models / "toy-r2")
    assert names(store) == ["toy", "toy-r2"] == names(again())
    shutil.rmtree(home.models / "toy-r2")
    assert names(store) == ["toy"] == names(again())


def test_a_folder_with_a_damaged_manifest_hides_no_other(again, home, caplog):
    for number, text in enumerate(["{", "[]", '{"created": "x"}', "{}"]):
        folder = home.models / f"bad-{number}"
        folder.mkdir()
        (folder / "manifest.json").write_text(text)
    (home.models / "nothing").mkdir()
    with caplog.at_level(logging.WARNING, logger="memeclip"):
        assert names(again()) == ["toy"]
    assert "'bad-0' is damaged" in caplog.text and "bad-3 is of no use" in caplog.text
    assert "nothing" not in caplog.text


def test_a_manifest_is_read_once_as_long_as_it_is_the_same_file(store, again, home, monkeypatch):
    for number in range(1, 4):
        add(store, f"toy-r{number}")
    read = []
    original = model_store.read_manifest
    monkeypatch.setattr(
        model_store, "read_manifest", lambda folder: read.append(folder.name) or original(folder)
    )
    fresh = again()
    assert len(names(fresh)) == 4
    assert read == ["toy"]  # what has a row is chosen without a manifest
    first = fresh.manifest("toy-r1")
    assert fresh.manifest("toy-r1") is first
    assert read == ["toy", "toy-r1"]
    path = home.models / "toy-r1" / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"notes": ["another"]}))
    assert fresh.manifest("toy-r1")["notes"] == ["another"]
    assert read == ["toy", "toy-r1", "toy-r1"]


def test_digests_of_older_models_are_no_part_of_what_is_listed(store):
    add(store, "old", data={"seen": ["ab" * 8]})
    assert "seen" not in store.manifest("old")["data"]
    assert store.read_learnt("old").digests == {"ab" * 8}


def test_without_a_pointer_the_starter_answers(store):
    assert active(store) == STARTER
    assert store.look("toys").history == ()


def test_promote_and_roll_back_step_by_step(store, again):
    def can_roll_back(task_set="toys"):
        return store.can_roll_back(store.look(task_set))

    assert not can_roll_back()
    for version in ("toy-r1", "toy-r2"):
        add(store, version)
        assert store.promote(version, by="ann").version == version
    assert can_roll_back()
    assert not can_roll_back("other")
    store.promote("toy-r1", by="bob")
    assert active(store) == "toy-r1" == active(again())
    assert store.look("other").active == STARTER
    assert [store.roll_back("toys", by="ann") for _ in range(3)] == ["toy-r2", "toy-r1", STARTER]
    assert active(store) == STARTER
    assert not can_roll_back()
    with pytest.raises(StoreError, match="nothing to roll back to"):
        store.roll_back("toys", by="ann")
    history = [c for c in store.look("toys").history if c.action != "add"]
    assert [(c.version, c.by, c.action, c.task_set) for c in history][2:5] == [
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


def test_a_roll_back_gives_way_to_who_chose_meanwhile(store, again, monkeypatch):
    add(store, "toy-r1")
    add(store, "toy-r2")
    store.promote("toy-r1", by="ann")
    original = store._last_usable

    def slowly(versions):
        again().promote("toy-r2", by="bob")
        return original(versions)

    monkeypatch.setattr(store, "_last_usable", slowly)
    with pytest.raises(StoreError, match="Somebody else"):
        store.roll_back("toys", by="ann")
    assert active(store) == "toy-r2"


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
    assert names(store) == ["toy"]
    assert store.look("toys").history[-1].action == "discard"


def test_versions_count_up_past_all_that_were_ever_given(store, home):
    assert store.next_version("toy-r") == "toy-r1"
    add(store, "toy-r1")
    add(store, "toy-r7")
    store.delete("toy-r7", task_set="toys", by="ann")
    assert store.next_version("toy-r") == "toy-r8"
    (home.models / "toy-r11").mkdir()
    (home.models / "toy-rx").mkdir()
    assert store.next_version("toy-r") == "toy-r12"


def test_a_damaged_model_does_not_move_the_pointer(store, home):
    add(store, "toy-r1")
    add(store, "toy-r2")
    store.promote("toy-r1", by="ann")
    (home.models / "toy-r2" / "head.safetensors").write_bytes(b"broken")
    with pytest.raises(CheckpointError):
        store.promote("toy-r2", by="ann")
    assert active(store) == "toy-r1"


def test_what_there_is_is_the_same_object_until_something_changes(store, again):
    first = store.look("toys")
    assert store.look("toys") is first
    add(store, "toy-r1")
    second = store.look("toys")
    assert set(second.rows) == {"toy", "toy-r1"} and store.look("toys") is second
    again().promote("toy-r1", by="ann")
    assert (second.active, active(store)) == ("", "toy-r1")


def test_a_new_starter_is_seen(store, tmp_path):
    assert names(store) == ["toy"]
    made = replace(make_model(), version="another")
    write_checkpoint(tmp_path / "checkpoints" / "another", made)
    assert names(store) == ["another", "toy"]


POINTER = {
    "schema": 1,
    "active": {"toys": "toy-r1"},
    "history": [
        {
            "time": "2026-01-02T03:04:05.678+00:00",
            "task_set": "toys",
            "version": "toy-r1",
            "by": "ann",
            "action": "promote",
        }
    ],
}


def test_the_pointer_of_an_earlier_release_is_taken_over_once(store, again, home):
    add(store, "toy-r1")
    add(store, "toy-r2")
    home.active.write_text(json.dumps(POINTER))
    store.take_over()
    assert active(store) == "toy-r1"
    assert store.look("toys").history[-1].time.isoformat(timespec="milliseconds") == (
        "2026-01-02T03:04:05.678+00:00"
    )
    assert store.roll_back("toys", by="ann") == STARTER
    again().take_over()
    assert active(store) == STARTER and home.active.exists()


def test_a_home_without_a_pointer_has_nothing_to_take_over(store):
    store.take_over()
    assert store.look("toys").history == ()


def test_what_was_chosen_since_stays_chosen(store, home):
    """A damaged pointer may be repaired later."""
    add(store, "toy-r2")
    home.active.write_text("{")
    with pytest.raises(StoreError, match="is damaged"):
        store.take_over()
    store.promote("toy-r2", by="ann")
    home.active.write_text(json.dumps(POINTER))
    store.take_over()
    assert active(store) == "toy-r2"


def test_a_database_that_fails_for_a_while_changes_no_answer(store, monkeypatch):
    """Or else all predictions would be computed anew, and again after it."""
    add(store, "toy-r1")
    store.promote("toy-r1", by="ann")
    before = store.look("toys")

    def fail():
        raise StoreError("The server is gone.")

    monkeypatch.setattr(store._database, "read", fail)
    found = store.look("toys")
    assert (found.active, found.rows, found.trouble) == (
        "toy-r1", before.rows, "The server is gone.",
    )  # fmt: skip
    assert store.look("toys") is found
    monkeypatch.undo()
    monkeypatch.setattr(store, "_trouble", (0.0, ""))
    assert active(store) == "toy-r1" and not store.look("toys").trouble


@pytest.mark.parametrize("data", [b"no database at all" * 100, None])
def test_without_the_database_the_starters_answer(home, tmp_path, data, caplog, monkeypatch):
    write_checkpoint(tmp_path / "checkpoints" / "toy", make_model())
    write_checkpoint(
        home.models / "toy-r1", replace(make_model(), version="toy-r1", origin="retrained")
    )
    if data is None:
        (home.root / FILE).mkdir()
    else:
        (home.root / FILE).write_bytes(data)
    store = ModelStore(home, tmp_path / "checkpoints", Database.of_home(home.root))
    found = store.look("toys")
    assert list(found.rows) == ["toy"] and found.active == STARTER and found.trouble
    assert store.look("toys") is found
    assert caplog.text.count("which model answers is not known") == 1  # it is let be for a while
    monkeypatch.setattr(store, "_trouble", (0.0, ""))
    (home.root / FILE).rmdir() if data is None else (home.root / FILE).unlink()
    assert names(store) == ["toy", "toy-r1"] and not store.look("toys").trouble
