"""Rows that models are measured on: by what they are known, and grouped."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from memeclip_core.config import Settings
from memeclip_core.encoders.fake import FakeEncoder
from memeclip_core.errors import EncoderMismatchError, InputError
from memeclip_core.experiments import ground as grounds
from memeclip_core.experiments.choices import DatasetFiles, Deal
from memeclip_core.experiments.evaluation import judge_ground, rate_groups
from memeclip_core.experiments.ground import name_rows, open_replay, read_ground
from memeclip_core.experiments.overrides import read_recipe
from memeclip_core.experiments.train_run import train_part
from memeclip_core.experiments.workbench import Workbench
from memeclip_core.models.checkpoints import read_checkpoint, read_replay
from tests.factories.studios import VAL_ROWS
from tests.factories.workbench import CATEGORIES, fake_material, write_axiom, write_pridemm


@pytest.fixture
def model(tiny_checkpoints):
    return read_checkpoint(tiny_checkpoints / "pridemm-fake")


@pytest.fixture
def replay(tiny_checkpoints):
    return read_replay(tiny_checkpoints / "pridemm-fake")


def test_a_dataset_can_be_grouped_by_its_columns(model, tmp_path):
    bench = Workbench(settings=Settings(encoder="fake"), encoder=FakeEncoder(), keeps=False)
    files = DatasetFiles(source=(write_pridemm(tmp_path),))
    found = read_ground(bench, [model], files, split="val")
    assert len(found) == 12
    assert found.places[0] == "PrideMM.csv, line 26"
    assert found.columns["hate"][:2] == [("0",), ("1",)]
    assert found.columns["target"][:2] == [(), ("0",)]
    assert "split" not in found.columns
    everything = read_ground(bench, [model], files, split=None)
    assert everything.columns["split"][-1] == ("test",)
    part = found.take(np.array([3, 1]))
    assert part.places == ("PrideMM.csv, line 29", "PrideMM.csv, line 27")
    assert part.columns["hate"] == [("1",), ("1",)]
    assert part.of(model).labels["hate"].tolist() == [1, 1]
    assert part.keys.ids == (found.keys.ids[3], found.keys.ids[1])


def test_the_rows_that_a_model_came_with_are_its_validation_rows(model, replay):
    found = open_replay(model, replay)
    assert len(found) == VAL_ROWS == len(set(found.places))
    assert found.columns["hate"][:2] == [("No Hate",), ("Hate",)]
    assert found.keys.ids == replay.features.ids[:VAL_ROWS]


def test_rows_of_another_encoder_are_refused_and_so_are_rows_without_sequences(
    model, replay, monkeypatch
):
    found = open_replay(model, replay)
    other = replace(model, encoder=replace(model.encoder, fingerprint="f" * 64))
    with pytest.raises(EncoderMismatchError):
        found.of(other)
    needs = replace(grounds.find_model_needs(model), tokens=True)
    monkeypatch.setattr(grounds, "find_model_needs", lambda model: needs)
    with pytest.raises(InputError, match="kept without the sequences"):
        found.of(model)


def test_labels_are_named_and_rows_without_one_have_none():
    assert name_rows(np.array([1, -1]), ["a", "b"]) == [("b",), ()]
    assert name_rows(np.array([[1, 1], [0, 0], [-1, -1]]), ["a", "b"]) == [("a", "b"), (), ()]


def test_groups_follow_the_rows_where_all_stand_on_one_line(tmp_path):
    path = write_axiom(tmp_path, rows=9)
    bench = Workbench(settings=Settings(encoder="fake"), keeps=False)
    recipe = read_recipe("linear", ["epochs=1"])
    material = fake_material(path, "axiom", deal=Deal(folds=3))
    model = train_part(material, material.whole, recipe)
    ground = read_ground(bench, [model], DatasetFiles(source=(path,)), split=None)
    assert len(set(ground.places)) == 1
    groups = ground.group_by("meme_anxiety_category")
    assert [own[0] for own in groups] == [CATEGORIES[i % 3] for i in range(9)]
    (judged,) = judge_ground([model], ground)
    found = rate_groups(judged, "anxiety", groups)
    assert sorted((own.group, own.n) for own in found) == sorted((name, 3) for name in CATEGORIES)
