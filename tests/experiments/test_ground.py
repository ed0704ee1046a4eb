"""Rows that models are measured on: by what they are known, and grouped."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from memeclip_core.config import Settings
from memeclip_core.datasets.reader import read_dataset
from memeclip_core.encoders.fake import FakeEncoder
from memeclip_core.encoders.features import VECTORS
from memeclip_core.errors import DatasetError, EncoderMismatchError, InputError
from memeclip_core.experiments import ground as grounds
from memeclip_core.experiments.choices import DatasetFiles, Deal, OtherSet
from memeclip_core.experiments.evaluation import judge_ground, rate_groups
from memeclip_core.experiments.ground import (
    name_rows,
    open_other,
    open_replay,
    read_ground,
    read_other,
    settle_other,
)
from memeclip_core.experiments.overrides import read_recipe
from memeclip_core.experiments.train_run import train_part
from memeclip_core.experiments.workbench import Workbench
from memeclip_core.models.checkpoints import read_checkpoint, read_replay
from memeclip_core.records.mapping import read_column_map
from tests.factories.studios import VAL_ROWS
from tests.factories.workbench import (
    CATEGORIES,
    OTHER_COLUMNS,
    fake_material,
    pridemm_material,
    shipped_tasks,
    words,
    write_axiom,
    write_other,
    write_pridemm,
)


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


BENCH = Workbench(settings=Settings(encoder="fake"), encoder=FakeEncoder(), keeps=False)


def name_other(path, columns=OTHER_COLUMNS, split=""):
    files = DatasetFiles(source=(path,), columns=read_column_map(columns) if columns else None)
    return OtherSet(files=files, split=split)


def read_tested(tmp_path, other):
    settled = settle_other(other, shipped_tasks("pridemm"))
    material = pridemm_material(tmp_path)
    return read_other(BENCH, settled, material, needs=VECTORS, with_images=False), material


def test_another_set_has_its_labels_as_the_tasks_and_no_row_that_was_met(tmp_path):
    met = f"{'oooo ' * 4}{words(0)},mild"
    found, material = read_tested(tmp_path, name_other(write_other(tmp_path, also=[met])))
    assert material.memes[0].text == f"{'oooo ' * 4}{words(0)}"
    assert (len(found), found.left_out) == (12, 1)
    rows = found.rows[False]
    assert rows.labels["hate"].tolist() == [0, 1, 1] * 4
    assert set(rows.labels["stance"].tolist()) == {-1}
    counts = {key: found.data[key] for key in ("files", "split", "rows", "left_out")}
    assert counts == {"files": ["other.csv"], "split": "all", "rows": 12, "left_out": 1}


def test_the_account_of_another_set_changes_with_its_labels(tmp_path):
    path = write_other(tmp_path)
    first, _ = read_tested(tmp_path, name_other(path))
    as_no = ("text=said", "hate=level", "hate:Hate=awful", "hate:No_Hate=mild|bad")
    second, _ = read_tested(tmp_path, name_other(path, as_no))
    assert first.data["contents"] == second.data["contents"]
    assert first.data["hash"] != second.data["hash"]


def test_a_split_of_another_set_can_be_named(tmp_path):
    path = write_pridemm(tmp_path)
    found, _ = read_tested(tmp_path, name_other(path, None, "test"))
    assert found.places == ("PrideMM.csv, line 38",)
    with pytest.raises(DatasetError, match="No row has the split 'none'"):
        read_tested(tmp_path, name_other(path, None, "none"))


def test_a_set_of_the_same_memes_tests_nothing(tmp_path):
    with pytest.raises(DatasetError, match=r"All 12 rows .* also stand among the training"):
        read_tested(tmp_path, name_other(write_pridemm(tmp_path), None, "val"))


def test_labels_of_another_set_that_do_not_fit_are_named_and_how_to_say_them(tmp_path):
    tasks, path = shipped_tasks("pridemm"), write_other(tmp_path)
    lacking = name_other(path, ("text=said", "hate=level", "hate:Hate=bad|awful"))
    with pytest.raises(DatasetError, match=r"4 label\(s\) .*other.csv, line 2: .*'mild'.*Allowed"):
        settle_other(lacking, tasks)
    with pytest.raises(DatasetError, match=r"No row of the other set .*hate, target.*--test-col"):
        settle_other(name_other(path, ("text=said",)), tasks)
    some = name_other(path, (*OTHER_COLUMNS[:3], "where:level=bad|awful"))
    assert len(open_other(some).rows) == 8
    assert settle_other(some, tasks).files.task_set == tasks
    (tmp_path / "odd.csv").write_text("which,verdict\n1,2\n")
    with pytest.raises(DatasetError, match=r'mapping --test-columns "text=which"'):
        open_other(name_other(tmp_path / "odd.csv", None))


def test_labels_that_do_not_fit_in_a_split_that_is_not_tested_do_no_harm(tmp_path):
    path = tmp_path / "parts.csv"
    path.write_text("text,hate,split\none,1,test\ntwo,0,test\nthree,perhaps,train\n")
    tasks = shipped_tasks("pridemm")
    with pytest.raises(DatasetError, match="'perhaps'"):
        settle_other(name_other(path, None), tasks)
    assert settle_other(name_other(path, None, "test"), tasks).split == "test"


def test_rows_near_to_those_that_a_training_takes_can_be_left_out(model, tmp_path):
    data = read_dataset(write_pridemm(tmp_path))
    lines = [f"{'oooo ' * 4}{words(0)},mild", "never seen in training,mild"]
    files = name_other(write_other(tmp_path, also=lines)).files
    found = read_ground(BENCH, [model], files, split=None, apart_from=data)
    # The second line stands among the test rows, which no training takes.
    assert (len(found), found.left_out) == (13, 1)
    assert len(read_ground(BENCH, [model], files, split=None)) == 14
