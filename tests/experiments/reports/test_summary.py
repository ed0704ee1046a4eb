"""Seeds become one line: mean and standard deviation, worked out by hand."""

from __future__ import annotations

import math
from dataclasses import replace

from memeclip_core.experiments.reports.summary import summarise, title_heads
from memeclip_core.experiments.results import Cell
from memeclip_core.records.model import Metric
from tests.factories.workbench import fresh_results


def metric(value: float, reason: str = "") -> Metric:
    return Metric(
        name="accuracy", value=value, n=10, low=value - 0.1, high=value + 0.1, reason=reason
    )


def cell(head: str, seed: int, *metrics: Metric, **details: object) -> Cell:
    return Cell(axes={"head": head}, task="hate", seed=seed, metrics=metrics, details=details)


def test_mean_and_deviation_over_seeds() -> None:
    found = summarise(
        fresh_results().add(
            cell("a", 0, metric(0.5)), cell("b", 0, metric(0.9)), cell("a", 1, metric(0.7))
        )
    )
    assert [line.axes["head"] for line in found] == ["a", "b"]
    first = found[0].metric("accuracy")
    assert first is not None
    assert (found[0].seeds, found[0].n) == (2, 10)
    assert math.isclose(first.mean or 0, 0.6)
    assert math.isclose(first.sd or 0, math.sqrt(0.02))
    assert first.low is None, "an interval of one training is not that of the mean"
    alone = found[1].metric("accuracy")
    assert alone is not None
    assert (alone.mean, alone.sd) == (0.9, None)
    assert math.isclose(alone.low or 0, 0.8)


def test_undefined_seeds_are_left_out_of_the_mean_and_say_why() -> None:
    (line,) = summarise(
        fresh_results().add(cell("a", 0, metric(math.nan, "one class")), cell("a", 1, metric(0.7)))
    )
    found = line.metric("accuracy")
    assert found is not None
    assert (found.mean, found.sd, found.reason) == (0.7, None, "one class")
    (none,) = summarise(fresh_results().add(cell("a", 0, metric(math.nan, "one class"))))
    undefined = none.metric("accuracy")
    assert undefined is not None and undefined.mean is None


def test_a_head_that_could_not_be_built_keeps_its_line() -> None:
    (line,) = summarise(fresh_results().add(cell("a", 0, reason="too wide")))
    assert (line.metrics, line.reason, line.n) == ((), "too wide", 0)
    assert line.metric("accuracy") is None


def test_heads_that_are_not_the_published_ones_are_called_like_them_in_every_table() -> None:
    results = fresh_results(head="momenta", seeds=[0]).add(
        cell("momenta", 0, metric(0.5)), cell("memeclip", 0, metric(0.5))
    )
    results = replace(results, comparisons=({"first": "memeclip", "second": "momenta"},))
    found = title_heads(results)
    assert [item.axes["head"] for item in found.cells] == ["momenta-like", "memeclip"]
    assert found.facts == {"head": "momenta-like", "seeds": [0]}
    assert found.comparisons == ({"first": "memeclip", "second": "momenta-like"},)


def test_a_line_says_what_was_measured_and_what_is_left_out() -> None:
    noted = replace(metric(0.5), note="mean over 2 of 3 classes; no row has c")
    found = summarise(
        fresh_results().add(cell("a", 0, noted, judged_on="x"), cell("a", 1, noted, judged_on="x"))
    )
    assert found[0].judged_on == ("x",)
    assert found[0].metrics[0].note == "mean over 2 of 3 classes; no row has c"
