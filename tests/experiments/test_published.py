"""Published figures, which others measured."""

from __future__ import annotations

from memeclip_core.evaluation.metrics import metric_names
from memeclip_core.experiments.published import find_anchors, list_tasks, read_anchors
from tests.factories.results import EVERY
from tests.factories.workbench import fresh_results, shipped_tasks


def test_every_figure_is_of_a_task_and_a_metric_of_ours() -> None:
    anchors = read_anchors()
    assert len(anchors) > 50
    for anchor in anchors:
        task = shipped_tasks(anchor.task_set).task(anchor.task)
        assert anchor.metric in ("AUROC", "weighted-F1", *metric_names(task.kind))
        assert 0 < anchor.value < 1 and 2019 < anchor.year < 2030
        assert anchor.rows and anchor.system and anchor.source and anchor.how
    assert len({(a.task, a.rows, a.metric, a.system) for a in anchors}) == len(anchors)


def test_what_fits_a_task_and_its_metrics_is_found_the_best_first() -> None:
    found = find_anchors("propaganda", "techniques", ["micro-F1", "mAP"])
    assert [a.system for a in found][:2] == ["VisualBERT", "ViLBERT"]
    assert found[0].value == 0.4834
    assert find_anchors("propaganda", "techniques", ["accuracy"]) == ()
    assert find_anchors("my-own", "hate", ["accuracy"]) == ()
    hate = find_anchors("pridemm", "hate", ["macro-F1", "accuracy"])
    assert [a.metric for a in hate][:2] == ["macro-F1", "accuracy"]
    assert "best epoch on the test rows" in hate[0].how


def test_the_task_set_is_a_fact_of_results_or_an_axis_of_a_grid() -> None:
    (cell, _) = EVERY["evaluation"].cells
    own = fresh_results(task_set="pridemm").add(cell, cell)
    assert [(s, t) for s, t, _ in list_tasks(own)] == [("pridemm", "hate")]
    assert list_tasks(own)[0][2][:2] == ["accuracy", "macro-F1"]
    assert list_tasks(EVERY["bench"])[0][:2] == ("axiom", "hate")
    assert list_tasks(fresh_results().add(cell))[0][0] == ""
