"""One head, one dataset, one seed."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from memeclip_core.encoders.fake import FakeEncoder
from memeclip_core.experiments.material import read_material
from memeclip_core.experiments.overrides import read_recipe
from memeclip_core.experiments.trials import run_trial, seed_recipe, train_part
from memeclip_core.heads.manifest import to_tensor_dict
from tests.factories.workbench import NOW, TINY, pridemm_material, shipped_tasks, write_axiom


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(tmp_path: Path) -> None:
    material = pridemm_material(tmp_path)
    recipe = read_recipe("memeclip", TINY)

    def weights(seed: int) -> dict:
        model = train_part(
            material, material.whole, seed_recipe(recipe, seed), version="m", created=NOW
        )
        return to_tensor_dict(model)

    first, again, other = weights(0), weights(0), weights(1)
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert any(not np.array_equal(first[name], other[name]) for name in first)


def test_a_head_learns_what_can_be_learnt(tmp_path: Path) -> None:
    material = pridemm_material(tmp_path)
    recipe = read_recipe("text-only", ["map_dim=16", "epochs=15", "lr=0.01"])
    trial = run_trial(material, recipe, version="m", created=NOW)
    hate = trial.outcomes["hate"]
    assert hate.labels.shape == (12, 2)
    assert np.array_equal(hate.decisions, hate.labels)
    assert trial.model is not None and trial.model.replay == ""
    assert trial.model.data["hash"] == material.data["hash"]
    assert len(trial.outcomes["target"].labels) == 6, "a target only where there is hate"


def test_folds_leave_no_model_but_an_outcome_of_every_row(tmp_path: Path) -> None:
    material = read_material(FakeEncoder(), shipped_tasks("axiom"), [write_axiom(tmp_path)])
    trial = run_trial(material, read_recipe("memeclip", TINY), version="m", created=NOW)
    assert trial.model is None
    outcome = trial.outcomes["anxiety"]
    assert sorted(outcome.places) == sorted(material.places)
    assert np.allclose(outcome.probabilities.sum(axis=1), 1.0)
