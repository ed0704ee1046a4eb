"""A checkpoint and an account per seed; a kill costs the seed that was under way."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from memeclip_core.app.build import build_studio, join_studio
from memeclip_core.app.studio import Studio
from memeclip_core.config import Settings
from memeclip_core.encoders.clip.loading import load_clip
from memeclip_core.encoders.fake import FakeCaptioner, FakeEncoder
from memeclip_core.errors import CheckpointError, EncoderError, MemeclipError
from memeclip_core.evaluation.metrics import compute_metrics
from memeclip_core.experiments import train_run as running
from memeclip_core.experiments.choices import DatasetFiles, Deal, OtherSet
from memeclip_core.experiments.evaluation import judge_ground
from memeclip_core.experiments.ground import Ground, read_other, settle_other
from memeclip_core.experiments.material import Material
from memeclip_core.experiments.overrides import read_recipe
from memeclip_core.experiments.results import Results, read_results
from memeclip_core.experiments.train_run import (
    AXIS,
    PREDICTIONS,
    RESULTS,
    RUN,
    TEST_PREDICTIONS,
    TESTED_ON,
    run_trial,
    seed_recipe,
    train_part,
    train_runs,
    train_seed,
)
from memeclip_core.experiments.workbench import Workbench
from memeclip_core.heads.manifest import to_tensor_dict
from memeclip_core.heads.registry import HEADS, find_needs
from memeclip_core.inference.engines import Engines
from memeclip_core.models.checkpoints import (
    HEAD,
    MANIFEST,
    REPLAY,
    read_checkpoint,
    read_learnt,
    read_replay,
)
from memeclip_core.models.replay import TRAIN, VAL
from memeclip_core.ocr.fake import FakeOcr
from memeclip_core.records.mapping import read_column_map
from memeclip_core.training.retrain import RetrainConfig
from tests.factories.clip_folder import make_clip_folder
from tests.factories.services import HATE, BareEncoder, CountingCaptioner, correct_some
from tests.factories.studios import build_tiny_studio, draw_png
from tests.factories.workbench import (
    NOW,
    OTHER_COLUMNS,
    TINY,
    fake_material,
    fresh_results,
    pridemm_material,
    shipped_tasks,
    write_axiom,
    write_other,
    write_pridemm,
)

SMALL = {"map_dim": 8, "attention_heads": 2, "expert_dim": 8, "inversion_dim": 8}
"""Settings that make any head tiny, where it has them."""


@pytest.fixture
def material(tmp_path: Path) -> Material:
    return pridemm_material(tmp_path)


def train(material: Material, out: Path, seeds: list[int], *pairs: str, **more: Any) -> Results:
    recipe = read_recipe("memeclip", [*TINY, *pairs])
    return train_runs(
        material, recipe, seeds, out=out, fresh=fresh_results(), now=lambda: NOW, **more
    )


def read_another(material: Material, path: Path) -> Ground:
    files = DatasetFiles(source=(path,), columns=read_column_map(OTHER_COLUMNS))
    other = settle_other(OtherSet(files=files), shipped_tasks("pridemm"))
    bench = Workbench(settings=Settings(encoder="fake"), encoder=FakeEncoder(), keeps=False)
    return read_other(bench, other, material, needs=find_needs("memeclip"), with_images=False)


def test_each_seed_leaves_a_model_and_how_it_was_made(material: Material, tmp_path: Path) -> None:
    found = train(material, tmp_path / "out", [0, 1])
    assert read_results(tmp_path / "out" / RESULTS).cells == found.cells
    assert {cell.seed for cell in found.cells} == {0, 1}
    for seed in (0, 1):
        folder = tmp_path / "out" / f"memeclip-seed{seed}"
        model = read_checkpoint(folder)
        run = read_results(folder / RUN)
        assert run.facts["seed"] == seed
        assert run.facts["data"]["hash"] == material.data["hash"]
        assert run.facts["fit"]["epochs"] == 2
        assert run.facts["config"]["map_dim"] == 8
        assert model.heads["hate"].metrics == run.cells[0].metrics
        assert [cell.task for cell in run.cells] == ["hate", "target", "stance", "humour"]


def test_same_seed_same_bytes(material: Material, tmp_path: Path) -> None:
    for out in ("a", "b"):
        train(material, tmp_path / out, [3])
    first, second = (tmp_path / out / "memeclip-seed3" for out in ("a", "b"))
    for name in (HEAD, MANIFEST, RUN):
        assert (first / name).read_bytes() == (second / name).read_bytes(), name


def test_a_finished_seed_is_not_trained_again_and_a_half_one_is(
    material: Material, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    before = train(material, out, [0, 1])
    (out / "memeclip-seed1" / RUN).unlink()
    trained = []
    real = running.run_trial

    def count(material, recipe, on_progress):
        trained.append(recipe.fit.seed)
        return real(material, recipe, on_progress)

    monkeypatch.setattr(running, "run_trial", count)
    after = train(material, out, [0, 1])
    assert trained == [1]
    assert after.cells == before.cells


def test_a_folder_of_another_training_is_left_alone(material: Material, tmp_path: Path) -> None:
    out = tmp_path / "out"
    train(material, out, [0])
    before = (out / "memeclip-seed0" / HEAD).read_bytes()
    with pytest.raises(CheckpointError, match="of another fit"):
        train(material, out, [0], "weight_decay=0.5")
    assert (out / "memeclip-seed0" / HEAD).read_bytes() == before


def test_without_validation_rows_the_model_is_of_all_rows_and_the_figures_of_folds(
    tmp_path: Path,
) -> None:
    material = fake_material(write_axiom(tmp_path), "axiom")
    (cell,) = train(material, tmp_path / "out", [0]).cells
    assert cell.n == 30
    run = json.loads((tmp_path / "out" / "memeclip-seed0" / RUN).read_text("utf-8"))
    assert run["facts"]["data"]["folds"] == 5
    assert "5 folds" in run["facts"]["judged_on"]
    assert read_checkpoint(tmp_path / "out" / "memeclip-seed0").data["train"] == 27


def train_small(head: str, folder: Path, out: Path, *, replay_bytes: int = 0) -> None:
    """Train a tiny head of this name on the small PrideMM, with all that it needs."""
    recipe = read_recipe(head)
    small = {name: value for name, value in SMALL.items() if hasattr(HEADS[head].config, name)}
    recipe = replace(recipe, config=small, fit=replace(recipe.fit, epochs=1))
    needs = find_needs(head, small)
    material = pridemm_material(folder, needs=needs, captioner=FakeCaptioner())
    train_runs(
        material,
        recipe,
        [0],
        out=out,
        fresh=fresh_results(),
        now=lambda: NOW,
        replay_bytes=replay_bytes,
    )


@pytest.mark.parametrize("head", HEADS)
def test_every_head_trains_saves_and_answers_on_the_page(head: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    train_small(head, tmp_path, out)
    settings = Settings(home=tmp_path / "home", encoder="fake", checkpoints=out, tasks=("pridemm",))
    studio = build_tiny_studio(settings)
    found = studio.predict(draw_png(), "a.png", task_set="pridemm", text="eat tea")
    assert found.model == f"{head}-seed0"
    for task in found.tasks:
        assert sum(score.probability for score in task.scores) == pytest.approx(1.0)
    assert any("a red picture" in note for note in found.notes) == (head == "caption")


@pytest.mark.parametrize("head", [name for name, preset in HEADS.items() if preset.trained])
def test_every_trained_head_learns_what_people_correct(head: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    train_small(head, tmp_path, out, replay_bytes=1_000_000)
    settings = Settings(home=tmp_path / "home", encoder="fake", checkpoints=out, tasks=("pridemm",))
    studio = build_tiny_studio(settings)
    correct_some(studio, range(12), HATE)
    who = studio.owner()
    job = studio.retrain(who, "pridemm")
    assert (job.state, job.reason) == ("done", "")
    assert job.counts["replay"] == 36
    studio.promote(who, job.candidate)
    found = studio.predict(draw_png(), "a.png", task_set="pridemm", text="eat tea")
    assert found.model == job.candidate
    start = to_tensor_dict(read_checkpoint(out / f"{head}-seed0"))
    (folder,) = (tmp_path / "home").rglob(job.candidate)
    taught = to_tensor_dict(read_checkpoint(folder))
    # Heads of one trunk have their own each, once they were taught apart.
    assert any(not torch.equal(start[name], taught[name]) for name in start.keys() & taught.keys())


def test_a_page_answers_captions_with_their_own_captioner_alone(tmp_path: Path) -> None:
    out = tmp_path / "out"
    train_small("caption", tmp_path, out, replay_bytes=1_000_000)
    settings = Settings(home=tmp_path / "home", encoder="fake", checkpoints=out, tasks=("pridemm",))
    correct_some(build_tiny_studio(settings), range(12), HATE)

    def open_page(**more: Any) -> Studio:
        engines = Engines(
            encoder_name="fake",
            make_encoder=FakeEncoder,
            make_ocr=lambda: FakeOcr(text="w"),
            **more,
        )
        return join_studio(settings, engines, RetrainConfig(epochs=1))

    other = CountingCaptioner()
    other.fingerprint = "e" * 64
    for page, why in (
        (open_page(), "no captioner is named"),
        (open_page(make_captioner=lambda: other), "another captioner"),
    ):
        with pytest.raises(EncoderError, match=why):
            page.predict(draw_png(), "a.png", task_set="pridemm", text="eat")
        job = page.retrain(page.owner(), "pridemm")
        assert job.state == "failed"
        assert why in job.reason


def test_warming_up_loads_the_captioner_where_a_model_reads_captions(tmp_path: Path) -> None:
    made: list[str] = []
    for head in ("memeclip", "caption"):
        out = tmp_path / head
        train_small(head, tmp_path, out)
        settings = Settings(
            home=tmp_path / "h", encoder="fake", checkpoints=out, tasks=("pridemm",)
        )

        def make(head: str = head) -> FakeCaptioner:
            made.append(head)
            return FakeCaptioner()

        engines = Engines(
            encoder_name="fake",
            make_encoder=FakeEncoder,
            make_ocr=lambda: FakeOcr(text="w"),
            make_captioner=make,
        )
        studio = join_studio(settings, engines, RetrainConfig(epochs=1))
        studio.warm_up()
        studio._predictor._warming.join(timeout=30)
    assert made == ["caption"]


def test_without_room_for_a_row_no_replay_is_written(material: Material, tmp_path: Path) -> None:
    train(material, tmp_path / "out", [0])
    folder = tmp_path / "out" / "memeclip-seed0"
    assert not (folder / REPLAY).exists()
    assert read_checkpoint(folder).replay == ""


def test_the_manifest_says_what_the_replay_holds(tmp_path: Path) -> None:
    train_small("memeclip", tmp_path, tmp_path / "out", replay_bytes=1_000_000)
    folder = tmp_path / "out" / "memeclip-seed0"
    model, replay = read_checkpoint(folder), read_replay(folder)
    assert model.replay == "memeclip-seed0"
    assert (model.data["replay_train"], model.data["replay_val"]) == (24, 12)
    assert (len(replay.rows(TRAIN)), len(replay.rows(VAL))) == (24, 12)
    assert not len(read_learnt(folder).keys)


def test_a_model_knows_the_rows_to_which_its_replay_had_no_room(tmp_path: Path) -> None:
    train_small("memeclip", tmp_path, tmp_path / "out", replay_bytes=3_000)
    folder = tmp_path / "out" / "memeclip-seed0"
    kept, rest = read_replay(folder).features.ids, read_learnt(folder).keys.ids
    assert kept and rest and len({*kept, *rest}) == 36


@pytest.mark.parametrize(
    ("head", "lack"),
    [
        ("momenta", "no sequences of patches and words"),
        ("crossattention-moe", "no sequences of patches and words"),
        ("issues", "no text tower that a head can put words of its own into"),
        ("zero-shot", "by linear maps"),
    ],
)
def test_an_encoder_that_cannot_serve_a_head_is_refused_in_a_sentence(
    head: str, lack: str, tmp_path: Path
) -> None:
    recipe = read_recipe(head)
    with pytest.raises(MemeclipError, match=lack):
        needs = find_needs(head)
        material = fake_material(write_pridemm(tmp_path), encoder=BareEncoder(), needs=needs)
        out = tmp_path / "out"
        train_runs(material, recipe, [0], out=out, fresh=fresh_results(), now=lambda: NOW)


def test_captions_without_a_captioner_are_refused_before_anything_is_encoded(
    tmp_path: Path,
) -> None:
    with pytest.raises(EncoderError, match=r"no captioner is named.*--captioner"):
        pridemm_material(tmp_path, needs=find_needs("caption"))


@pytest.fixture(scope="module")
def clip_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip_folder(tmp_path_factory.mktemp("clip") / "tiny")


@pytest.mark.parametrize("variant", ["official", "projected"])
@pytest.mark.parametrize("head", ["momenta", "crossattention-moe", "issues", "zero-shot"])
def test_a_clip_model_serves_the_heads_that_ask_for_more(
    head: str, variant: str, clip_folder: Path, tmp_path: Path
) -> None:
    recipe = read_recipe(head)
    small = {name: value for name, value in SMALL.items() if hasattr(HEADS[head].config, name)}
    recipe = replace(recipe, config=small, fit=replace(recipe.fit, epochs=1))
    Image.new("RGB", (40, 30), (90, 9, 9)).save(tmp_path / "1.png")
    material = fake_material(
        write_pridemm(tmp_path),
        encoder=load_clip(str(clip_folder), variant=variant),
        needs=find_needs(head, small),
    )
    assert material.data["with_image"] == 1
    out = tmp_path / "out"
    train_runs(material, recipe, [0], out=out, fresh=fresh_results(), now=lambda: NOW)
    settings = Settings(
        home=tmp_path / "home",
        encoder=str(clip_folder),
        feature_variant=variant,
        checkpoints=out,
        tasks=("pridemm",),
        ocr="none",
        device="cpu",
    )
    found = build_studio(settings).predict(draw_png(), "a.png", task_set="pridemm", text="eat tea")
    assert found.model == f"{head}-seed0"
    for task in found.tasks:
        assert sum(score.probability for score in task.scores) == pytest.approx(1.0)


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(tmp_path: Path) -> None:
    material = pridemm_material(tmp_path)
    recipe = read_recipe("memeclip", TINY)

    def weights(seed: int) -> dict:
        return to_tensor_dict(train_part(material, material.whole, seed_recipe(recipe, seed)))

    first, again, other = weights(0), weights(0), weights(1)
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert any(not np.array_equal(first[name], other[name]) for name in first)


def test_a_head_learns_what_can_be_learnt(tmp_path: Path) -> None:
    material = pridemm_material(tmp_path)
    recipe = read_recipe("text-only", ["map_dim=16", "epochs=15", "lr=0.01"])
    trial = run_trial(material, recipe)
    hate = trial.outcomes["hate"]
    assert hate.labels.shape == (12, 2)
    assert np.array_equal(hate.decisions, hate.labels)
    assert trial.model is not None and trial.model.replay == ""
    assert trial.model.data["hash"] == material.data["hash"]
    assert len(trial.outcomes["target"].labels) == 6, "a target only where there is hate"


def test_folds_leave_no_model_but_an_outcome_of_every_row(tmp_path: Path) -> None:
    material = fake_material(write_axiom(tmp_path), "axiom")
    trial = run_trial(material, read_recipe("memeclip", TINY))
    assert trial.model is None
    outcome = trial.outcomes["anxiety"]
    assert sorted(outcome.places) == sorted(material.places)
    assert np.allclose(outcome.probabilities.sum(axis=1), 1.0)


def test_an_account_holds_the_learning_curve_of_every_task(tmp_path: Path) -> None:
    trial = run_trial(pridemm_material(tmp_path), read_recipe("memeclip", (*TINY, "members=2")))
    first, second = trial.curves.of("hate")
    assert [point["epoch"] for point in first] == [1, 2]
    assert first[0]["loss"] != second[0]["loss"] and 0 <= (first[0]["score"] or -1) <= 1
    assert trial.curves.of("humour") and trial.curves.of("no such task") == []
    _, (cell, *_), _ = train_seed(
        pridemm_material(tmp_path), read_recipe("memeclip", TINY), 0, "memeclip-seed0", NOW
    )
    assert [len(points) for points in cell.details["curves"]] == [2]


def test_a_model_is_tested_on_another_set_which_has_no_part_in_it(
    material: Material, tmp_path: Path
) -> None:
    path = write_other(tmp_path)
    found = train(material, tmp_path / "a", [3], other=read_another(material, path))
    path.write_text(path.read_text("utf-8").replace("awful", "mild").replace("eeee", "iiii"))
    changed = train(material, tmp_path / "b", [3], other=read_another(material, path))
    alone = train(material, tmp_path / "c", [3])
    folders = [tmp_path / out / "memeclip-seed3" for out in "abc"]
    for name in (HEAD, MANIFEST, f"{PREDICTIONS}.csv"):
        assert len({(folder / name).read_bytes() for folder in folders}) == 1, name
    assert not (folders[2] / f"{TEST_PREDICTIONS}.csv").exists()
    own = [cell for cell in found.cells if cell.axes[AXIS] == "the same set"]
    assert [cell.metrics for cell in own] == [cell.metrics for cell in alone.cells]
    (one,), (two,) = (
        [cell for cell in results.cells if cell.axes[AXIS] == "other.csv"]
        for results in (found, changed)
    )
    assert (one.task, one.n, one.seed) == ("hate", 12, 3)
    assert one.metrics != two.metrics


def test_the_account_names_the_other_set_and_its_predictions_say_the_figures(
    material: Material, tmp_path: Path
) -> None:
    other = read_another(material, write_other(tmp_path))
    found = train(material, tmp_path / "out", [0], other=other)
    folder = tmp_path / "out" / "memeclip-seed0"
    run = read_results(folder / RUN)
    assert run.facts[TESTED_ON]["files"] == ["other.csv"]
    assert run.facts[TESTED_ON]["rows"] == 12
    assert run.cells == found.cells
    with (folder / f"{TEST_PREDICTIONS}.csv").open(encoding="utf-8", newline="") as file:
        said = list(csv.DictReader(file))
    assert [row["hate.truth"] for row in said] == ["No Hate", "Hate", "Hate"] * 4
    assert {row["stance.labelled"] for row in said} == {"no"}
    cell = found.cells[-1]
    accuracy = next(own.value for own in cell.metrics if own.name == "accuracy")
    assert accuracy == pytest.approx(sum(r["hate"] == r["hate.truth"] for r in said) / 12)
    assert "nothing was learnt or chosen" in cell.details["judged_on"]
    assert "validation rows" in found.cells[0].details["judged_on"]


def test_a_folder_that_was_tested_on_another_set_is_left_alone(
    material: Material, tmp_path: Path
) -> None:
    out, path = tmp_path / "out", write_other(tmp_path)
    train(material, out, [0], other=read_another(material, path))
    before = (out / "memeclip-seed0" / RUN).read_bytes()
    again = train(material, out, [0], other=read_another(material, path))
    assert len(again.cells) == 5
    smaller = read_another(material, write_other(tmp_path, 9))
    with pytest.raises(CheckpointError, match="of another tested_on"):
        train(material, out, [0], other=smaller)
    assert (out / "memeclip-seed0" / RUN).read_bytes() == before


def test_with_folds_the_model_of_all_training_rows_is_tested(tmp_path: Path) -> None:
    material = fake_material(write_pridemm(tmp_path), deal=Deal(folds=3))
    other = read_another(material, write_other(tmp_path))
    found = train(material, tmp_path / "out", [0], other=other)
    (cell,) = (cell for cell in found.cells if cell.axes[AXIS] == "other.csv")
    assert cell.n == 12
    model = read_checkpoint(tmp_path / "out" / "memeclip-seed0")
    (judged,) = judge_ground([model], other)
    again = compute_metrics(
        ["accuracy"], judged.outcomes["hate"].labels, judged.outcomes["hate"].decisions,
        names=("No Hate", "Hate"),
    )  # fmt: skip
    assert again[0].value == next(m.value for m in cell.metrics if m.name == "accuracy")
