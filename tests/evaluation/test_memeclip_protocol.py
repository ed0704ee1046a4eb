import numpy as np
import pytest
from sklearn.metrics import f1_score, roc_auc_score

from memeclip_core.evaluation.measure import measure_scores
from memeclip_core.evaluation.memeclip_protocol import measure_batched
from memeclip_core.evaluation.metrics import one_hot


def test_scikit_learn_agrees_batch_by_batch():
    generator = np.random.default_rng(0)
    ids, odds = generator.integers(0, 2, 160), generator.random(160)
    probabilities = np.stack([1 - odds, odds], 1)
    found = measure_batched(one_hot(ids, 2), probabilities, kind="multiclass")
    parts = [(ids[i : i + 16], odds[i : i + 16]) for i in range(0, 160, 16)]
    expected = [
        np.mean([(a == (b > 0.5)).mean() for a, b in parts]),
        np.mean([f1_score(a, b > 0.5, average="macro") for a, b in parts]),
        np.mean([_area(a, b) for a, b in parts]),
    ]
    assert [m.value for m in found] == pytest.approx(expected)
    assert {m.n for m in found} == {160}


def test_the_label_says_what_it_is():
    found = measure_batched(one_hot(np.array([0, 1]), 2), np.eye(2), kind="multiclass")
    assert [m.name for m in found] == [
        "accuracy (mean of batches of 16)",
        "macro-F1 (mean of batches of 16)",
        "AUROC (mean of batches of 16)",
    ]


def _area(ids, odds) -> float:
    return roc_auc_score(ids, odds) if 0 < ids.sum() < len(ids) else 0.0


def test_batches_weigh_as_much_as_they_have_rows():
    generator = np.random.default_rng(1)
    ids, odds = generator.integers(0, 2, 20), generator.random(20)
    probabilities = np.stack([1 - odds, odds], 1)
    found = measure_batched(one_hot(ids, 2), probabilities, kind="multiclass")
    right = ids == (odds > 0.5)
    assert found[0].value == pytest.approx(right.mean())
    areas = _area(ids[:16], odds[:16]), _area(ids[16:], odds[16:])
    assert found[2].value == pytest.approx((16 * areas[0] + 4 * areas[1]) / 20)


def test_the_sigmoid_of_each_logit_is_ranked_in_single_precision():
    labels = one_hot(np.array([0, 1, 0, 1]), 2)
    # Beyond about 17 every sigmoid is 1 there: the order of these four logits is lost, and so is
    # that of softmax, which looks at both.
    logits = np.array([[25.0, 20.0], [24.0, 22.0], [26.0, 21.0], [23.0, 29.0]])
    odds = np.exp(logits - logits.max(1, keepdims=True))
    probabilities = odds / odds.sum(1, keepdims=True)
    alone = measure_batched(labels, probabilities, kind="multiclass")[2].value
    assert alone == pytest.approx(1.0)
    found = measure_batched(labels, probabilities, logits=logits, kind="multiclass")[2].value
    assert found == 0.5
    spread = np.array([[2.0, -1.0], [1.0, -2.0], [3.0, -3.0], [-1.0, 4.0]])
    found = measure_batched(labels, probabilities, logits=spread, kind="multiclass")[2].value
    # Of class 0 all four pairs are in order; of class 1, row 1 stands below row 0.
    assert found == pytest.approx((1.0 + 0.75) / 2)


def test_a_class_that_a_batch_has_in_no_row_counts_zero_there():
    # Batches of two: all right with one class each; the whole has three classes.
    ids = np.array([0, 0, 1, 1])
    found = measure_batched(
        one_hot(ids, 3), one_hot(ids, 3).astype(float), kind="multiclass", batch_size=2
    )
    assert found[1].value == 1.0
    assert found[2].value == 0.0
    assert "best epoch on the test rows" in found[2].note


def test_small_batches_lose_macro_f1_of_rare_classes():
    generator = np.random.default_rng(0)
    ids = generator.choice(4, 2000, p=[0.6, 0.2, 0.12, 0.08])
    decided = np.where(generator.random(2000) < 0.7, ids, generator.integers(0, 4, 2000))
    labels, probabilities = one_hot(ids, 4), one_hot(decided, 4).astype(float)
    whole = measure_scores(labels, probabilities, kind="multiclass", names=tuple("abcd"))
    batched = measure_batched(labels, probabilities, kind="multiclass")[1].value
    assert whole.metric("macro-F1").value - batched > 0.01


def test_no_rows():
    found = measure_batched(np.zeros((0, 2), int), np.zeros((0, 2)), kind="multiclass")
    assert {m.reason for m in found} == {"there are no rows"}
