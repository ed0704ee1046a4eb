"""Two models on the same rows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from memeclip_core.errors import InputError
from memeclip_core.experiments import comparison
from memeclip_core.experiments import ground as grounds
from memeclip_core.experiments.comparison import (
    Entrant,
    compare_ground,
    compare_outcomes,
    describe_rows,
    list_changed,
    pair_models,
)
from memeclip_core.experiments.evaluation import Judged
from memeclip_core.experiments.ground import open_replay
from memeclip_core.experiments.outcomes import Outcome
from memeclip_core.experiments.overrides import read_recipe
from memeclip_core.experiments.train_run import run_trial, seed_recipe
from memeclip_core.memes.near_duplicates import key_ids
from memeclip_core.models.checkpoints import read_checkpoint, read_replay
from memeclip_core.models.exposure import Exposure
from memeclip_core.models.replay import TRAIN
from tests.factories.studios import VAL_ROWS
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


def test_changed_rows_are_counted_and_those_that_are_lost_come_first() -> None:
    found = list_changed(outcome(20), outcome(19))
    assert (found["n"], found["put_right"], found["now_wrong"]) == (1, 0, 1)
    assert found["rows"] == [
        {"place": "line 19", "truth": ["yes"], "first": ["yes"], "second": ["no"]}
    ]
    assert found["classes"] == {"no": 1, "yes": -1}
    flags = (np.arange(40) > 2)[:, None]
    other = outcome(0, probabilities=np.where(flags, TRUTH, 1 - TRUTH) * 0.8 + 0.1)
    both = list_changed(outcome(20), other)
    # The first had rows 0 to 19 right, the second all but 0 to 2.
    assert (both["n"], both["put_right"], both["now_wrong"]) == (23, 20, 3)
    assert [row["place"] for row in both["rows"][:4]] == ["line 0", "line 1", "line 2", "line 20"]


def test_no_more_than_some_changed_rows_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparison, "MOST_CHANGED", 2)
    found = list_changed(outcome(0), outcome(40))
    assert (found["n"], len(found["rows"])) == (40, 2)


@pytest.fixture
def starter(tiny_checkpoints: Path) -> tuple:
    """Return a model, the rows that it came with, and the file of these."""
    folder = tiny_checkpoints / "pridemm-fake"
    model, replay = read_checkpoint(folder), read_replay(folder)
    return model, open_replay(model, replay), replay


def met(ground, *places: int) -> Exposure:
    """Return the exposure of a model that has trained on these rows and was chosen on row 9."""
    return Exposure(
        trained=ground.keys.take(np.array(places, np.int64)),
        chosen=ground.keys.take(np.array([9])),
        known=True,
    )


def test_a_comparison_says_how_many_rows_each_model_has_met(starter) -> None:
    model, ground, _ = starter
    taught = replace(model, version="taught")
    sides = [[Entrant(model=model, exposure=met(ground))]]
    sides.append([Entrant(model=taught, exposure=met(ground, 0, 1, 2))])
    names = ("pridemm-fake", "taught")
    found = compare_ground(fresh_results(), names, sides, ground, by="hate")
    assert found.facts["rows"] == VAL_ROWS
    assert found.facts["met"] == {
        "pridemm-fake": {"trained": 0, "chosen": 1, "known": True},
        "taught": {"trained": 3, "chosen": 1, "known": True},
    }
    said = describe_rows(found)
    assert "taught has trained on 3 of them (a score on those tells little of new" in said
    assert "pridemm-fake has trained on none of them, and was chosen by its scores on 1." in said
    assert {cell.axes["model"] for cell in found.cells} == set(names)
    # Left out are the rows themselves, so nobody has trained on what is left.
    less = compare_ground(fresh_results(), names, sides, ground, unseen=True)
    assert (less.facts["rows"], less.facts["left_out"]) == (VAL_ROWS - 3, 3)
    assert less.facts["met"]["taught"]["trained"] == 0
    assert less.comparisons[0]["n"] == VAL_ROWS - 3
    assert "3 more are left out" in describe_rows(less)


def test_rates_are_compared_by_a_column_of_the_data(starter) -> None:
    model, ground, _ = starter
    sides = [[Entrant(model=model, exposure=Exposure())]] * 2
    found = compare_ground(fresh_results(), ("a", "b"), sides, ground, by="humour")
    hate = next(item for item in found.comparisons if item["task"] == "hate")
    counted = {own["first"]["group"]: own["first"]["n"] for own in hate["groups"]}
    assert counted == {"Humour": 8, "No Humour": 8}
    assert hate["changed"]["n"] == 0
    assert "is not recorded" in describe_rows(found)
    with pytest.raises(InputError, match=r"no column 'age' .*There are: hate, target"):
        compare_ground(fresh_results(), ("a", "b"), sides, ground, by="age")


def test_a_column_of_many_values_is_no_group(starter, monkeypatch: pytest.MonkeyPatch) -> None:
    model, ground, _ = starter
    monkeypatch.setattr(grounds, "MOST_GROUPS", 1)
    sides = [[Entrant(model=model, exposure=Exposure())]] * 2
    with pytest.raises(InputError, match="2 different values"):
        compare_ground(fresh_results(), ("a", "b"), sides, ground, by="hate")


def test_where_every_row_was_trained_on_nothing_is_compared(starter) -> None:
    model, ground, replay = starter
    own = replay.features.take(replay.rows(TRAIN))
    seen = Exposure(trained=ground.keys, chosen=key_ids(own.ids, own.has_image), known=True)
    sides = [[Entrant(model=model, exposure=seen)]] * 2
    with pytest.raises(InputError, match="none is left"):
        compare_ground(fresh_results(), ("a", "b"), sides, ground, unseen=True)


def test_models_of_one_name_in_two_folders_stay_apart(starter) -> None:
    model, ground, _ = starter
    sides = [[Entrant(model=model, exposure=met(ground, *own))] for own in ((), (0,))]
    found = compare_ground(fresh_results(), ("runs/a", "runs/b"), sides, ground)
    assert found.facts["met"]["runs/a: pridemm-fake"]["trained"] == 0
    assert found.facts["met"]["runs/b: pridemm-fake"]["trained"] == 1
    with pytest.raises(InputError, match="1 model\\(s\\) and b 2"):
        comparison.check_sides(("a", "b"), [sides[0], sides[0] * 2])
    other = Entrant(model=replace(model, task_set="axiom"), exposure=Exposure())
    with pytest.raises(InputError, match="different task sets: axiom, pridemm"):
        comparison.check_sides(("a", "b"), [sides[0], [other]])
