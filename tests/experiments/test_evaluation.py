import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from memeclip_core.config import Settings
from memeclip_core.encoders.fake import FakeCaptioner
from memeclip_core.errors import (
    ConfigError,
    DatasetError,
    EncoderError,
    EncoderMismatchError,
    InputError,
)
from memeclip_core.experiments.choices import DatasetFiles
from memeclip_core.experiments.evaluation import (
    Judged,
    check_protocol,
    collect_cells,
    evaluate_files,
    evaluate_model,
    judge_models,
)
from memeclip_core.experiments.overrides import read_recipe
from memeclip_core.experiments.systems import find_seed, name_family
from memeclip_core.experiments.train_run import run_trial, seed_recipe, train_part
from memeclip_core.experiments.workbench import Workbench
from memeclip_core.heads.registry import find_needs
from memeclip_core.models.checkpoints import read_checkpoint, write_checkpoint
from memeclip_core.training.recipes import build_recipe
from tests.factories.services import CountingCaptioner, make_starter
from tests.factories.workbench import TINY, fake_material, pridemm_material, write_pridemm

BENCH = Workbench(settings=Settings(encoder="fake"), keeps=False)
ROWS = [
    ("a", 0, "NA", 0, 1, "train", "tea"),
    ("b", 1, 2, 2, 0, "val", "oin eat"),
    ("c", 0, "NA", 1, 1, "val", "tea"),
    ("d", 1, 0, 2, 1, "val", ""),
]


@pytest.fixture
def dataset(tmp_path):
    path = tmp_path / "PrideMM.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["name", "hate", "target", "stance", "humour", "split", "text"])
        writer.writerows(ROWS)
    return path


def evaluate(model, dataset, **options):
    return evaluate_model(BENCH, model, DatasetFiles(source=(dataset,)), **options)


def test_every_row_of_the_split_counts(tmp_path, dataset):
    result = evaluate(make_starter(tmp_path), dataset, split="val")
    assert (result.rows, result.left_out) == (3, 0)
    assert result.metrics["hate"][0].n == 3
    assert result.metrics["target"][0].n == 2


def test_duplicates_of_another_split_can_be_left_out(tmp_path, dataset):
    result = evaluate(make_starter(tmp_path), dataset, split="val", apart_from="train")
    assert (result.rows, result.left_out) == (2, 1)


def test_an_unknown_split_lists_the_known(tmp_path, dataset):
    with pytest.raises(DatasetError, match=r"No row has the split 'test'. Found: train, val"):
        evaluate(make_starter(tmp_path), dataset, split="test")


def test_another_encoder_is_refused(tmp_path, dataset):
    model = make_starter(tmp_path, fingerprint="f" * 64)
    with pytest.raises(EncoderMismatchError):
        evaluate(model, dataset, split="val")


def train(dataset, head):
    material = fake_material(dataset, needs=find_needs(head), captioner=FakeCaptioner())
    recipe = build_recipe(head, config={"map_dim": 4}, fit={"epochs": 1})
    return train_part(material, material.whole, recipe)


def judge(models, dataset, captioner):
    bench = replace(BENCH, captioner=captioner)
    return judge_models(bench, models, DatasetFiles(source=(dataset,)), split="val")


def test_models_that_read_captions_and_models_that_do_not_each_see_their_own(tmp_path):
    dataset = write_pridemm(tmp_path)
    Image.new("RGB", (40, 30), (0, 0, 255)).save(tmp_path / "25.png")
    models = [train(dataset, head) for head in ("text-only", "caption")]
    captioner = CountingCaptioner()
    together = judge(models, dataset, captioner)
    assert captioner.images == 1
    for model, found in zip(models, together, strict=True):
        (alone,) = judge([model], dataset, FakeCaptioner())
        assert found.model is model
        for task, outcome in alone.outcomes.items():
            expected = found.outcomes[task].probabilities
            assert np.array_equal(outcome.probabilities, expected)


def test_another_captioner_is_refused_and_so_is_none(tmp_path):
    dataset = write_pridemm(tmp_path)
    model = train(dataset, "caption")
    other = FakeCaptioner()
    other.fingerprint = "e" * 64
    with pytest.raises(EncoderMismatchError, match=r"captions by 'fake' .* another captioner"):
        judge([model], dataset, other)
    with pytest.raises(EncoderError, match="no captioner is named"):
        judge([model], dataset, None)


def test_a_model_that_writes_into_the_text_tower_is_given_it(tmp_path):
    dataset = write_pridemm(tmp_path)
    model = train(dataset, "issues")
    write_checkpoint(tmp_path / "issues", model)
    (found,) = judge([read_checkpoint(tmp_path / "issues")], dataset, None)
    (trained,) = judge([model], dataset, None)
    probabilities = [item.outcomes["hate"].probabilities for item in (found, trained)]
    assert np.array_equal(*probabilities)


@pytest.fixture
def judged(tmp_path: Path) -> Judged:
    recipe = seed_recipe(read_recipe("memeclip", TINY), 5)
    trial = run_trial(pridemm_material(tmp_path), recipe)
    assert trial.model is not None
    model = replace(trial.model, version="mine-seed5")
    return Judged(model=model, rows=12, left_out=0, outcomes=trial.outcomes)


def test_a_cell_names_family_seed_and_version(judged: Judged) -> None:
    cells = collect_cells([judged])
    assert [cell.task for cell in cells] == ["hate", "target", "stance", "humour"]
    assert cells[0].axes == {"model": "mine"}
    assert cells[0].seed == 5 == find_seed(judged.model, "hate")
    assert cells[0].details["version"] == "mine-seed5"
    assert find_seed(replace(judged.model, recipe={}), "hate") is None
    assert name_family(replace(judged.model, version="pridemm-compact")) == "pridemm-compact"


def test_an_unknown_protocol_names_the_known() -> None:
    check_protocol(None)
    check_protocol("memeclip-code")
    with pytest.raises(ConfigError, match="Known: memeclip-code"):
        check_protocol("other")


def test_models_of_different_task_sets_are_not_measured_together(tmp_path, dataset):
    model = make_starter(tmp_path)
    other = replace(model, task_set="axiom")
    with pytest.raises(InputError, match="different task sets: axiom, pridemm"):
        evaluate_files(BENCH, [model, other], DatasetFiles(source=(dataset,)), split="val")
