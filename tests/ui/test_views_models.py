"""Corrections, retrainings and models."""

import dataclasses
import math
from datetime import timedelta

import pytest

from memeclip_core.ui.views_models import (
    render_candidate,
    render_counts,
    render_history,
    render_job,
    render_models,
)
from tests.ui.examples import (
    HOSTILE,
    NOON,
    compared,
    correction,
    job,
    metric,
    model_info,
    pridemm,
    status,
)


def test_counts_say_what_is_new_and_what_is_kept_aside():
    page = render_counts(status())
    assert "3 memes corrected, 2 since the newest model; 1 kept aside" in page
    assert "No corrections yet" in render_counts(status(corrected=0))


def test_history_tells_who_when_what_from_what_to_what():
    page = render_history([correction()], pridemm())
    for cell in ("2026-01-02", "ann", "abababab", "Hate", "No hate 70 %", "<strong>Hate</strong>"):
        assert cell in page


def test_history_marks_agreement_and_what_was_taken_back():
    agreed = correction(labels=("No Hate",))
    assert "No hate <em>(agreed)</em>" in render_history([agreed], pridemm())
    taken = correction(action="retract", labels=(), predicted=(), probability=None)
    assert "<em>taken back</em>" in render_history([taken], pridemm())


def test_history_survives_tasks_and_labels_that_are_gone():
    gone = correction(task="old", predicted=("a",), labels=("b",))
    assert "<strong>b</strong>" in render_history([gone], pridemm())
    renamed = correction(labels=("was",))
    assert "<strong>was</strong>" in render_history([renamed], pridemm())


def test_an_empty_history_says_so():
    assert "Nothing is saved yet" in render_history([], pridemm())


def test_a_running_job_has_a_bar_and_its_numbers():
    page = render_job(job())
    assert 'value="25"' in page
    assert "epoch 3 of 12 · loss 0.250 · validation score 0.500" in page
    assert 'data-state="running"' in page


@pytest.mark.parametrize("state", ["done", "failed", "cancelled", "interrupted", "refused"])
def test_an_ended_job_says_how_and_why(state):
    page = render_job(job(state, ended=NOON + timedelta(seconds=9), reason="because"))
    assert "<progress" not in page
    assert "after 9 s" in page
    assert "because" in page


def test_a_job_without_steps_is_no_division_by_zero():
    started = job()
    empty = dataclasses.replace(started.progress, done=0, total=0)
    assert 'value="0"' in render_job(dataclasses.replace(started, progress=empty))
    assert render_job(None) == ""


@pytest.mark.parametrize(
    ("value", "p", "verdict"),
    [
        (0.65, 0.01, "<strong>better</strong>"),
        (0.55, 0.049, "<strong>worse</strong>"),
        (0.55, 0.05, "<em>no clear change</em>"),
        (0.9, 0.3, "<em>no clear change</em>"),
    ],
)
def test_a_candidate_is_better_only_where_the_rows_hardly_say_so_by_chance(value, p, verdict):
    done = job("done", comparison=(compared(metric(0.6), metric(value), p),))
    page = render_candidate(model_info("re-1", "candidate"), model_info(), done, pridemm())
    assert verdict in page
    assert "0.600 (0.50 to 0.70)" in page
    assert "<td>2</td>" in page


def test_a_score_that_is_no_number_says_why():
    nothing = metric(math.nan, math.nan, math.nan, "only one class present")
    done = job("done", comparison=(compared(nothing, nothing),))
    page = render_candidate(model_info("re-1", "candidate"), model_info(), done, pridemm())
    assert "n/a <em>only one class present</em>" in page
    assert "better" not in page


def test_rows_that_are_not_there_yet_are_one_sentence():
    nothing = metric(math.nan, math.nan, math.nan, "there are no rows")
    empty = dataclasses.replace(compared(nothing, nothing), n=0)
    known = dataclasses.replace(compared(metric(0.6), metric(0.6)), rows="replay")
    done = job("done", comparison=(empty, known))
    page = render_candidate(model_info("re-1", "candidate"), model_info(), done, pridemm())
    assert "there are no rows" not in page
    assert "No corrected meme is kept aside yet" in page
    assert page.count("<tr><td>") == 1


def test_without_candidate_or_comparison_the_page_says_so():
    assert "No candidate is waiting" in render_candidate(None, model_info(), None, pridemm())
    page = render_candidate(model_info("re-1", "candidate"), None, None, pridemm())
    assert "no comparison on record" in page
    assert "no active model" in page


def test_models_show_state_score_and_facts():
    page = render_models([model_info()], pridemm())
    for cell in ("starter-1", "active", "Hate: accuracy 0.700 (0.50 to 0.70), n = 10", "rows: 10"):
        assert cell in page
    assert "zero-shot" in render_models([], pridemm())


def test_everything_people_typed_is_escaped():
    pages = [
        render_history([correction(note=HOSTILE, annotator=HOSTILE)], pridemm()),
        render_job(job("failed", reason=HOSTILE)),
        render_models([model_info(HOSTILE)], pridemm()),
        render_candidate(model_info(HOSTILE), model_info(HOSTILE), None, pridemm()),
    ]
    for page in pages:
        assert "<img src=x" not in page
        assert "&lt;img src=x" in page
