"""Two models on the same rows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from memeclip_core.errors import InputError
from memeclip_core.experiments.comparison import compare_outcomes, pair_models
from memeclip_core.experiments.evaluation import Judged
from memeclip_core.experiments.outcomes import Outcome
from memeclip_core.experiments.overrides import read_recipe
from memeclip_core.experiments.train_run import run_trial, seed_recipe
from tests.factories.workbench import TINY, fresh_results, pridemm_material

TRUTH = np.eye(2, dtype=np.int64)[[0, 1] * 20]


def outcome(right: int, **changes: object) -> Outcome:
    """Return a model that has the first ``right`` of 40 rows right."""
    flags = (np.arange(40) < right)[:, None]
    facts: dict = {
        "kind": "multiclass",
        "names": ("no", "yes"),
        "places": tuple(f"line {i}" for i in range(40)),
        "labels": TRUTH,
        "probabilities": np.where(flags, TRUTH, 1 - TRUTH) * 0.8 + 0.1,
        "threshold": None,
    }
    return Outcome(**{**facts, **changes})


def test_a_clear_difference_is_found_with_its_sign() -> None:
    found = compare_outcomes("hate", outcome(20), outcome(36))
    accuracy = found["differences"][0]
    assert accuracy["first"]["value"] == 0.5
    assert accuracy["second"]["value"] == 0.9
    assert abs(accuracy["gain"]["value"] - 0.4) < 1e-9
    assert accuracy["gain"]["low"] > 0
    assert accuracy["p"] < 0.01
    assert found["mcnemar"] == {"n": 40, "first_only": 0, "second_only": 16, "p": 2 * 0.5**16}


def test_a_model_does_not_differ_from_itself() -> None:
    found = compare_outcomes("hate", outcome(30), outcome(30))
    assert found["differences"][0]["gain"]["value"] == 0.0
    assert found["differences"][0]["p"] == 1.0
    assert found["mcnemar"]["p"] == 1.0


def test_other_rows_are_refused() -> None:
    with pytest.raises(InputError, match="different rows"):
        compare_outcomes("hate", outcome(3), outcome(3, places=("x",) * 40))
    with pytest.raises(InputError, match="different"):
        compare_outcomes("hate", outcome(3), outcome(3, names=("a", "b")))


@pytest.fixture
def judged(tmp_path: Path) -> Judged:
    recipe = seed_recipe(read_recipe("memeclip", TINY), 5)
    trial = run_trial(pridemm_material(tmp_path), recipe)
    assert trial.model is not None
    model = replace(trial.model, version="mine-seed5")
    return Judged(model=model, rows=12, left_out=0, outcomes=trial.outcomes)


def test_pairs_need_a_task_in_common(judged: Judged) -> None:
    hate = replace(judged, outcomes={"hate": judged.outcomes["hate"]})
    humour = replace(judged, outcomes={"humour": judged.outcomes["humour"]})
    found = pair_models(fresh_results(), [judged], [hate])
    assert [item["task"] for item in found.comparisons] == ["hate"]
    assert found.comparisons[0]["mcnemar"]["p"] == 1.0
    with pytest.raises(InputError, match="no task in common"):
        pair_models(fresh_results(), [hate], [humour])
