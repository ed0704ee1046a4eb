import numpy as np
import pytest

from memeclip_core.heads.published.zero_shot import (
    SCALE,
    join_modalities,
    normalize_rows,
    score_prompts,
)

PROMPTS = np.array([[1.0, 0.0], [0.0, 2.0], [-1.0, 0.0]])
PLAIN = np.array([0.6, 0.8])


def test_cosines_are_those_of_the_directions():
    scores = score_prompts(np.array([[3.0, 4.0]]), PROMPTS, kind="multiclass", plain=PLAIN)
    assert scores.cosines == pytest.approx(np.array([[0.6, 0.8, -0.6]]))


def test_multiclass_probabilities_are_a_softmax_at_scale_100():
    meme = np.array([[1.0, 1.02]])
    scores = score_prompts(meme, PROMPTS, kind="multiclass", plain=PLAIN)
    first, second = scores.cosines[0, :2]
    odds = np.exp(SCALE * (second - first))
    assert scores.probabilities[0, 1] == pytest.approx(odds / (1 + odds))
    assert scores.probabilities.sum(axis=1) == pytest.approx(1)


def test_a_multilabel_class_is_weighed_against_the_plain_sentence():
    # cos(meme, plain) = 0.6: the first class lies 0.4 above, which is certain at scale 100.
    scores = score_prompts(np.array([[1.0, 0.0]]), PROMPTS, kind="multilabel", plain=PLAIN)
    assert scores.probabilities[0] == pytest.approx([1, 0, 0], abs=1e-9)
    same = score_prompts(PLAIN[None], PLAIN[None], kind="multilabel", plain=PLAIN)
    assert same.probabilities[0, 0] == pytest.approx(0.5)


@pytest.mark.parametrize("kind", ["multiclass", "multilabel"])
def test_nothing_to_go_by_prefers_no_class(kind):
    scores = score_prompts(np.zeros((1, 2)), PROMPTS, kind=kind, plain=PLAIN)
    expected = 1 / 3 if kind == "multiclass" else 0.5
    assert scores.probabilities[0] == pytest.approx([expected] * 3)
    assert np.isfinite(scores.cosines).all()


def test_modalities_count_the_same_whatever_their_length():
    joined = join_modalities([np.array([[10.0, 0.0]]), np.array([[0.0, 0.1]])])
    assert joined == pytest.approx(np.array([[0.5, 0.5]]))
    assert normalize_rows(joined) == pytest.approx(np.sqrt([[0.5, 0.5]]))
