"""One card per task."""

import dataclasses
import math

import pytest

from memeclip_core.tasks import Label, Task
from memeclip_core.ui.pages.analyse.views import (
    TOP,
    by_probability,
    render_card,
    render_notes,
    render_reason,
    render_table,
    top_scores,
)
from tests.factories.page_records import HOSTILE, answer, prediction, pridemm, propaganda, scores


def test_a_card_says_label_probability_and_how_sure():
    task = pridemm().task("hate")
    page = render_card(task, answer(task), "")
    assert '<p class="mc-label">No hate</p>' in page
    assert "70 % · " in page
    assert "reads the text only" in page
    assert "mc-off" not in page


def test_a_doubtful_answer_is_called_a_guess():
    task = pridemm().task("hate")
    page = render_card(task, answer(task), "", "it is <odd>")
    assert "70 % · a guess" in page
    assert "Little more than a guess: it is &lt;odd&gt;." in page
    several = propaganda().tasks[0]
    assert "Little more than a guess" in render_card(several, answer(several), "", "it is odd")


def test_a_probability_stands_beside_its_share_of_the_training_memes():
    for tasks in (pridemm(), propaganda()):
        task = tasks.tasks[0]
        item = answer(task)
        scores = tuple(dataclasses.replace(score, base=0.66) for score in item.scores)
        known = dataclasses.replace(item, scores=scores)
        assert "66 % in training" in render_card(task, known, "")
        assert "<td>0.660</td>" in render_table(known)
        assert "in training" not in render_card(task, item, "")


def test_target_is_off_with_the_reason_until_hate_is_chosen():
    tasks = pridemm()
    target = tasks.task("target")
    reason = render_reason(tasks, target, {"hate": ("No Hate",)})
    assert reason == "Only asked where Hate is “Hate”; it is “No hate” here."
    page = render_card(target, answer(target), reason)
    assert "mc-off" in page
    assert "Only asked where Hate is" in page
    assert render_reason(tasks, target, {"hate": ("Hate",)}) == ""


def test_a_task_whose_condition_is_undecided_is_off():
    tasks = pridemm()
    assert render_reason(tasks, tasks.task("target"), {}) == "Only asked where Hate is “Hate”."


def test_tasks_without_a_condition_are_always_asked():
    tasks = pridemm()
    assert render_reason(tasks, tasks.task("stance"), {}) == ""


def test_several_labels_are_counted_and_listed():
    task = propaganda().tasks[0]
    page = render_card(task, answer(task, (0, 3)), "")
    assert "2 of 22 found" in page
    assert "Each is its own question at 30 % or more." in page
    assert page.count("<li>") == 2


def test_no_label_found_shows_the_likeliest_as_below_the_line():
    task = propaganda().tasks[0]
    page = render_card(task, answer(task, ()), "")
    assert "None of 22 found" in page
    assert "all below the line" in page
    assert page.count("<li>") == 3


def test_the_table_has_every_class_with_both_numbers():
    task = propaganda().tasks[0]
    page = render_table(answer(task))
    assert page.count("<tr") == 23
    assert "<td>0.700</td><td>n/a</td><td>+0.42</td>" in page
    assert "A class counts as found at 0.300 or more." in page


def test_numbers_that_are_none_are_said_and_sorted_last():
    task = pridemm().task("hate")
    item = answer(task)
    broken = dataclasses.replace(item.scores[0], probability=math.nan, cosine=math.nan)
    item = dataclasses.replace(item, scores=(broken, item.scores[1]))
    assert by_probability(item.scores)[-1] is broken
    assert "<td>n/a</td><td>n/a</td>" in render_table(item)
    assert "unknown · no answer" in render_card(task, item, "")


def test_few_classes_keep_their_order_and_many_show_the_likeliest():
    hate, many = pridemm().task("hate"), propaganda().tasks[0]
    assert [s.label for s in top_scores(scores(hate, 1))] == ["No Hate", "Hate"]
    top = top_scores(scores(many, 5))
    assert len(top) == TOP
    assert top[0].label == many.names[5]


@pytest.mark.parametrize("show", ["card", "table", "notes"])
def test_texts_of_a_users_own_task_file_are_escaped(show):
    labels = tuple(
        Label(name=n, display=HOSTILE, prompt=n, value=n, hint=HOSTILE) for n in ("a", "b")
    )
    task = Task(key="t", title=HOSTILE, kind="multiclass", labels=labels, column="t")
    item = dataclasses.replace(answer(task), reads=HOSTILE)
    notes = dataclasses.replace(prediction(pridemm()), notes=(HOSTILE,))
    page = {
        "card": render_card(task, item, HOSTILE),
        "table": render_table(item),
        "notes": render_notes(notes),
    }[show]
    assert "<img" not in page
    assert "&lt;img" in page
    assert "\U0001f600" in page


def test_notes_are_shown_plainly_or_not_at_all():
    assert "These heads read the text only." in render_notes(prediction(pridemm()))
    assert render_notes(dataclasses.replace(prediction(pridemm()), notes=())) == ""


def test_what_the_header_says_is_not_said_again():
    item = dataclasses.replace(prediction(pridemm()), notes=("In the header.", "Of this meme."))
    page = render_notes(item, ("In the header.",))
    assert "Of this meme." in page
    assert "In the header." not in page
