import time

import numpy as np
import pytest

from memeclip_core.evaluation.active_learning import (
    combine_scores,
    compute_divergence,
    compute_entropy,
    compute_margin,
    order_diverse,
    order_highest,
)

SURE_HALF_SKEW = np.array([[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.6, 0.3, 0.1]])


def test_margin_of_classes_is_one_minus_the_gap_of_the_two_highest():
    assert compute_margin(SURE_HALF_SKEW, "multiclass") == pytest.approx([0.0, 1.0, 0.7])


def test_margin_of_labels_is_that_of_the_least_certain_label():
    probabilities = np.array([[0.0, 1.0], [0.5, 1.0], [0.2, 0.9]])
    assert compute_margin(probabilities, "multilabel") == pytest.approx([0.0, 1.0, 0.4])


def test_margin_of_two_classes_and_of_two_labels_agree_on_a_coin():
    coin = np.array([[0.3, 0.7]])
    assert compute_margin(coin, "multiclass") == pytest.approx([0.6])
    assert compute_margin(np.array([[0.7]]), "multilabel") == pytest.approx([0.6])


def test_entropy_is_a_share_of_the_highest_possible():
    even = np.full((1, 3), 1 / 3)
    assert compute_entropy(even, "multiclass") == pytest.approx([1.0])
    half = compute_entropy(SURE_HALF_SKEW, "multiclass")
    assert half[:2] == pytest.approx([0.0, np.log(2) / np.log(3)])


def test_entropy_of_labels_is_their_mean():
    probabilities = np.array([[0.5, 1.0], [0.5, 0.5], [0.0, 1.0]])
    assert compute_entropy(probabilities, "multilabel") == pytest.approx([0.5, 1.0, 0.0])


def test_unknown_rows_have_no_score():
    unknown = np.array([[np.nan, np.nan], [0.5, 0.5]])
    for compute in (compute_margin, compute_entropy):
        for kind in ("multiclass", "multilabel"):
            scores = compute(unknown, kind)
            assert np.isnan(scores[0])
            assert scores[1] == pytest.approx(1.0)


def test_models_that_agree_do_not_diverge_and_opposite_ones_do_so_wholly():
    one = np.array([[1.0, 0.0], [0.2, 0.8], [1.0, 0.0]])
    other = np.array([[0.0, 1.0], [0.2, 0.8], [np.nan, np.nan]])
    divergence = compute_divergence([one, other], "multiclass")
    assert divergence[:2] == pytest.approx([1.0, 0.0])
    assert np.isnan(divergence[2])


def test_divergence_of_labels_is_their_mean():
    one, other = np.array([[1.0, 0.3]]), np.array([[0.0, 0.3]])
    assert compute_divergence([one, other], "multilabel") == pytest.approx([0.5])


def test_divergence_is_the_entropy_of_the_mean_less_the_mean_entropy():
    one, other = np.array([[0.9, 0.1]]), np.array([[0.5, 0.5]])

    def nats(p):
        return -sum(x * np.log(x) for x in p)

    expected = (nats((0.7, 0.3)) - (nats((0.9, 0.1)) + nats((0.5, 0.5))) / 2) / np.log(2)
    assert compute_divergence([one, other], "multiclass") == pytest.approx([expected])


def test_a_third_model_that_knows_nothing_changes_nothing():
    one, other = np.array([[0.9, 0.1]]), np.array([[0.2, 0.8]])
    silent = np.full((1, 2), np.nan)
    assert compute_divergence([one, other, silent], "multiclass") == pytest.approx(
        compute_divergence([one, other], "multiclass")
    )


def test_scores_of_tasks_are_averaged_over_what_is_known():
    combined = combine_scores([np.array([1.0, np.nan, np.nan]), np.array([0.0, 0.4, np.nan])])
    assert combined[:2] == pytest.approx([0.5, 0.4])
    assert np.isnan(combined[2])


def test_highest_first_equal_ones_as_they_stand_unknown_last():
    assert order_highest(np.array([0.1, np.nan, 0.9, 0.1])).tolist() == [2, 0, 3, 1]


def test_diverse_order_visits_every_cluster_before_any_twice():
    angles = np.radians([0, 1, 2, 120, 121, 240, 241])
    features = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    order = order_diverse(features)
    clusters = np.array([0, 0, 0, 1, 1, 2, 2])[order]
    assert sorted(clusters[:3]) == [0, 1, 2]
    assert sorted(order.tolist()) == list(range(7))


def test_diverse_order_starts_away_from_what_is_known_and_ends_with_it():
    features = np.array([[1.0, 0.0], [0.99, 0.1], [0.0, 1.0], [1.0, 0.05]])
    order = order_diverse(features, known=np.array([True, False, False, False]))
    assert order[0] == 2
    assert order[-1] == 0
    assert order[1:3].tolist() == [1, 3]


def test_memes_without_features_come_after_those_with():
    features = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    assert order_diverse(features)[-1] == 0


def test_after_the_centres_the_rest_follow_by_distance():
    angles = np.radians([0, 10, 90, 180])
    features = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    order = order_diverse(features, known=np.array([True, False, False, False]), centres=1)
    assert order.tolist() == [3, 2, 1, 0]


def test_diverse_order_of_nothing_and_of_equal_memes():
    assert order_diverse(np.zeros((0, 4))).tolist() == []
    same = np.ones((5, 3))
    assert sorted(order_diverse(same).tolist()) == [0, 1, 2, 3, 4]


def test_projecting_wide_features_keeps_the_order_repeatable():
    features = np.random.default_rng(3).standard_normal((200, 300))
    first, second = order_diverse(features, seed=5), order_diverse(features, seed=5)
    assert first.tolist() == second.tolist()
    assert sorted(first.tolist()) == list(range(200))


def test_chosen_ones_lie_farther_apart_than_random_ones():
    generator = np.random.default_rng(0)
    centres = generator.standard_normal((10, 16))
    # Nine of ten memes are of one cluster: a random choice hardly meets the others.
    which = np.where(generator.random(1_000) < 0.9, 0, generator.integers(1, 10, 1_000))
    features = centres[which] + 0.05 * generator.standard_normal((1_000, 16))
    first = which[order_diverse(features)[:10]]
    assert len(set(first.tolist())) == 10


def test_fifty_thousand_memes_are_ordered_in_a_time_that_grows_with_their_number_only():
    generator = np.random.default_rng(0)
    small = generator.standard_normal((5_000, 64)).astype(np.float32)
    large = generator.standard_normal((50_000, 64)).astype(np.float32)

    def seconds(features):
        """Return the least processor time of three runs: the others were disturbed."""
        taken = []
        for _ in range(3):
            start = time.process_time()
            order_diverse(features, centres=200)
            taken.append(time.process_time() - start)
        return min(taken)

    assert seconds(large) < 60 * max(seconds(small), 0.002)
