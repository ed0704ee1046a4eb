from dataclasses import replace
from datetime import timedelta

import pytest

from memeclip_core.config import ROOT
from memeclip_core.encoders.features import VECTORS
from memeclip_core.errors import CheckpointError, EncoderMismatchError, InputError
from memeclip_core.inference.engines import Engines
from memeclip_core.inference.loaded_model import NOTHING, ZERO_SHOT
from memeclip_core.models.catalogue import Catalogue
from memeclip_core.models.checkpoints import write_checkpoint
from memeclip_core.models.versions import ModelStore
from memeclip_core.ocr.fake import FakeOcr
from memeclip_core.storage.home import Home
from memeclip_core.storage.task_files import read_named_task_set
from tests.factories.services import CountingEncoder, make_starter


@pytest.fixture
def store(tmp_path, database):
    return ModelStore(Home(tmp_path / "home").create(), tmp_path / "checkpoints", database)


@pytest.fixture
def starter(tmp_path, store):
    return make_starter(tmp_path / "checkpoints")


@pytest.fixture
def catalogue(store):
    engines = Engines(encoder_name="fake", make_encoder=CountingEncoder, make_ocr=FakeOcr)
    return Catalogue(store=store, engines=engines)


def add(store, starter, number):
    version = f"pridemm-fake-r{number}"
    created = starter.created + timedelta(days=number)
    store.write(
        replace(
            starter,
            version=version,
            origin="retrained",
            parent=starter.version,
            created=created,
            data={"train": 9, "corrections": {"hate": 2, "stance": 3}, "seen": ["x"]},
        )
    )
    return version


def test_without_models_there_is_none(catalogue):
    assert catalogue.resolve("pridemm", None) is None
    assert catalogue.active_version("pridemm") == ""
    assert catalogue.status("pridemm").active is None
    assert catalogue.models("pridemm") == ()
    assert "zero-shot" in catalogue.status("pridemm").notes[0]


def compared(p, before, after):
    metric = {"name": "accuracy", "n": 9, "low": None, "high": None, "reason": ""}
    return {
        "task": "hate", "rows": "corrected", "p": p,
        "active": metric | {"value": before}, "candidate": metric | {"value": after},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("row", "worse"),
    [
        (compared(0.01, 0.9, 0.2), ("hate",)),
        (compared(0.2, 0.9, 0.2), ()),
        (compared(0.01, 0.2, 0.9), ()),
        (compared(None, None, 0.2), ()),
    ],
)
def test_a_model_that_is_clearly_worse_is_promoted_only_if_that_is_meant(
    catalogue, store, starter, row, worse
):
    model = replace(
        starter, version="pridemm-fake-r1", origin="retrained", data={"comparison": [row]}
    )
    store.write(model)
    assert catalogue.status("pridemm").candidate.worse == worse
    if worse:
        with pytest.raises(InputError, match=r"clearly worse .* on: hate.* --yes"):
            catalogue.promote(model.version, by="ann")
        assert catalogue.active_version("pridemm") == "pridemm-fake"
    catalogue.promote(model.version, by="ann", although_worse=bool(worse))
    assert catalogue.active_version("pridemm") == model.version


def test_the_starter_answers_until_another_is_promoted(catalogue, store, starter):
    assert catalogue.resolve("pridemm", None).version == "pridemm-fake"
    one = add(store, starter, 1)
    assert catalogue.resolve("pridemm", None).version == "pridemm-fake"
    assert catalogue.resolve("pridemm", one).version == one
    catalogue.promote(one, by="ann")
    assert catalogue.resolve("pridemm", None).version == one
    assert catalogue.status("pridemm").notes == ("Random heads.",)


def test_the_active_one_comes_first_and_then_the_newest(catalogue, store, starter):
    one, two, three = (add(store, starter, n) for n in (1, 2, 3))
    catalogue.promote(one, by="ann")
    catalogue.promote(two, by="ann")
    assert [(m.version, m.state) for m in catalogue.models("pridemm")] == [
        (two, "active"),
        (three, "candidate"),
        (one, "retired"),
        ("pridemm-fake", "retired"),
    ]
    assert catalogue.status("pridemm").candidate.version == three
    catalogue.discard(three, by="ann")
    assert catalogue.status("pridemm").candidate is None


def test_what_a_manifest_says_in_words(catalogue, store, starter):
    add(store, starter, 1)
    info = catalogue.status("pridemm").candidate
    assert info.facts == {
        "parent": "pridemm-fake",
        "train": "9",
        "corrections learnt from": "hate 2, stance 3",
    }
    assert (info.origin, info.encoder, info.head, info.reads) == (
        "retrained", "fake", "memeclip", "image+text",
    )  # fmt: skip


def test_a_model_is_read_once_but_a_promoted_one_is_read_again(catalogue, store, starter, tmp_path):
    assert catalogue.load("pridemm-fake") is catalogue.load("pridemm-fake")
    one = add(store, starter, 1)
    catalogue.load(one)
    (tmp_path / "home" / "models" / one / "head.safetensors").write_bytes(b"broken")
    with pytest.raises(CheckpointError):
        catalogue.promote(one, by="ann")


def test_a_model_answers_its_own_tasks_alone(catalogue, store, starter, tmp_path):
    make_starter(tmp_path / "checkpoints", "propaganda")
    with pytest.raises(CheckpointError, match="answers 'propaganda', not 'pridemm'"):
        catalogue.resolve("pridemm", "propaganda-fake")
    assert catalogue.active_version("propaganda") == "propaganda-fake"


def test_models_of_other_encoders(catalogue, store, starter, tmp_path):
    make_starter(tmp_path / "checkpoints", version="pridemm-other", name="other", fingerprint="o")
    assert [m.version for m in catalogue.models("pridemm")] == ["pridemm-fake"]
    with pytest.raises(EncoderMismatchError):
        catalogue.resolve("pridemm", "pridemm-other")
    # Somebody promoted it under its own encoder: this one goes on with its starter.
    store.promote("pridemm-other", by="ann")
    assert catalogue.active_version("pridemm") == "pridemm-fake"


def test_a_model_of_an_earlier_version_of_the_encoder_makes_way_and_that_is_said(
    catalogue, store, starter
):
    one, two = add(store, starter, 1), "pridemm-fake-r2"
    old = replace(starter.encoder, fingerprint="of the release before")
    for version, promoted in ((two, False), ("pridemm-fake-r3", True)):
        store.write(replace(starter, version=version, origin="retrained", encoder=old))
        if promoted:
            store.promote(version, by="ann")
    assert catalogue.active_version("pridemm") == "pridemm-fake-r3"  # nothing was loaded yet
    assert catalogue.resolve("pridemm", None).version == "pridemm-fake"
    status = catalogue.status("pridemm")
    assert (status.version, status.newest) == ("pridemm-fake", one)
    assert [m.version for m in status.models] == ["pridemm-fake", one]
    assert "The model 'pridemm-fake-r3' was promoted, and does not answer" in status.notes[-1]
    with pytest.raises(EncoderMismatchError, match="another version of the encoder 'fake'"):
        catalogue.promote(two, by="ann")
    catalogue.promote(one, by="ann")
    assert catalogue.resolve("pridemm", None).version == one
    assert catalogue.status("pridemm").notes == ("Random heads.",)


def test_a_starter_that_is_added_does_not_answer_unasked_and_who_does_is_said(
    catalogue, store, starter, tmp_path
):
    assert catalogue.status("pridemm").notes == ("Random heads.",)
    version, later = "added", starter.created + timedelta(days=1)
    added = replace(starter, version=version, created=later)
    write_checkpoint(tmp_path / "checkpoints" / version, added)
    status = catalogue.status("pridemm")
    assert (status.version, status.others) == ("pridemm-fake", (version,))
    said = status.notes[-1]
    assert "of 2 models that were brought along the oldest answers, 'pridemm-fake'" in said
    assert "The others: added. " in said
    catalogue.promote(version, by="ann")
    status = catalogue.status("pridemm")
    assert (status.version, status.notes) == (version, ("Random heads.",))


def test_a_roll_back_returns_to_the_starter(catalogue, store, starter):
    catalogue.promote(add(store, starter, 1), by="ann")
    assert catalogue.roll_back("pridemm", by="ann").version == "pridemm-fake"
    assert catalogue.manifest("pridemm-fake")["version"] == "pridemm-fake"
    assert catalogue.manifest("gone") == {}


def test_listeners_hear_once_of_each_change_and_of_nothing_else(catalogue, store, starter):
    heard = []
    catalogue.listen(heard.append)
    one, two = add(store, starter, 1), add(store, starter, 2)
    catalogue.active_version("pridemm")
    catalogue.models("pridemm")
    assert heard == []
    catalogue.promote(one, by="ann")
    assert heard == ["pridemm"]
    catalogue.promote(one, by="ann")
    catalogue.discard(two, by="ann")
    assert heard == ["pridemm"]
    catalogue.roll_back("pridemm", by="ann")
    assert heard == ["pridemm"] * 2


def test_the_choice_of_another_process_is_noticed(catalogue, store, starter):
    heard = []
    catalogue.listen(heard.append)
    one = add(store, starter, 1)
    catalogue.active_version("pridemm")
    store.promote(one, by="bob")
    assert catalogue.status("pridemm").active.version == one
    assert heard == ["pridemm"]


def test_a_listener_that_fails_changes_nothing(catalogue, store, starter, caplog):
    catalogue.listen(lambda task_set: 1 / 0)
    one = add(store, starter, 1)
    assert catalogue.promote(one, by="ann").state == "active"
    assert "telling of the new model of pridemm failed" in caplog.text


TASKS = read_named_task_set("pridemm", ROOT / "assets")


def count(monkeypatch, store, name):
    asked = []
    original = getattr(store, name)
    monkeypatch.setattr(store, name, lambda version: asked.append(version) or original(version))
    return asked


def test_a_model_is_checked_and_its_rows_are_read_when_it_is_loaded(
    catalogue, store, starter, monkeypatch
):
    replays = count(monkeypatch, store, "read_replay")
    found = catalogue.find(TASKS)
    assert (found.version, found.reads, found.notes) == (
        "pridemm-fake", "image+text", ("Random heads.",),
    )  # fmt: skip
    assert found.heads is catalogue.resolve("pridemm", None)
    assert catalogue.find(TASKS) is found
    # A retrained model has its starter's rows.
    store.write(replace(starter, version="later", origin="retrained", replay="pridemm-fake"))
    assert catalogue.find(TASKS, "later").background is found.background
    assert replays == ["pridemm-fake"]
    fewer = replace(TASKS, tasks=TASKS.tasks[:1])
    assert catalogue.find(fewer).tasks == fewer


def test_a_model_that_kept_no_rows_has_no_background(catalogue, store, starter, tmp_path):
    (tmp_path / "checkpoints" / "pridemm-fake" / "replay.safetensors").unlink()
    assert catalogue.find(TASKS).background is NOTHING


def test_without_models_the_encoder_answers(catalogue):
    found = catalogue.find(TASKS)
    assert (found.version, found.heads, found.needs) == (ZERO_SHOT, None, VECTORS)
    assert "'fake' answers here without trained heads" in found.notes[0]


def test_the_encoder_answers_where_that_is_asked_for(catalogue, starter):
    assert catalogue.find(TASKS).heads is not None
    assert catalogue.find(TASKS, ZERO_SHOT).heads is None


def test_what_stands_on_the_disk_is_read_once(catalogue, store, starter):
    first = catalogue.status("pridemm")
    assert catalogue.status("pridemm") is first
    assert "nothing to roll back to" in first.roll_back_reason
    catalogue.promote(add(store, starter, 1), by="ann")
    assert catalogue.status("pridemm").roll_back_reason == ""
