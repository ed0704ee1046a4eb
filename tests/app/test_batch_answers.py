"""What a batch's table shows: filtered, sorted, how sure, how far models are apart."""

from __future__ import annotations

from dataclasses import replace

import pytest

from memeclip_core.app.batch_answers import measure_confidence, measure_disagreement, select_answers
from memeclip_core.records.meme import Failure
from memeclip_core.records.prediction import Answer
from tests.factories.page_records import answer, prediction, pridemm, scores

TASKS = pridemm()
HATE = TASKS.task("hate")
NAMES = HATE.names


def make(place, name, *, winner, lead, doubt="", beside=None):
    """Return an answer to "hate", and what another model says where ``beside`` names its class."""

    def say(found, share):
        told = replace(prediction(TASKS, filename=name), doubt=doubt)
        hate = replace(answer(HATE, (found,)), scores=scores(HATE, found, share))
        rest = [replace(answer(task), applies=False) for task in TASKS if task != HATE]
        return replace(told, tasks=(hate, *rest))

    others = () if beside is None else (say(beside, 0.6),)
    return Answer(place=place, told=say(winner, lead), beside=others)


ANSWERS = (
    make(0, "c.png", winner=0, lead=0.9, beside=0),
    make(1, "a.png", winner=1, lead=0.55, doubt="Far.", beside=1),
    make(2, "b.png", winner=1, lead=0.8, beside=0),
    Answer(place=3, told=Failure(filename="d.png", reason="No picture.")),
)


@pytest.mark.parametrize(
    ("wanted", "places"),
    [
        ({}, [0, 1, 2]),
        ({"order": "name"}, [1, 2, 0]),
        ({"order": "unsure"}, [1, 2, 0]),
        ({"order": "sure"}, [0, 2, 1]),
        ({"order": "apart"}, [2, 0, 1]),
        ({"shown": "apart"}, [2]),
        ({"shown": "doubt"}, [1]),
        ({"task": "hate", "label": NAMES[1]}, [1, 2]),
        ({"task": "hate", "label": NAMES[1], "order": "sure"}, [2, 1]),
        ({"order": f"hate\n{NAMES[1]}"}, [2, 1, 0]),
        ({"order": "hate\nno such"}, [0, 1, 2]),
        ({"words": " B.P"}, [2]),
        ({"words": "no such"}, []),
        ({"words": ANSWERS[0].told.meme.text[:4].upper(), "order": "text"}, [0, 1, 2]),
    ],
)
def test_answers_are_filtered_and_sorted(wanted, places):
    assert [one.place for one in select_answers(ANSWERS, **wanted)] == places


def test_models_are_apart_by_the_widest_difference_of_a_class():
    far, titles = measure_disagreement(ANSWERS[2])
    assert far == pytest.approx(0.4) and titles == (HATE.title,)
    far, titles = measure_disagreement(ANSWERS[0])
    assert far == pytest.approx(0.3) and titles == ()
    assert measure_disagreement(ANSWERS[3]) == (0.0, ())
    assert measure_disagreement(replace(ANSWERS[0], beside=())) == (0.0, ())


def test_a_meme_is_as_sure_as_the_least_sure_answer_that_applies():
    assert measure_confidence(ANSWERS[1]) == pytest.approx(0.55)
    assert measure_confidence(ANSWERS[3]) == 0.0
