"""Figures hold the numbers, and names in them are not read as markup."""

from __future__ import annotations

from memeclip_core.experiments.reports.figures import (
    draw_bars,
    draw_confusion,
    draw_gains,
    draw_reliability,
    draw_sweep,
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
    found = draw_reliability("t", bins)
    assert list(found.plot.data[1].x) == [0.6, 0.9]
    assert found.alt == "The largest gap of a bin is 0.100."
    assert draw_reliability("t", []).alt.endswith("0.000.")


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
