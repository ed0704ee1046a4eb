"""Figures hold the numbers, and names in them are not read as markup."""

from __future__ import annotations

from memeclip_core.experiments.reports.figures import (
    draw_bars,
    draw_confusion,
    draw_cosines,
    draw_coverage,
    draw_gains,
    draw_reliability,
    draw_sweep,
    draw_thresholds,
    say_coverage,
)
from memeclip_core.experiments.reports.summary import summarise
from tests.factories.results import EVERY, NASTY


def test_a_confusion_matrix_shows_counts_and_shares() -> None:
    found = draw_confusion("t", ["no", NASTY], [[3, 1], [2, 2]])
    heat = found.plot.data[0]
    assert [list(row) for row in heat.text] == [["3", "1"], ["2", "2"]]
    assert [list(row) for row in heat.z] == [[0.75, 0.25], [0.5, 0.5]]
    assert "<script>" not in found.plot.to_json()
    assert found.alt == "5 of 8 rows lie on the diagonal."


def test_reliability_names_the_largest_gap() -> None:
    bins = [
        {"confidence": 0.6, "right": 0.5, "n": 4},
        {"confidence": 0.9, "right": 0.95, "n": 16},
    ]
    found = draw_reliability("t", {"a": bins, NASTY: bins[:1]})
    assert list(found.plot.data[1].x) == [0.6, 0.9]
    assert list(found.plot.data[2].customdata) == [4]
    assert "<script>" not in found.plot.to_json()
    assert found.alt == "The largest gap of a bin is 0.100."
    assert draw_reliability("t", {}).alt.endswith("0.000.")


def point(coverage: float, n: int, value: float) -> dict:
    wrong = {"hits": value * n, "n": n, "value": value, "low": value / 2, "high": 2 * value}
    return {"coverage": coverage, "wrong": wrong}


def test_what_is_gained_by_leaving_the_unsure_to_people_is_a_sentence() -> None:
    points = [point(0.5, 50, 0.02), point(0.8, 80, 0.05), point(1.0, 100, 0.1)]
    assert say_coverage(points) == (
        "wrong on 10.0 % of 100 rows; with the least sure 20 left to people, on 5.0 % "
        "(2.5 % to 10.0 %) of the other 80."
    )
    found = draw_coverage("t", {"a": points, "b": []})
    assert list(found.plot.data[0].y) == [0.02, 0.05, 0.1]
    assert found.alt.startswith("a: wrong on 10.0 %")
    assert draw_coverage("t", {}).alt == "There are no rows."


def test_boxes_of_cosines_are_drawn_from_their_quantiles() -> None:
    box, none = {"n": 2, "quantiles": [0.0, 0.1, 0.2, 0.3, 0.4]}, {"n": 0, "quantiles": []}
    classes = [
        {"label": "no", "own": box, "others": box, "apart": 0.75},
        {"label": "never", "own": none, "others": box, "apart": None},
    ]
    found = draw_cosines("t", classes)
    others, own = found.plot.data
    assert (list(own.median), list(own.lowerfence)) == ([0.2], [0.0])
    assert list(others.y) == ["never (n = 0)", "no (n = 2)"]
    assert found.alt.endswith("(AUROC): no 0.75.")


def test_thresholds_are_a_line_a_model() -> None:
    own = {"threshold": 0.5, "micro_f1": 0.4, "precision": 0.3, "recall": 0.6, "named": 2.0}
    one, other = draw_thresholds("t", {"a": [own], "b": [{**own, "micro_f1": None}]}).plot.data
    assert (list(one.y), list(other.y)) == ([0.4], [None])
    assert list(one.customdata[0]) == [0.3, 0.6, 2.0]


def test_a_sweep_has_a_line_per_task_with_deviations() -> None:
    lines = [line for line in summarise(EVERY["sweep"]) if line.task]
    (trace,) = draw_sweep("t", "ratio", lines, "accuracy").plot.data
    assert list(trace.x) == ["0", "0.2"]
    assert [round(y, 3) for y in trace.y] == [0.775, 0.775]
    assert [round(sd, 4) for sd in trace.error_y.array] == [0.0354, 0.0354]


def test_bars_stand_in_the_order_of_the_lines_from_the_top() -> None:
    lines = [line for line in summarise(EVERY["ablation"]) if line.task]
    (bar,) = draw_bars("t", "part", lines, "accuracy").plot.data
    assert list(bar.y) == ["without adapters", "complete"]
    (alone,) = draw_bars("t", "model", summarise(EVERY["evaluation"]), "accuracy").plot.data
    assert "<" not in alone.y[0]


def test_gains_count_the_intervals_apart_from_zero() -> None:
    differences = EVERY["comparison"].comparisons[0]["differences"]
    found = draw_gains("t", differences)
    assert len(found.plot.data[0].x) == len(differences)
    sure = sum(d["gain"]["low"] > 0 or d["gain"]["high"] < 0 for d in differences)
    assert found.alt == f"{sure} of {len(differences)} intervals lie apart from 0."
