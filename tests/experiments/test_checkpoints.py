from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import torch

from memeclip_core.config import ROOT, Settings
from memeclip_core.errors import ConfigError
from memeclip_core.experiments import checkpoints
from memeclip_core.experiments.checkpoints import build_starter, import_file, read_parts
from memeclip_core.experiments.choices import DatasetFiles
from memeclip_core.experiments.evaluation import evaluate_model
from memeclip_core.experiments.starter_recipes import STARTERS
from memeclip_core.experiments.workbench import Workbench
from memeclip_core.heads.model import predict_scores
from memeclip_core.models.checkpoints import read_checkpoint, read_replay
from memeclip_core.models.replay import TRAIN, VAL
from memeclip_core.storage.task_files import read_task_set
from tests.factories.official import make_official

NOW = datetime(2026, 2, 3, tzinfo=UTC)
PRIDEMM = read_task_set(ROOT / "assets" / "tasks" / "pridemm.yaml")


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    """PrideMM-shaped rows: letters decide hate; one training text also stands in val."""
    generator, texts = np.random.default_rng(0), []
    path = tmp_path_factory.mktemp("data") / "PrideMM.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["name", "hate", "target", "stance", "humour", "split", "text"])
        for number in range(70):
            hate = number % 2
            words = " ".join(
                generator.permutation(["eee", "ett", "ean"] if hate else ["tt", "oin"])
            )
            split = "train" if number < 50 else "val"
            row = [f"{number}.png", hate, number % 4 if hate else "NA", number % 3, 1]
            texts.append(texts[10] if number == 60 else f"{' '.join(words)} {number}")
            writer.writerow([*row, split, texts[-1]])
    return path


@pytest.fixture(scope="module")
def built(dataset, tmp_path_factory):
    out = tmp_path_factory.mktemp("checkpoints") / "pridemm-compact"
    return build(out, dataset), out


def build(out, dataset):
    settings = Settings(encoder="fake", checkpoints=out.parent)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checkpoints, "now", lambda: NOW)
        return build_starter(Workbench(settings=settings), out.name, [dataset])


def test_no_training_row_also_stands_in_val(built):
    result, out = built
    assert (result.train, result.val, result.dropped) == (49, 20, 1)
    replay = read_replay(out)
    train, val = ({replay.features.ids[i] for i in replay.rows(s)} for s in (TRAIN, VAL))
    assert not train & val


def test_what_is_written_is_what_was_trained(built):
    result, out = built
    again = read_checkpoint(out)
    features = read_replay(out).features
    before, after = predict_scores(result.model, features), predict_scores(again, features)
    for task in PRIDEMM.keys:
        np.testing.assert_array_equal(before[task].cosines, after[task].cosines)


def test_the_manifest_says_what_the_heads_read_and_how_well(built):
    model = read_checkpoint(built[1])
    assert model.reads == "text"
    assert any("text only" in note for note in model.notes)
    assert model.heads["hate"].metrics[0].n == 20
    assert model.heads["target"].metrics[0].n == 10
    assert model.data["train"] == 49
    assert model.created == NOW


def test_the_replay_has_no_images(built):
    features = read_replay(built[1]).features
    assert not features.has_image.any()
    assert features.has_text.all()


def test_building_again_replaces_with_the_same_bytes(built, dataset):
    _, out = built
    before = (out / "head.safetensors").read_bytes()
    build(out, dataset)
    assert (out / "head.safetensors").read_bytes() == before


def test_evaluating_gives_the_metrics_of_the_manifest(built, dataset):
    model = read_checkpoint(built[1])
    bench = Workbench(settings=Settings(encoder="fake"), keeps=False)
    evaluation = evaluate_model(bench, model, DatasetFiles(source=(dataset,)), split="val")
    assert evaluation.rows == 20
    measured = {key: metrics[0].value for key, metrics in evaluation.metrics.items()}
    stored = {key: head.metrics[0].value for key, head in model.heads.items()}
    # The manifest's were measured on half-precision features.
    assert measured == pytest.approx(stored, abs=0.051)


def test_unknown_names_list_the_known(dataset, tmp_path):
    with pytest.raises(ConfigError, match=f"Unknown starter 'x'. Known: {', '.join(STARTERS)}"):
        build(tmp_path / "x", dataset)


def test_without_validation_rows_a_tenth_is_set_aside_and_shares_no_text(tmp_path):
    data = tmp_path / "train.json"
    names = read_task_set(ROOT / "assets" / "tasks" / "axiom.yaml").task("anxiety").names
    rows = [
        {
            "sample_id": f"{i}",
            "ocr_text": " ".join(f"{letter}{i % 55}" for letter in "abcdef"),
            "meme_anxiety_category": names[i % 55 % 6],
        }
        for i in range(60)
    ]
    data.write_text(json.dumps(rows), encoding="utf-8")
    axiom = read_task_set(ROOT / "assets" / "tasks" / "axiom.yaml")
    learn, choose = read_parts(axiom, [data])
    assert len(learn) + len(choose) == 60
    assert 4 <= len(choose) <= 9
    assert not {row.text for row in learn} & {row.text for row in choose}
    assert read_parts(axiom, [data]) == (learn, choose)


@pytest.mark.parametrize("name", STARTERS)
def test_the_starters_that_ship_say_what_their_rows_are_recognised_by(name):
    replay = read_replay(ROOT / "checkpoints" / name)
    assert replay.keys is not None
    assert (replay.keys.texts[replay.features.has_text] > 0).mean() > 0.99
    assert replay.keys.sketches.any(axis=1)[replay.features.has_text].mean() > 0.99


def test_a_file_becomes_a_folder_named_as_its_model(tmp_path: Path):
    file, out = tmp_path / "model.ckpt", tmp_path / "official-hate"
    torch.save({"state_dict": make_official()}, file)
    bench = Workbench(settings=Settings(encoder="fake", tasks=("pridemm",)))
    import_file(bench, file, out, task="hate", ratio=0.5)
    model = read_checkpoint(out)
    assert (model.version, model.config["ratio"], model.data) == (
        "official-hate",
        0.5,
        {"source": "model.ckpt"},
    )
