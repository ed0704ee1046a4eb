import math

import numpy as np
import pytest

from memeclip_core.evaluation.suggestion_effect import (
    NONE_HIDDEN,
    NONE_SHOWN,
    Hits,
    compute_effect,
    compute_share,
)


def hits(*pairs: tuple[int, int]) -> Hits:
    table = np.array(pairs, dtype=int).reshape(-1, 2)
    return Hits(hits=table[:, 0], decisions=table[:, 1])


def test_shares_by_hand():
    effect = compute_effect(hits((2, 2), (1, 2), (0, 0)), hits((1, 4)))
    assert effect.shown.value == pytest.approx(3 / 4)
    assert effect.hidden.value == pytest.approx(1 / 4)
    assert effect.difference.value == pytest.approx(1 / 2)
    assert (effect.shown.n, effect.hidden.n, effect.difference.n) == (4, 4, 8)


def test_a_large_effect_is_clear_and_none_is_not():
    generator = np.random.default_rng(0)
    ones = np.ones(800, int)
    often = Hits(hits=(generator.random(800) < 0.9).astype(int), decisions=ones)
    rarely = Hits(hits=(generator.random(800) < 0.6).astype(int), decisions=ones)
    effect = compute_effect(often, rarely)
    assert effect.clear
    assert effect.difference.low < 0.3 < effect.difference.high
    assert not compute_effect(often, often).clear


def test_the_interval_resamples_memes_not_decisions():
    # The same share of the same number of decisions, once on 20 memes and once on 200.
    lumps = hits(*[(10, 10)] * 10, *[(0, 10)] * 10)
    single = hits(*[(1, 1)] * 100, *[(0, 1)] * 100)
    wide, narrow = compute_effect(lumps, lumps).shown, compute_effect(single, single).shown
    assert wide.value == narrow.value == 0.5
    assert wide.high - wide.low > 2 * (narrow.high - narrow.low)


def test_a_missing_side_is_undefined_in_words():
    effect = compute_effect(hits((1, 2)), hits())
    assert math.isnan(effect.hidden.value)
    assert (effect.hidden.reason, effect.difference.reason) == (NONE_HIDDEN, NONE_HIDDEN)
    assert (effect.shown.value, effect.clear) == (0.5, False)
    assert compute_effect(hits((0, 0)), hits((1, 2))).difference.reason == NONE_SHOWN


def test_a_share_alone():
    share = compute_share(hits((2, 2), (1, 2), (0, 0)), reason="nobody")
    assert (share.value, share.n) == (pytest.approx(3 / 4), 4)
    assert share.low <= 3 / 4 <= share.high
    nothing = compute_share(hits((0, 0)), reason="nobody")
    assert math.isnan(nothing.value)
    assert nothing.reason == "nobody"
