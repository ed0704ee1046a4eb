"""What is learnt from, chosen on and judged on never overlaps where it must not."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from memeclip_core.datasets.reader import read_dataset
from memeclip_core.errors import DatasetError
from memeclip_core.experiments.choices import Deal
from memeclip_core.experiments.material import FOLDS, Material, hash_rows
from tests.factories.workbench import fake_material, pridemm_material, write_axiom, write_pridemm


def test_published_validation_rows_are_chosen_and_judged_on(tmp_path: Path) -> None:
    material = pridemm_material(tmp_path)
    (part,) = material.parts
    assert part.learn.tolist() == list(range(24))
    assert part.choose.tolist() == part.judge.tolist() == list(range(24, 36))
    assert len(material.rows) == 36, "the row of the split test never comes in"
    assert material.places[24] == "PrideMM.csv, line 26"
    assert material.data["train"] == 24 and material.data["val"] == 12
    assert "validation rows" in material.judged_on


def test_a_training_row_that_stands_in_validation_is_left_out(tmp_path: Path) -> None:
    path = write_pridemm(tmp_path)
    lines = path.read_text("utf-8").splitlines()
    twin = lines[30].split(",")
    twin[5] = "train"
    path.write_text("\n".join([*lines, ",".join(twin)]) + "\n", "utf-8")
    material = fake_material(path)
    assert len(material.rows) == 37
    assert 36 not in material.whole.learn
    assert len(material.whole.learn) == 24
    assert material.data["left_out"] == 1
    assert material.left_out.startswith("1 training row(s) that also stand in validation")
    kept = fake_material(path, deal=Deal(keep_duplicates=True))
    assert 36 in kept.whole.learn
    assert (kept.data["left_out"], kept.left_out) == (0, "")
    assert kept.data["hash"] == material.data["hash"]
    assert kept.data["deal"] != material.data["deal"]


def test_the_same_text_on_another_picture_is_learnt_from(tmp_path: Path) -> None:
    path = write_pridemm(tmp_path)
    lines = path.read_text("utf-8").splitlines()
    twin = ["twin.png", *lines[30].split(",")[1:]]
    twin[5] = "train"
    path.write_text("\n".join([*lines, ",".join(twin)]) + "\n", "utf-8")
    for name, colour in (("29.png", "red"), ("twin.png", "blue")):
        Image.new("RGB", (40, 30), colour).save(tmp_path / name)
    for with_images in (True, False):
        material = fake_material(path, with_images=with_images)
        assert 36 in material.whole.learn, "every head meets the same rows"
        assert material.data["left_out"] == 0
    assert material.groups[36] == material.groups[29], "near duplicates are still one draw"


def test_the_folds_can_be_dealt_anew_for_every_seed(tmp_path: Path) -> None:
    path = write_axiom(tmp_path)
    shared = fake_material(path, "axiom")
    anew = fake_material(path, "axiom", deal=Deal(deal_anew=True))

    def judged(material: Material, seed: int) -> list[list[int]]:
        return [part.judge.tolist() for part in material.parts_of(seed)]

    assert judged(shared, 0) == judged(shared, 1) == judged(anew, 0)
    assert judged(anew, 1) == judged(anew, 1) != judged(anew, 0)
    assert sorted(chain(*judged(anew, 1))) == list(range(30))
    assert "all seeds share one deal" in shared.judged_on
    assert "every seed deals anew" in anew.judged_on
    assert shared.data["deal"] != anew.data["deal"]


def test_without_validation_rows_every_row_is_judged_once_by_a_model_without_it(
    tmp_path: Path,
) -> None:
    material = fake_material(write_axiom(tmp_path), "axiom")
    assert len(material.parts) == FOLDS
    judged = np.concatenate([part.judge for part in material.parts])
    assert sorted(judged.tolist()) == list(range(30))
    for part in material.parts:
        assert set(part.learn) | set(part.choose) | set(part.judge) == set(range(30))
        assert len(part.learn) + len(part.choose) + len(part.judge) == 30
        assert len(part.choose) > 0
    assert len(material.whole.judge) == 0
    again = fake_material(write_axiom(tmp_path), "axiom")
    for part, twin in zip(material.parts, again.parts, strict=True):
        assert np.array_equal(part.judge, twin.judge)


def test_folds_that_are_asked_for_leave_the_validation_rows_alone(tmp_path: Path) -> None:
    material = pridemm_material(tmp_path, deal=Deal(folds=3))
    assert len(material.parts) == 3
    judged = np.concatenate([part.judge for part in material.parts])
    assert sorted(judged.tolist()) == list(range(24))


def test_a_task_without_labels_is_left_out(tmp_path: Path) -> None:
    path = write_pridemm(tmp_path)
    text = path.read_text("utf-8")
    lines = [line.split(",") for line in text.splitlines()]
    bare = "\n".join(",".join((*p[:2], "NA", *p[3:])) for p in lines[1:])
    path.write_text(f"{','.join(lines[0])}\n{bare}\n", "utf-8")
    material = fake_material(path)
    assert material.task_set.keys == ("hate", "stance", "humour")


def test_a_file_without_training_rows_is_one_sentence(tmp_path: Path) -> None:
    path = write_pridemm(tmp_path, train=0)
    with pytest.raises(DatasetError, match="no split 'train' among test, val"):
        fake_material(path)


def test_the_hash_tells_every_change(tmp_path: Path) -> None:
    rows = list(read_dataset(write_pridemm(tmp_path)).rows)
    assert hash_rows(rows) == hash_rows(rows)
    assert hash_rows(rows) != hash_rows(rows[1:])
    assert hash_rows(rows) != hash_rows([rows[1], rows[0], *rows[2:]])


def test_a_task_left_with_one_class_is_refused_with_what_is_lost(tmp_path):
    path = write_pridemm(tmp_path)
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    header = lines[0].strip().split(",")
    place = header.index("hate")
    # As a spelling that nobody reads would leave it: one of the two classes is gone.
    kept = [line.split(",") for line in lines[1:]]
    for cells in kept:
        cells[place] = "0" if cells[place] == "0" else ""
    path.write_text(lines[0] + "".join(",".join(cells) for cells in kept), encoding="utf-8")
    with pytest.raises(DatasetError, match=r"'hate': all \d+ training rows .* have No Hate, and "):
        fake_material(path)
