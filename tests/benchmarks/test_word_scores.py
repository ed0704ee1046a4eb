"""Word F1 by hand-made examples, and its laws."""

from __future__ import annotations

import math

import pytest

from benchmarks.word_scores import (
    WordScore,
    compute_mean_f1,
    compute_word_f1,
    pool_scores,
    words_of,
)


def score(matched: int, in_order: int, predicted: int, expected: int) -> WordScore:
    return WordScore(matched=matched, in_order=in_order, predicted=predicted, expected=expected)


def test_words_are_compared_in_lower_case_without_punctuation() -> None:
    assert words_of("DON'T -- stop,\nNow! ÉTÉ") == ["dont", "stop", "now", "été"]
    assert words_of("... !") == []


@pytest.mark.parametrize(
    ("read", "truth", "expected"),
    [
        ("a b c", "a b c", score(3, 3, 3, 3)),
        ("c b a", "a b c", score(3, 1, 3, 3)),
        ("a a a b", "a b b", score(2, 2, 4, 3)),
        ("ab c", "a b c", score(1, 1, 2, 3)),
        ("x b y d", "a b c d", score(2, 2, 4, 4)),
        ("", "a", score(0, 0, 0, 1)),
        ("a", "", score(0, 0, 1, 0)),
    ],
)
def test_counts(read: str, truth: str, expected: WordScore) -> None:
    assert compute_word_f1(read, truth) == expected


def test_rates_of_a_score() -> None:
    it = score(2, 1, 4, 3)
    assert (it.precision, it.recall) == (0.5, 2 / 3)
    assert it.f1 == pytest.approx(2 * 0.5 * (2 / 3) / (0.5 + 2 / 3))
    assert it.ordered_f1 == 2 / 7


def test_nothing_on_either_side_is_no_number() -> None:
    empty = compute_word_f1("", "")
    assert math.isnan(empty.f1)
    assert math.isnan(empty.precision)
    assert math.isnan(empty.recall)
    assert math.isnan(compute_mean_f1([empty]))
    assert compute_mean_f1([empty, score(1, 1, 1, 1)]) == 1.0


def test_pooling_weighs_words_and_the_mean_weighs_memes() -> None:
    scores = [score(1, 1, 1, 1), score(0, 0, 3, 3)]
    assert pool_scores(scores) == score(1, 1, 4, 4)
    assert pool_scores(scores).f1 == 0.25
    assert compute_mean_f1(scores) == 0.5


def test_order_never_scores_above_the_bag_and_swapping_sides_changes_nothing() -> None:
    texts = ["a b c a", "c a b", "b b", "a", "c c a b b a"]
    for left in texts:
        for right in texts:
            it, other = compute_word_f1(left, right), compute_word_f1(right, left)
            assert it.ordered_f1 <= it.f1 <= 1
            assert (it.f1, it.ordered_f1) == (other.f1, other.ordered_f1)
