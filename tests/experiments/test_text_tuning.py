"""Layers taught on datasets: who teaches, who is kept back, and what a killed run goes on from."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from memeclip_core.encoders.compact.compact import ALIGNMENT_FILE, TAUGHT_FILE, TEXT_FILE
from memeclip_core.encoders.compact.taught import from_arrays, hash_texts
from memeclip_core.encoders.registry import build_encoder
from memeclip_core.errors import DatasetError
from memeclip_core.experiments import text_tuning
from memeclip_core.training.taught_layers import Lesson, TeachConfig
from tests.factories.small_tower import load_small_stack, small_tower

CONFIG = TeachConfig(epochs=2, batch_size=8, lr=1e-3)
HEADER = "name,hate,target,stance,humour,split,text\n"


@pytest.fixture(autouse=True)
def tower(monkeypatch):
    tower = small_tower()
    monkeypatch.setattr(text_tuning, "load_bert_tower", lambda folder: tower)
    return tower


def write(path: Path, rows: list[tuple[int, str, str]]) -> Path:
    lines = [
        f"{i}.png,{hate},NA,0,0,{split},{text}\n" for i, (hate, split, text) in enumerate(rows)
    ]
    path.write_text(HEADER + "".join(lines), encoding="utf-8")
    return path


@pytest.fixture
def dataset(tmp_path):
    """Sixteen rows teach, and one stands in validation too; val and test are kept back."""
    texts = [f"{a} {b} {c}" for a in ("old", "new") for b in ("red", "blue") for c in
             ("cat", "dog", "sun", "moon")]  # fmt: skip
    rows = [(int("cat" in text), "train", text) for text in texts]
    rows += [(1, "val", "cat cat cat"), (0, "test", "moon moon"), (1, "train", "cat  cat cat")]
    return write(tmp_path / "PrideMM.csv", rows)


def tune(dataset, out, **changes):
    settings = {"config": CONFIG, **changes}
    return text_tuning.tune_text(dataset=[dataset], out_dir=out, **settings)


def load(out):
    from safetensors.numpy import load_file

    return from_arrays(load_file(out / TAUGHT_FILE), load_small_stack)


def test_only_training_rows_teach(dataset, tmp_path, tower):
    report = tune(dataset, tmp_path / "out")
    assert (report.texts, report.kept_back, report.left_out) == (16, 2, 1)
    assert report.tasks["pridemm/hate"] == 16
    assert report.tasks["pridemm/target"] == 0
    taught = load(tmp_path / "out")
    every = np.concatenate(taught.parts)
    assert len(every) == len(np.unique(every)) == 16
    assert [len(part) for part in taught.parts] == [8, 8]
    assert not np.isin(hash_texts(["cat cat cat", "moon moon"]), every).any()
    entry = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))["taught"]
    assert entry["report"]["texts"] == 16
    assert entry["datasets"] == ["PrideMM.csv"]
    assert entry["config"]["epochs"] == 2


def test_no_text_is_stored(dataset, tmp_path):
    tune(dataset, tmp_path / "out")
    files = [path.read_bytes() for path in (tmp_path / "out").iterdir()]
    assert not any(b"red cat" in data for data in files)


def test_a_set_without_validation_rows_has_the_tenth_of_train_set_aside(tmp_path):
    words = ("cat", "dog", "sun", "moon", "red")
    rows = [(i % 2, "train", f"{a} {b} {i}") for i, (a, b) in enumerate(
        (a, b) for a in words for b in words
    )]  # fmt: skip
    report = tune(write(tmp_path / "PrideMM.csv", rows), tmp_path / "out")
    assert report.kept_back >= 2
    assert report.texts + report.kept_back + report.left_out == 25


def test_test_rows_alone_are_refused(tmp_path):
    rows = [(i % 2, "test", text) for i, text in enumerate(("cat", "dog", "sun"))]
    with pytest.raises(DatasetError, match="no row to learn from: no split 'train' among test"):
        tune(write(tmp_path / "PrideMM.csv", rows), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_file_without_a_task_set_of_its_own_asks_for_one(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text("image,text,split,hate\na.png,cat,train,1\n", encoding="utf-8")
    with pytest.raises(DatasetError, match="need a task set"):
        tune(path, tmp_path / "out")


class Killed(Exception):
    """Stands for the end of the process."""


def test_a_killed_run_goes_on_after_its_last_epoch(dataset, tmp_path, tower, monkeypatch):
    tune(dataset, tmp_path / "whole")
    run, done = Lesson.run_epoch, []

    def die_in_the_fourth(self, on_step=None):
        if len(done) == 3:
            raise Killed
        done.append(self.epochs)
        return run(self, on_step)

    monkeypatch.setattr(Lesson, "run_epoch", die_in_the_fourth)
    with pytest.raises(Killed):
        tune(dataset, tmp_path / "out")
    again = []
    monkeypatch.setattr(
        Lesson, "run_epoch", lambda self, on_step=None: again.append(1) or run(self, on_step)
    )
    tune(dataset, tmp_path / "out")
    assert (len(done), len(again)) == (3, 1)
    whole, out = ((tmp_path / name / TAUGHT_FILE).read_bytes() for name in ("whole", "out"))
    assert whole == out
    assert not (tmp_path / "out" / text_tuning.PARTIAL).exists()


def test_other_settings_start_anew(dataset, tmp_path, monkeypatch):
    run, steps = Lesson.run_epoch, []

    def count(self, on_step=None):
        steps.append(self.epochs)
        if len(steps) == 2:
            raise Killed
        return run(self, on_step)

    monkeypatch.setattr(Lesson, "run_epoch", count)
    with pytest.raises(Killed):
        tune(dataset, tmp_path / "out")
    tune(dataset, tmp_path / "out", config=TeachConfig(epochs=1, batch_size=8, seed=3))
    assert steps == [0, 1, 0, 0]


@pytest.mark.model
def test_the_folder_is_an_encoder(dataset, tmp_path, monkeypatch):
    monkeypatch.undo()
    tune(dataset, tmp_path / "out", config=TeachConfig(epochs=1))
    assert {path.name for path in (tmp_path / "out").iterdir()} >= {TEXT_FILE, ALIGNMENT_FILE}
    own, shipped = build_encoder(str(tmp_path / "out")), build_encoder("compact")
    texts = ["old red cat", "something new"]
    rows, fingerprint = own.encode_texts(texts), own.fingerprint
    (tmp_path / "out" / TAUGHT_FILE).rename(tmp_path / "out" / "away")
    plain = build_encoder(str(tmp_path / "out"))
    assert own.name == str(tmp_path / "out")
    assert own.text_dim == shipped.text_dim == plain.text_dim + 384
    assert len({fingerprint, shipped.fingerprint, plain.fingerprint}) == 3
    np.testing.assert_allclose(
        rows[:, : plain.text_dim],
        plain.encode_texts(texts),
        atol=1e-5,
    )
    np.testing.assert_allclose(np.linalg.norm(rows[:, plain.text_dim :], axis=1), 384**0.5)
    # What was taught does not reach the space shared with pictures.
    np.testing.assert_allclose(
        own.encode_prompts(["a red cat"]), plain.encode_prompts(["a red cat"]), atol=1e-5
    )
