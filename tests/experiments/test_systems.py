"""A model, a file of another system's predictions, and averages, on the same rows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from memeclip_core.config import Settings
from memeclip_core.datasets.prediction_files import PredictionFile, read_prediction_files
from memeclip_core.errors import InputError
from memeclip_core.experiments.choices import DatasetFiles
from memeclip_core.experiments.comparison import Entrant, compare_files, describe_rows
from memeclip_core.experiments.evaluation import evaluate_files
from memeclip_core.experiments.ground import open_replay, read_ground
from memeclip_core.experiments.systems import (
    Average,
    answer_rows,
    average_outcomes,
    find_answered,
    find_seed,
    list_task_sets,
    name_family,
)
from memeclip_core.experiments.workbench import Workbench
from memeclip_core.models.checkpoints import read_checkpoint, read_replay
from memeclip_core.models.exposure import Exposure
from tests.factories.services import make_starter
from tests.factories.workbench import write_pridemm

BENCH = Workbench(settings=Settings(encoder="fake"), keeps=False)


@pytest.fixture
def files(tmp_path: Path) -> DatasetFiles:
    return DatasetFiles(source=(write_pridemm(tmp_path),))


@pytest.fixture
def written(tmp_path: Path, files: DatasetFiles) -> tuple:
    """Return a model and the file of what it says of the validation rows."""
    model = make_starter(tmp_path)
    path = tmp_path / "said.csv"
    evaluate_files(BENCH, [model], files, split="val", predictions=path)
    return model, path


def test_a_model_is_measured_alike_by_itself_and_by_its_file(
    written: tuple, files: DatasetFiles
) -> None:
    model, path = written
    (own,) = read_prediction_files(path)
    _, one = evaluate_files(BENCH, [model], files, split="val")
    _, other = evaluate_files(BENCH, [own], files, split="val")
    assert other.facts["task_set"] == "pridemm"
    for cell, same in zip(one.cells, other.cells, strict=True):
        assert (cell.axes, cell.task, cell.n) == (same.axes, same.task, same.n)
        assert [m.value for m in cell.metrics] == pytest.approx([m.value for m in same.metrics])
        assert cell.details["confusion"] == same.details["confusion"]


def test_a_model_does_not_differ_from_its_file_and_rows_without_a_line_are_left_out(
    written: tuple, files: DatasetFiles
) -> None:
    model, path = written
    lines = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text("".join(lines[:-2]), "utf-8")
    (own,) = read_prediction_files(path)
    sides = [
        [Entrant(model=model, exposure=Exposure())],
        [Entrant(model=replace(own, version="theirs"), exposure=Exposure())],
    ]
    found = compare_files(BENCH, ("ours", "theirs"), sides, files, split="val")
    assert (found.facts["rows"], found.facts["unanswered"]) == (10, 2)
    assert "2 more are left out: a file of predictions does not have them" in describe_rows(found)
    assert all(item["changed"]["n"] == 0 for item in found.comparisons)


def test_answers_alone_are_said_to_be_alone(tmp_path: Path, files: DatasetFiles) -> None:
    path = tmp_path / "gpt.csv"
    path.write_text("name,hate\n" + "".join(f"{i}.png,{i % 2}\n" for i in range(24, 36)), "utf-8")
    (own,) = read_prediction_files(path)
    judged, found = evaluate_files(BENCH, [own], files, split="val")
    assert list(judged[0].outcomes) == ["hate"]
    assert (
        judged[0].outcomes["hate"].decisions.tolist() == judged[0].outcomes["hate"].labels.tolist()
    )
    assert found.facts["answers_alone"] == ["gpt"]
    assert list_task_sets([own]) == []


def test_an_average_is_the_mean_of_probabilities(written: tuple, files: DatasetFiles) -> None:
    model, path = written
    (own,) = read_prediction_files(path)
    ground = read_ground(BENCH, [model], files, split="val")
    both = Average(members=(model, own))
    alone, mean = answer_rows(model, ground), answer_rows(both, ground)
    assert list(mean) == list(alone)
    assert np.allclose(mean["hate"].probabilities, alone["hate"].probabilities, atol=1e-7)
    opposite = replace(alone["hate"], probabilities=1 - alone["hate"].probabilities)
    flat = average_outcomes([alone["hate"], opposite])
    assert np.allclose(flat.probabilities, 0.5) and flat.logits is None
    several = [replace(flat, kind="multilabel", threshold=t) for t in (0.2, np.full((12, 1), 0.6))]
    assert np.allclose(average_outcomes(several).threshold, 0.4)
    with pytest.raises(InputError, match="other classes"):
        average_outcomes([flat, replace(flat, names=("a", "b"))])


def test_an_average_is_called_after_its_members_and_has_their_seed() -> None:
    def file(version: str, seed: int | None) -> PredictionFile:
        return PredictionFile(version=version, seed=seed, columns=(), records=())

    both = Average(members=(file("a-seed1", 1), file("b-seed1", 1)))
    assert (both.version, name_family(both)) == ("a-seed1 + b-seed1", "a + b")
    assert find_seed(both, "hate") == 1
    assert find_seed(Average(members=(file("a", 1), file("b", 2))), "hate") is None


def test_rows_that_came_with_a_model_are_no_dataset(tiny_checkpoints: Path) -> None:
    folder = tiny_checkpoints / "pridemm-fake"
    ground = open_replay(read_checkpoint(folder), read_replay(folder))
    own = PredictionFile(version="a", seed=None, columns=(), records=())
    with pytest.raises(InputError, match="--dataset"):
        answer_rows(own, ground)
    assert find_answered([], ground).all()


def test_models_of_several_seeds_are_compared_and_averaged_seed_by_seed(
    tmp_path: Path, files: DatasetFiles
) -> None:
    first = make_starter(tmp_path)
    seeds = [replace(first, version=f"a-seed{i}") for i in (0, 1)]
    others = [Average(members=(own, own)) for own in seeds]
    sides = [[Entrant(model=own, exposure=Exposure()) for own in side] for side in (seeds, others)]
    found = compare_files(BENCH, ("a", "a+a"), sides, files, split="val")
    assert {(own["first"], own["second"], own["seeds"]) for own in found.comparisons} == {
        ("a", "a + a", 2)
    }
    assert all(own["mcnemar"]["p"] == 1.0 for own in found.comparisons)
