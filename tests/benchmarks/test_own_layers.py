"""A set's own layers and its n-grams answer each row without having met it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks import own_layers
from benchmarks.own_layers import (
    NEVER,
    bench_own_layers,
    deal_course,
    fit_ngrams,
    judge_part,
    make_lessons,
    read_course,
    teach_layers,
)
from memeclip_core.datasets.prediction_files import read_prediction_files
from memeclip_core.experiments.choices import Deal
from memeclip_core.experiments.material import Part
from memeclip_core.tasks import Task
from memeclip_core.training.rows import MISSING
from memeclip_core.training.taught_layers import TeachConfig
from tests.benchmarks.conftest import Run
from tests.factories.small_tower import small_tower
from tests.factories.workbench import fake_material, write_axiom, write_pridemm

ROWS = 40
CONFIG = TeachConfig(epochs=6, batch_size=8, lr=1e-3, max_tokens=16, most=2 * ROWS)


@pytest.fixture
def told(tmp_path: Path) -> Path:
    """A set whose class can be read off one word, as n-grams and as the small tower do."""
    kinds = (("sun", "Nervousness"), ("moon", "Restlessness"))
    items = [
        {
            "sample_id": f"TR-{i}",
            "ocr_text": f"{kinds[i % 2][0]} word{i}a thing{i * 7}b other{i * 13}c",
            "meme_anxiety_category": kinds[i % 2][1],
        }
        for i in range(ROWS)
    ]
    path = tmp_path / "train.json"
    path.write_text(json.dumps(items), "utf-8")
    return path


def test_the_folds_are_those_of_train(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    for path, name in ((write_axiom(tmp_path / "a"), "axiom"), (write_pridemm(tmp_path), "")):
        parts = deal_course(read_course([path], name))
        others = fake_material(path, name or "pridemm", deal=Deal(folds=5), with_images=False).parts
        assert len(parts) == len(others) == 5
        for own, other in zip(parts, others, strict=True):
            assert own.learn.tolist() == other.learn.tolist()
            assert own.choose.tolist() == other.choose.tolist()
            assert own.judge.tolist() == other.judge.tolist()


def test_rows_of_other_splits_never_come_in(tmp_path: Path) -> None:
    course = read_course([write_pridemm(tmp_path)], "")
    assert {row.split for row in course.rows} == {"train"} and len(course.rows) == 24


def test_ngrams_and_layers_find_the_word_that_tells(told: Path) -> None:
    course = read_course([told], "axiom")
    part = deal_course(course)[0]
    tower = small_tower()
    lessons = make_lessons(course, tower, CONFIG.max_tokens)
    for logits in (fit_ngrams(course, part), teach_layers(tower, lessons, part, CONFIG, 0)):
        outcome = judge_part(course, part, logits)["anxiety"]
        assert (outcome.decisions == outcome.labels).all()
        assert np.allclose(outcome.probabilities.sum(axis=1), 1)


def test_labels_of_judged_rows_change_nothing(told: Path) -> None:
    course = read_course([told], "axiom")
    part = deal_course(course)[0]
    tower = small_tower()

    def answer() -> list[np.ndarray]:
        lessons = make_lessons(course, tower, CONFIG.max_tokens)
        found = fit_ngrams(course, part), teach_layers(tower, lessons, part, CONFIG, 0)
        return [own["anxiety"] for own in found]

    before = answer()
    course.labels["anxiety"][part.judge] = 0
    for first, second in zip(before, answer(), strict=True):
        assert (first == second).all()


def test_the_choosing_rows_alone_choose_how_sure_answers_are(told: Path) -> None:
    course = read_course([told], "axiom")
    part = deal_course(course)[0]
    right = np.full((len(part.choose) + len(part.judge), 6), -1.0)
    labels = course.labels["anxiety"]
    right[np.arange(len(right)), labels[np.concatenate([part.choose, part.judge])]] = 1.0
    sure = judge_part(course, part, {"anxiety": right})["anxiety"].probabilities.max(axis=1)
    labels[part.judge] = (labels[part.judge] + 1) % 6
    same = judge_part(course, part, {"anxiety": right})["anxiety"].probabilities.max(axis=1)
    labels[part.choose] = (labels[part.choose] + 1) % 6
    less = judge_part(course, part, {"anxiety": right})["anxiety"].probabilities.max(axis=1)
    assert (sure == same).all() and (less < sure).all()


def test_a_class_without_a_row_is_never_said_and_several_labels_are_one_regression_each() -> None:
    from scipy.sparse import csr_matrix

    known = csr_matrix(np.array([[1.0, 0.0], [0.0, 1.0]] * 4))
    task = read_task("restore")
    truth = np.zeros((8, len(task.labels)), np.int64)
    truth[::2, 0] = 1
    truth[7] = MISSING
    said = own_layers._regress(task, known, truth, known)
    assert (said[::2, 0] > said[1::2, 0]).all()
    assert (said[:, 1:] == NEVER).all()


def read_task(name: str) -> Task:
    """Return the first task of a set that ships."""
    from tests.factories.workbench import shipped_tasks

    return next(iter(shipped_tasks(name)))


def test_the_files_answer_every_row_once_by_each_seed(
    told: Path, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_layers, "load_bert_tower", lambda folder: small_tower())
    out, seeds = tmp_path / "out", ("--seed", 3, "--seed", 5)
    left = run(bench_own_layers, out, told, "--tasks", "axiom", "--epochs", 1, *seeds)
    assert left.code == 0, left.err
    assert "seed 5, fold 5 of 5" in left.out
    for name in ("own-layers", "n-grams"):
        systems = read_prediction_files(out / f"{name}.csv")
        assert [(one.version, one.seed) for one in systems] == [
            (f"{name}-seed3", 3),
            (f"{name}-seed5", 5),
        ]
        for system in systems:
            assert sorted(record.word("name") for record in system.records) == sorted(
                f"TR-{i}" for i in range(ROWS)
            )


def test_torn_folds_part_twins(told: Path) -> None:
    items = json.loads(told.read_text("utf-8"))
    twins = [{**item, "sample_id": f"{item['sample_id']}-twin"} for item in items]
    told.write_text(json.dumps([*items, *twins]), "utf-8")
    course = read_course([told], "axiom")

    def count_parted(parts: list[Part]) -> int:
        own = np.full(len(course.rows), -1)
        for fold, part in enumerate(parts):
            own[part.judge] = fold
        return int((own[:ROWS] != own[ROWS:]).sum())

    assert count_parted(deal_course(course)) == 0
    assert count_parted(deal_course(course, torn=True)) > ROWS / 2


def test_a_file_without_a_task_set_of_its_own_asks_for_one(tmp_path: Path, run: Run) -> None:
    path = tmp_path / "own.csv"
    path.write_text("image,text,split,hate\na.png,cat,train,1\n", encoding="utf-8")
    left = run(bench_own_layers, tmp_path / "out", path)
    assert left.code != 0 and "need a task set" in left.err
