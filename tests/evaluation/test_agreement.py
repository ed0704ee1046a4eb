import math
from collections.abc import Sequence

import krippendorff
import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from memeclip_core.evaluation.agreement import (
    NO_OVERLAP,
    ONE_LABEL,
    Answers,
    compute_agreement,
    draw_patterns,
    find_patterns,
)

_ = None


def answers(*people: Sequence[int | None], width: int) -> Answers:
    """Write down what each person said of each meme; ``_`` where they did not see it."""
    given = np.array([[value is not None for value in row] for row in people]).T
    values = np.array([[value or 0 for value in row] for row in people]).T
    return Answers(values=values, given=given, width=width)


def crossed(*rows: Sequence[int]) -> Answers:
    """Write down a table of counts: the first person's labels downwards, the second's across."""
    cells = [(a, b) for a, row in enumerate(rows) for b, n in enumerate(row) for _n in range(n)]
    first, second = zip(*cells, strict=True)
    return answers(first, second, width=len(rows))


def noisy(memes: int = 300, people: int = 5, width: int = 4, seed: int = 0) -> Answers:
    generator = np.random.default_rng(seed)
    truth = generator.integers(0, width, memes)
    guess = generator.integers(0, width, (memes, people))
    values = np.where(generator.random((memes, people)) < 0.7, truth[:, None], guess)
    return Answers(values=values, given=generator.random((memes, people)) < 0.6, width=width)


COHEN = crossed((88, 14, 18), (10, 40, 10), (2, 6, 12))
"""Cohen (1960), table 1: 200 people, two judges, three diagnoses."""

KRIPPENDORFF = answers(
    [1, 2, 3, 3, 2, 1, 4, 1, 2, _, _, _],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, _, 3],
    [_, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, _],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, _],
    width=6,
)
"""Krippendorff (2011), section C: four observers, twelve units, gaps."""

PARADOX = crossed((118, 5), (2, 0))
"""Gwet (2008): 125 people, two raters who nearly always agree, and a kappa below nothing."""


def test_cohens_example():
    result = compute_agreement(COHEN)
    assert result.raw.value == pytest.approx(0.70)
    # Chance: .60 * .50 + .30 * .30 + .10 * .20 = .41
    assert result.kappa.value == pytest.approx((0.70 - 0.41) / (1 - 0.41))
    assert round(result.kappa.value, 3) == 0.492
    assert (result.kappa.n, result.labels) == (200, 400)
    assert result.kappa.low < 0.492 < result.kappa.high


def test_krippendorffs_examples():
    two = answers([0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0], width=2)
    assert round(compute_agreement(two).alpha.value, 3) == 0.095
    ben, gerry = "aabbdcccedda", "babbbcccEddd".lower()
    named = answers(["abcde".index(c) for c in ben], ["abcde".index(c) for c in gerry], width=5)
    assert round(compute_agreement(named).alpha.value, 3) == 0.692
    many = compute_agreement(KRIPPENDORFF)
    assert round(many.alpha.value, 3) == 0.743
    # The last unit has one value; it pairs with nothing.
    assert (many.alpha.n, many.labels) == (11, 40)


def test_gwets_paradox():
    result = compute_agreement(PARADOX)
    assert result.raw.value == pytest.approx(118 / 125)
    assert round(result.kappa.value, 4) == -0.0234
    # pi = (123 + 120) / 250 = .972; chance = 2 * .972 * .028
    assert result.ac1.value == pytest.approx((0.944 - 0.054432) / (1 - 0.054432))
    assert round(result.ac1.value, 3) == 0.941


def test_the_package_and_scikit_learn_agree():
    said = noisy()
    result = compute_agreement(said)
    shared = said.rows(said.shared)
    table = np.where(shared.given, shared.values.astype(float), np.nan).T
    expected = krippendorff.alpha(table, level_of_measurement="nominal")
    assert result.alpha.value == pytest.approx(expected)
    weighed = []
    for pair in result.pairs:
        both = said.given[:, [pair.first, pair.second]].all(axis=1)
        first, second = said.values[both][:, [pair.first, pair.second]].T
        assert pair.kappa.value == pytest.approx(cohen_kappa_score(first, second))
        assert pair.raw.value == pytest.approx((first == second).mean())
        assert pair.raw.n == both.sum()
        weighed.append((pair.kappa.value, pair.kappa.n))
    values, sizes = np.array(weighed).T
    assert len(values) == 10
    assert result.kappa.value == pytest.approx((values * sizes).sum() / sizes.sum())


def test_of_two_people_the_pair_is_the_whole():
    result = compute_agreement(COHEN)
    (pair,) = result.pairs
    assert (pair.first, pair.second) == (0, 1)
    for name in ("raw", "kappa", "alpha", "ac1"):
        one, whole = getattr(pair, name), getattr(result, name)
        assert (one.n, one.value) == (whole.n, pytest.approx(whole.value))
        assert (one.low, one.high) == pytest.approx((whole.low, whole.high))


def test_perfect_agreement_is_1():
    labels = [0, 1, 2, 1, 0, 2]
    result = compute_agreement(answers(labels, labels, labels, width=3))
    for metric in (result.raw, result.kappa, result.alpha, result.ac1):
        assert (metric.value, metric.low, metric.high) == pytest.approx((1, 1, 1))


def test_who_is_called_first_changes_nothing():
    said = noisy(people=4)
    result, turned = compute_agreement(said), compute_agreement(said.people(2, 0, 3, 1))
    for name in ("raw", "kappa", "alpha", "ac1"):
        assert getattr(turned, name).value == pytest.approx(getattr(result, name).value)
    place = [2, 0, 3, 1]
    own = {(p.first, p.second): p.kappa.value for p in result.pairs}
    for pair in turned.pairs:
        key = tuple(sorted((place[pair.first], place[pair.second])))
        assert pair.kappa.value == pytest.approx(own[key])


def test_the_order_of_memes_changes_nothing():
    said = noisy()
    order = np.random.default_rng(1).permutation(len(said.values))
    assert compute_agreement(said.rows(order)) == compute_agreement(said)


def test_a_label_nobody_else_gave_changes_nothing():
    lone = answers([0, 1, 1, 0, 1], [0, 1, 0, 0, _], width=2)
    assert compute_agreement(lone) == compute_agreement(lone.rows(np.arange(4)))


def test_labels_without_a_second_opinion_are_undefined_in_words():
    result = compute_agreement(answers([0, 1, _], [_, _, 1], width=2))
    for metric in (result.raw, result.kappa, result.alpha, result.ac1):
        assert math.isnan(metric.value)
        assert (metric.n, metric.reason) == (0, NO_OVERLAP)
    assert (result.labels, result.pairs) == (0, ())


def test_unanimity_leaves_kappa_and_alpha_undefined_in_words():
    result = compute_agreement(answers([1, 1, 1], [1, 1, 1], width=2))
    assert (result.raw.value, result.ac1.value) == (1, 1)
    for metric in (result.kappa, result.alpha):
        assert math.isnan(metric.value)
        assert (metric.n, metric.reason) == (3, ONE_LABEL)


def test_ac1_knows_of_labels_that_nobody_chose():
    two = compute_agreement(answers([0, 1, 0, 0], [0, 1, 1, 0], width=2)).ac1.value
    # Shares 5/8 and 3/8: chance 15/32 of two labels, and half of that of three.
    assert two == pytest.approx((0.75 - 15 / 32) / (1 - 15 / 32))
    three = compute_agreement(answers([0, 1, 0, 0], [0, 1, 1, 0], width=3)).ac1.value
    assert three == pytest.approx((0.75 - 15 / 64) / (1 - 15 / 64))


def test_patterns_hold_every_meme_once():
    said = noisy(memes=500, people=40, width=3)
    said = Answers(values=said.values, given=said.given & (said.values < 2), width=3)
    patterns, counts = find_patterns(said)
    assert counts.sum() == 500
    rows = {(*row, *mask) for row, mask in zip(said.values * said.given, said.given, strict=True)}
    assert len(patterns.values) == len(rows)


def test_resamples_keep_the_number_of_memes():
    weights = draw_patterns(np.array([5, 3, 2]), seed=0, resamples=50)
    assert weights[0].tolist() == [5, 3, 2]
    assert weights.shape == (51, 3)
    assert set(weights.sum(axis=1)) == {10}


def test_the_interval_narrows_with_memes():
    few, many = (compute_agreement(noisy(memes=n)).alpha for n in (60, 6000))
    assert many.high - many.low < (few.high - few.low) / 5
