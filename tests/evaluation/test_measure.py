import math
import time

import numpy as np
import pytest
from sklearn.metrics import (
    confusion_matrix,
    f1_score,
    multilabel_confusion_matrix,
    precision_recall_fscore_support,
)

from memeclip_core.evaluation.measure import measure_scores, report_names
from memeclip_core.evaluation.metrics import decide, one_hot


def draw(kind: str, rows: int = 150, classes: int = 3):
    generator = np.random.default_rng(0)
    if kind == "multiclass":
        probabilities = generator.dirichlet(np.ones(classes), rows)
        return one_hot(generator.integers(0, classes, rows), classes), probabilities
    return generator.integers(0, 2, (rows, classes)), generator.random((rows, classes))


def measure(kind: str, labels, probabilities):
    names = tuple("abcdefgh"[: labels.shape[1]])
    return measure_scores(labels, probabilities, kind=kind, names=names)


@pytest.mark.parametrize("kind", ["multiclass", "multilabel"])
def test_scikit_learn_agrees(kind: str):
    labels, probabilities = draw(kind)
    report, decisions = measure(kind, labels, probabilities), decide(probabilities, kind)
    for average in ("macro", "micro", "weighted"):
        expected = f1_score(labels, decisions, average=average, zero_division=0)
        assert report.metric(f"{average}-F1").value == pytest.approx(expected)
    columns = precision_recall_fscore_support(labels, decisions, zero_division=np.nan)
    for place, found in enumerate(report.classes):
        own = (found.precision.value, found.recall.value, found.f1.value, found.support)
        assert own == pytest.approx(tuple(column[place] for column in columns))


def test_the_confusion_matrix_has_a_row_per_true_class():
    labels, probabilities = draw("multiclass")
    decisions = decide(probabilities, "multiclass")
    expected = confusion_matrix(labels.argmax(1), decisions.argmax(1))
    np.testing.assert_array_equal(measure("multiclass", labels, probabilities).confusion, expected)


def test_multilabel_confusion_has_a_line_per_class():
    labels, probabilities = draw("multilabel")
    expected = multilabel_confusion_matrix(labels, decide(probabilities, "multilabel"))
    confusion = measure("multilabel", labels, probabilities).confusion
    np.testing.assert_array_equal(confusion, expected.reshape(-1, 4))


@pytest.mark.parametrize("kind", ["multiclass", "multilabel"])
def test_every_number_has_n_and_an_interval_around_it(kind: str):
    report = measure(kind, *draw(kind))
    assert tuple(m.name for m in report.metrics) == report_names(kind)
    numbers = [*report.metrics]
    for found in report.classes:
        numbers += [found.precision, found.recall, found.f1]
    for metric in numbers:
        assert metric.n == 150
        assert 0 <= metric.low < metric.high <= 1
        # Resampling only ever adds to a calibration error: its interval may lie above.
        if metric.name != "ECE":
            assert metric.low <= metric.value <= metric.high


def test_the_threshold_decides_multilabel():
    labels, probabilities = np.array([[1, 0], [0, 1]]), np.array([[0.3, 0.1], [0.2, 0.4]])
    names = ("a", "b")
    for threshold, expected in ((None, 0.0), (0.25, 1.0)):
        report = measure_scores(
            labels, probabilities, kind="multilabel", names=names, threshold=threshold
        )
        assert report.metric("subset accuracy").value == expected


def test_one_class_only_says_what_is_undefined():
    labels = one_hot(np.zeros(6, int), 3)
    probabilities = np.tile([0.6, 0.4, 0.0], (6, 1))
    report = measure("multiclass", labels, probabilities)
    assert report.metric("accuracy").value == 1.0
    assert report.metric("AUROC").reason == "every class holds for all rows or for none"
    never = report.classes[1]
    assert (never.support, never.recall.reason) == (0, "no row has the class")
    assert never.precision.reason == "the class was never predicted"
    assert math.isnan(never.f1.value)


@pytest.mark.parametrize("kind", ["multiclass", "multilabel"])
def test_no_rows(kind: str):
    labels, probabilities = draw(kind)
    report = measure(kind, labels[:0], probabilities[:0])
    assert {m.reason for m in report.metrics} == {"there are no rows"}
    assert report.classes[0].f1.reason == "there are no rows"
    assert sum(map(sum, report.confusion)) == 0


def test_unknown_names():
    with pytest.raises(KeyError):
        measure("multiclass", *draw("multiclass")).metric("charm")


def test_thousands_of_rows_take_no_patience():
    labels, probabilities = draw("multiclass", rows=4000, classes=2)
    start = time.process_time()
    measure("multiclass", labels, probabilities)
    # About half a second of this process's own work, which others on the machine hardly lengthen.
    assert time.process_time() - start < 3
