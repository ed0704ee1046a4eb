import math

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from memeclip_core.evaluation.bootstrap import resample
from memeclip_core.evaluation.metrics import one_hot
from memeclip_core.evaluation.ranking import (
    compute_recall,
    rank_class,
    weigh_auroc,
    weigh_mean_average_precision,
    weigh_ranking,
)


def value(made) -> float:
    return float(made.weigh(np.ones((1, ROWS), np.float32))[0])


ROWS = 200


def scores(classes: int, *, ties: bool, seed: int = 0):
    generator = np.random.default_rng(seed)
    probabilities = generator.random((ROWS, classes))
    if ties:
        probabilities = np.round(probabilities, 1)
    return (generator.random((ROWS, classes)) < 0.3).astype(int), probabilities


@pytest.mark.parametrize("ties", [False, True])
def test_scikit_learn_agrees(ties: bool):
    labels, probabilities = scores(5, ties=ties)
    assert value(weigh_auroc(labels, probabilities)) == pytest.approx(
        roc_auc_score(labels, probabilities, average="macro")
    )
    assert value(weigh_mean_average_precision(labels, probabilities)) == pytest.approx(
        average_precision_score(labels, probabilities, average="macro")
    )


@pytest.mark.parametrize("classes", [2, 4])
def test_one_against_the_rest_as_scikit_learn(classes: int):
    generator = np.random.default_rng(1)
    probabilities = generator.dirichlet(np.ones(classes), ROWS)
    ids = generator.integers(0, classes, ROWS)
    expected = (
        roc_auc_score(ids, probabilities[:, 1])
        if classes == 2
        else roc_auc_score(ids, probabilities, multi_class="ovr")
    )
    assert value(weigh_auroc(one_hot(ids, classes), probabilities)) == pytest.approx(expected)


@pytest.mark.parametrize("ties", [False, True])
def test_weights_are_repeated_rows(ties: bool):
    labels, probabilities = scores(3, ties=ties)
    weights = np.random.default_rng(2).integers(0, 4, (2, ROWS)).astype(np.float32)
    for make, other in (
        (weigh_auroc, roc_auc_score),
        (weigh_mean_average_precision, average_precision_score),
    ):
        statistic = make(labels, probabilities).weigh
        for row, found in zip(weights, statistic(weights), strict=True):
            places = np.repeat(np.arange(ROWS), row.astype(int))
            assert found == pytest.approx(other(labels[places], probabilities[places]))


def test_by_hand():
    labels = np.array([[1], [0], [1], [0]])
    probabilities = np.array([[0.9], [0.8], [0.8], [0.1]])
    once = np.ones((1, 4), np.float32)
    # Of the four pairs, three are in order and one is a tie.
    assert weigh_auroc(labels, probabilities)[0](once)[0] == pytest.approx(3.5 / 4)
    # At 0.9 the precision is 1, at 0.8 it is 2/3; each adds half of the recall.
    found = weigh_mean_average_precision(labels, probabilities)[0](once)[0]
    assert found == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)


def test_classes_without_two_sides_are_left_out():
    labels, probabilities = scores(3, ties=False)
    labels[:, 0], labels[:, 1] = 0, 1
    assert value(weigh_auroc(labels, probabilities)) == pytest.approx(
        roc_auc_score(labels[:, 2], probabilities[:, 2])
    )


def test_undefined_says_why():
    ones, zeros = np.ones((4, 2), int), np.zeros((4, 2), int)
    assert (
        weigh_auroc(ones, np.random.rand(4, 2))[1] == "every class holds for all rows or for none"
    )
    assert weigh_mean_average_precision(zeros, np.random.rand(4, 2))[1] == "no row has a label"


def test_a_resample_without_a_class_is_undefined_alone():
    labels = np.array([[1], [0], [0]])
    found = resample({"a": weigh_auroc(labels, np.array([[0.9], [0.2], [0.3]]))[0]}, 3)["a"]
    missing = np.isnan(found.draws)
    # The one positive is missing with the chance (2/3)^3; it is alone with (1/3)^3.
    assert missing.mean() == pytest.approx(8 / 27 + 1 / 27, abs=0.05)
    assert (found.draws[~missing] == 1.0).all()


@pytest.mark.parametrize("name", ["AUROC", "mAP"])
def test_rows_of_different_folds_are_never_ranked_against_each_other(name: str):
    labels, probabilities = scores(3, ties=False)
    probabilities += labels / 2
    folds = np.repeat([0, 1], ROWS // 2)
    alone = [
        value(weigh_ranking(name, labels[folds == fold], probabilities[folds == fold]))
        for fold in (0, 1)
    ]
    # The second model's scores lie on another scale, which tells nothing of its order.
    probabilities[folds == 1] = probabilities[folds == 1] / 10
    found = weigh_ranking(name, labels, probabilities, folds=folds)
    assert value(found) == pytest.approx(np.mean(alone))
    assert found.note == "mean over 2 folds"
    pooled = value(weigh_ranking(name, labels, probabilities))
    assert abs(pooled - np.mean(alone)) > 0.01
    labels[folds == 1, 0] = 0
    found = weigh_ranking(name, labels, probabilities, folds=folds)
    assert found.note.endswith("in each over the classes that can be ranked there")
    draws = resample({"": found.weigh}, ROWS, resamples=5)[""].draws
    assert not np.isnan(draws).any()


def test_left_out_classes_are_named():
    labels, probabilities = scores(3, ties=False)
    labels[:, 1] = 0
    for made in (weigh_auroc, weigh_mean_average_precision):
        assert made(labels, probabilities, ("a", "b", "c")).note.endswith(
            "2 of 3 classes; no row has b"
            if made is weigh_mean_average_precision
            else "2 of 3 classes; no row or every row has b"
        )


def test_one_class_by_hand():
    labels, ranked = np.array([1, 0, 1, 0]), np.array([0.9, 0.9, 0.4, 0.1])
    # Of four pairs one is a tie and one is lost to the miss on top.
    assert rank_class(labels, ranked) == pytest.approx((0.5 + 1 + 0 + 1) / 4)
    assert np.isnan(rank_class(np.zeros(4), ranked))


IMAGES = np.eye(3)
TEXTS = np.array([[1.0, 0, 0], [0, 0.9, 0.1], [0.8, 0, 0.6]])
OWNERS = np.array([0, 1, 2])


@pytest.mark.parametrize(("k", "expected"), [(1, 2 / 3), (2, 1.0), (3, 1.0)])
def test_the_right_picture_must_be_among_the_nearest(k, expected):
    assert compute_recall(IMAGES, TEXTS, OWNERS, k=k) == pytest.approx(expected)


def test_ties_count_against_the_right_picture():
    same = np.ones((4, 2))
    assert compute_recall(same, same[:1], np.array([0]), k=3) == 0
    assert compute_recall(same, same[:1], np.array([0]), k=4) == 1


def test_without_texts_there_is_no_number():
    assert math.isnan(compute_recall(IMAGES, np.zeros((0, 3)), np.zeros(0, np.int64)))
