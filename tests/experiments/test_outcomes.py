"""Scores to metrics, figures' numbers and mistakes, worked out by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from memeclip_core.experiments import outcomes
from memeclip_core.experiments.outcomes import (
    Outcome,
    bin_confidence,
    keep_labelled,
    list_cells,
    list_mistakes,
    pool_outcomes,
    report_outcome,
)
from memeclip_core.experiments.overrides import read_recipe
from memeclip_core.experiments.train_run import run_trial
from memeclip_core.training.rows import MISSING
from tests.factories.workbench import TINY, pridemm_material


def outcome(**changes: object) -> Outcome:
    facts: dict = {
        "kind": "multiclass",
        "names": ("no", "yes"),
        "places": ("line 2", "line 3", "line 4"),
        "labels": np.array([[1, 0], [0, 1], [0, 1]]),
        "probabilities": np.array([[0.9, 0.1], [0.7, 0.3], [0.95, 0.05]]),
        "threshold": None,
    }
    return Outcome(**{**facts, **changes})


def test_the_worst_mistakes_come_first_and_name_places_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = list_mistakes(outcome())
    assert [item["place"] for item in found] == ["line 4", "line 3"]
    assert found[0] == {
        "place": "line 4",
        "truth": ["yes"],
        "predicted": ["no"],
        "confidence": 0.95,
    }
    right = outcome(labels=np.array([[1, 0]] * 3))
    assert list_mistakes(right) == []
    monkeypatch.setattr(outcomes, "MISTAKES", 1)
    assert [item["place"] for item in list_mistakes(outcome())] == ["line 4"]


def test_a_multilabel_row_is_as_sure_as_its_surest_wrong_class() -> None:
    found = list_mistakes(
        outcome(
            kind="multilabel",
            labels=np.array([[1, 0], [1, 1], [0, 0]]),
            probabilities=np.array([[0.1, 0.8], [0.9, 0.9], [0.2, 0.6]]),
            threshold=0.5,
        )
    )
    assert [(item["place"], item["confidence"]) for item in found] == [
        ("line 2", 0.9),
        ("line 4", 0.6),
    ]
    assert found[0]["truth"] == ["no"] and found[0]["predicted"] == ["yes"]


def test_bins_hold_the_means_of_their_rows() -> None:
    bins = bin_confidence(outcome())
    assert sum(item["n"] for item in bins) == 3
    top = bins[-1]
    assert top["n"] == 1 and top["right"] == 0.0 and top["confidence"] == 0.95
    assert bins[0] == {"confidence": 0.7, "right": 0.0, "n": 1}


def test_pooled_folds_keep_each_models_own_threshold() -> None:
    first = outcome(
        kind="multilabel", probabilities=np.full((3, 2), 0.4), threshold=0.3, places=("a",) * 3
    )
    second = outcome(kind="multilabel", probabilities=np.full((3, 2), 0.4), threshold=0.5)
    pooled = pool_outcomes([first, second])
    assert pooled.folds is not None and pooled.folds.tolist() == [0, 0, 0, 1, 1, 1]
    assert pooled.decisions.tolist() == [[1, 1]] * 3 + [[0, 0]] * 3
    assert pooled.places == ("a", "a", "a", "line 2", "line 3", "line 4")
    assert pool_outcomes([first]) is first


def test_rows_without_a_label_are_scored_and_not_measured(tmp_path: Path) -> None:
    material = pridemm_material(tmp_path)
    recipe = read_recipe("memeclip", TINY)
    trial = run_trial(material, recipe)
    every, measured = trial.answers["target"], trial.outcomes["target"]
    assert (len(every.places), len(measured.places)) == (12, 6)
    known = np.flatnonzero(every.labelled)
    assert [every.places[i] for i in known] == list(measured.places)
    assert np.array_equal(every.probabilities[known], measured.probabilities)
    assert (every.labels[~every.labelled] == MISSING).all()
    assert np.allclose(every.probabilities.sum(axis=1), 1)
    assert keep_labelled(measured) is measured


def test_folds_keep_logits_where_every_model_has_them() -> None:
    first, second = (outcome(logits=np.full((3, 2), n)) for n in (1.0, 2.0))
    pooled = pool_outcomes([first, second])
    assert pooled.logits is not None and pooled.logits[:, 0].tolist() == [1.0] * 3 + [2.0] * 3
    assert pool_outcomes([first, outcome()]).logits is None
    back = pooled.take(np.array([4, 0]))
    assert back.logits is not None and back.logits[:, 0].tolist() == [2.0, 1.0]
    assert back.places == ("line 3", "line 2")


def test_a_report_holds_what_tables_and_figures_need() -> None:
    metrics, details = report_outcome(outcome())
    assert metrics[0].name == "accuracy"
    assert abs(metrics[0].value - 1 / 3) < 1e-9
    assert details["confusion"] == [[1, 0], [2, 0]]
    assert details["classes"][1]["support"] == 2
    assert details["classes"][1]["precision"]["value"] is None
    assert "never predicted" in details["classes"][1]["precision"]["reason"]
    assert "batched" not in details


def test_a_cell_of_the_confusion_matrix_names_its_rows_the_surest_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert list_cells(outcome()) == [[["line 2"], []], [["line 4", "line 3"], []]]
    several = outcome(
        kind="multilabel",
        labels=np.array([[1, 0], [1, 1], [0, 0]]),
        probabilities=np.array([[0.1, 0.8], [0.9, 0.9], [0.2, 0.6]]),
        threshold=0.5,
    )
    # For each class: true negatives, false positives, false negatives, true positives.
    assert list_cells(several) == [
        [["line 4"], [], ["line 2"], ["line 3"]],
        [[], ["line 2", "line 4"], [], ["line 3"]],
    ]
    monkeypatch.setattr(outcomes, "IN_A_CELL", 1)
    assert list_cells(outcome())[1][0] == ["line 4"]


def test_a_report_says_what_is_gained_by_leaving_the_unsure_to_people() -> None:
    _, details = report_outcome(outcome(cosines=np.array([[0.1, 0.0], [0.2, 0.3], [0.0, 0.1]])))
    # The surest row is wrong, the next is right, the last is wrong.
    assert [round(point["wrong"]["value"], 3) for point in details["coverage"]] == [1, 0.5, 0.667]
    assert details["cosines"][1]["own"]["quantiles"][2] == pytest.approx(0.2)
    assert "thresholds" not in details
    several = outcome(kind="multilabel", threshold=0.3)
    _, details = report_outcome(several)
    assert details["threshold"] == 0.3
    assert {point["threshold"] for point in details["thresholds"]} >= {0.02, 0.5, 0.98}
    assert "cosines" not in details


def test_the_published_protocol_is_labelled() -> None:
    _, details = report_outcome(outcome(), protocol="memeclip-code")
    names = [item["name"] for item in details["batched"]]
    assert names[0] == "accuracy (mean of batches of 16)"
