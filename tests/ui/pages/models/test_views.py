"""Corrections and models."""

from memeclip_core.ui.pages.models.views import render_counts, render_history, render_models
from tests.factories.page_records import HOSTILE, correction, model_info, pridemm, status


def test_counts_say_what_is_new_and_what_is_kept_aside():
    page = render_counts(status())
    assert "3 memes corrected, 2 since the newest model; 1 kept aside" in page
    assert "No corrections yet" in render_counts(status(corrected=0))
    assert "2 memes with labels that the heads do not know" in render_counts(status(unread=2))
    assert "do not know" not in page


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


def test_models_show_state_score_and_facts():
    page = render_models([model_info()], pridemm())
    for cell in ("starter-1", "active", "Hate: accuracy 0.700 (0.50 to 0.70), n = 10", "rows: 10"):
        assert cell in page
    assert "zero-shot" in render_models([], pridemm())


def test_everything_people_typed_is_escaped():
    pages = [
        render_history([correction(note=HOSTILE, annotator=HOSTILE)], pridemm()),
        render_models([model_info(HOSTILE)], pridemm()),
    ]
    for page in pages:
        assert "<img src=x" not in page
        assert "&lt;img src=x" in page
