"""What the page Batch shows: everything escaped, guesses and differences named."""

from __future__ import annotations

from dataclasses import replace

from memeclip_core.app.batch_answers import Batch
from memeclip_core.records.meme import Failure
from memeclip_core.records.prediction import Answer
from memeclip_core.ui.pages.batch.views import (
    offer_labels,
    render_answers,
    render_batch,
    render_failures,
)
from tests.factories.page_records import HOSTILE, NOON, job, prediction, pridemm


def make(*answers):
    return Batch(id="ab" * 16, job=job("done"), tasks=pridemm(), answers=answers, until=NOON)


def test_everything_that_was_handed_in_is_escaped():
    told = replace(prediction(pridemm(), filename=HOSTILE, text=HOSTILE), doubt=HOSTILE)
    batch = make(
        Answer(place=0, told=told), Answer(place=1, told=Failure(filename=HOSTILE, reason=HOSTILE))
    )
    for page in (render_answers(batch, batch.answers[:1]), render_failures(batch)):
        assert HOSTILE not in page
        assert "<img src=x" not in page
    assert "A guess: " in render_answers(batch, batch.answers[:1])


def test_models_that_differ_are_named_by_the_question():
    told = prediction(pridemm())
    other = list(told.tasks)
    other[0] = replace(other[0], labels=(other[0].scores[1].label,))
    apart = Answer(place=0, told=told, beside=(replace(told, tasks=tuple(other)),))
    page = render_answers(make(apart), [apart])
    assert f"<td>{told.tasks[0].title}</td>" in page
    assert f"compared with {told.model}" in render_batch(make(apart))
    same = replace(apart, beside=(told,))
    assert "under 1 % apart" in render_answers(make(same), [same])
    assert "Models disagree" not in render_answers(make(), [replace(apart, beside=())])


def test_empty_pages_say_so_and_choices_name_every_label():
    answered = make(Answer(place=0, told=prediction(pridemm())))
    assert "No answer is found" in render_answers(answered, [])
    assert "No answer yet." in render_answers(make(), [])
    assert render_failures(make()) == ""
    assert "deleted after" in render_batch(make())
    assert "None predicted" in render_batch(make()) and "All predicted" in render_batch(answered)
    choices = offer_labels(pridemm())
    assert choices[0] == ("Any answer", "")
    assert len(choices) == 1 + sum(len(task.labels) for task in pridemm())
