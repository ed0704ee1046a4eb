import math

import numpy as np
import pytest

from memeclip_core.evaluation.agreement import Answers
from memeclip_core.evaluation.annotators import (
    ALONE,
    NEVER_ALIKE,
    NO_MODEL,
    NOBODY,
    find_consensus,
)


def crowd(seed: int = 0) -> tuple[Answers, np.ndarray, np.ndarray]:
    """Return what five people say, of whom the fourth guesses, the truth, and a fair model."""
    generator = np.random.default_rng(seed)
    truth = generator.integers(0, 3, 300)
    skill = np.array([0.95, 0.9, 0.85, 0.2, 0.9])
    guess = generator.integers(0, 3, (300, 5))
    values = np.where(generator.random((300, 5)) < skill, truth[:, None], guess)
    given = generator.random((300, 5)) < 0.5
    model = np.full((300, 3), 0.15)
    model[np.arange(300), truth] = 0.7
    return Answers(values=values, given=given, width=3), truth, model


@pytest.mark.parametrize("with_model", [True, False])
def test_a_careless_person_is_found_and_outvoted(with_model):
    said, truth, model = crowd()
    found = find_consensus(said, model if with_model else None)
    assert found.method == ("crowdlab" if with_model else "others")
    assert found.people[0].person == 3
    assert found.people[0].quality < 0.7 < found.people[1].quality
    assert found.people[0].worst is not None
    labelled = said.given.any(axis=1)
    assert (found.labels == truth)[labelled].mean() > (0.97 if with_model else 0.85)
    assert np.isnan(found.certainty[~labelled]).all()
    assert ((found.certainty[labelled] >= 0) & (found.certainty[labelled] <= 1)).all()


def test_without_a_model_quality_is_agreement_with_the_others():
    values = np.array([[0, 0, 1], [1, 1, 1], [0, 1, 0]])
    given = np.array([[True, True, True], [True, True, False], [True, True, False]])
    found = find_consensus(Answers(values=values, given=given, width=2), None)
    by_person = {one.person: one for one in found.people}
    # First: half of the others, then all, then none of them.
    assert by_person[0].quality == pytest.approx((0.5 + 1 + 0) / 3)
    assert by_person[2].quality == 0
    assert (by_person[2].with_consensus, by_person[2].worst) == (0, 1)
    assert (found.method, found.why) == ("others", NO_MODEL)
    assert found.labels[:2].tolist() == [0, 1]
    # Equal trust in both sides of the last meme.
    assert found.certainty[2] == pytest.approx(0.5)


def test_where_people_are_even_nobody_is_the_one_who_is_right():
    values = np.array([[0, 1], [1, 0], [1, 1]])
    given = np.ones((3, 2), bool)
    for count, expected in ((3, 1.0), (2, math.nan)):
        said = Answers(values=values[:count], given=given[:count], width=2)
        for one in find_consensus(said, None).people:
            assert one.with_consensus == pytest.approx(expected, nan_ok=True)
            assert (one.shared, one.worst) == (count, None)


def test_who_is_called_first_changes_nothing():
    said, _, model = crowd()
    order = [3, 1, 4, 0, 2]
    found, turned = find_consensus(said, model), find_consensus(said.people(*order), model)
    expected = {one.person: one.quality for one in found.people}
    assert {order[one.person]: one.quality for one in turned.people} == pytest.approx(expected)
    labelled = said.given.any(axis=1)
    assert (found.labels == turned.labels)[labelled].all()


def test_somebody_alone_is_not_judged_and_it_says_why():
    values = np.array([[0, 0, 0], [1, 1, 0], [0, 0, 1]])
    given = np.array([[True, True, False], [True, True, False], [False, False, True]])
    model = np.array([[0.9, 0.1], [0.2, 0.8], [0.4, 0.6]])
    for probabilities in (model, None):
        found = find_consensus(Answers(values=values, given=given, width=2), probabilities)
        last = found.people[-1]
        assert (last.person, last.labelled, last.shared, last.reason) == (2, 1, 0, ALONE)
        assert math.isnan(last.quality)
        assert found.labels.tolist() == [0, 1, 1]


def test_nobody_can_be_compared_without_shared_memes():
    given = np.array([[True, False], [False, True]])
    found = find_consensus(Answers(values=np.zeros((2, 2), int), given=given, width=2), None)
    assert (found.method, found.why) == ("none", NOBODY)
    assert [one.reason for one in found.people] == [ALONE, ALONE]


def test_people_who_never_agree_are_left_to_the_plain_measure():
    said = Answers(values=np.array([[0, 1], [1, 0]]), given=np.ones((2, 2), bool), width=2)
    found = find_consensus(said, np.array([[0.9, 0.1], [0.1, 0.9]]))
    assert (found.method, found.why) == ("others", NEVER_ALIKE)
    assert [one.quality for one in found.people] == [0, 0]


def test_memes_without_predictions_are_voted_on():
    said, truth, model = crowd()
    half = model.copy()
    half[150:] = np.nan
    found = find_consensus(said, half)
    assert found.method == "crowdlab"
    labelled = said.given.any(axis=1)
    assert not np.isnan(found.certainty[labelled]).any()
    assert (found.labels == truth)[labelled].mean() > 0.9
    assert find_consensus(said, np.full((300, 3), np.nan)).why == NO_MODEL
