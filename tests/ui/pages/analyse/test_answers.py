"""Rows of answers: what the model says, and what a person chooses."""

import dataclasses
import math

import pytest

from memeclip_core.tasks import Label, Task, TaskSet
from memeclip_core.ui.pages.analyse.answers import (
    NONE,
    answer_updates,
    by_probability,
    read_choices,
    render_answer,
    render_notes,
    render_reason,
    render_summary,
    settle_none,
)
from tests.factories.page_records import HOSTILE, answer, prediction, pridemm, propaganda


def test_a_row_says_label_probability_and_how_sure():
    task = pridemm().task("hate")
    page = render_answer(task, answer(task), "")
    assert '<p class="mc-label">No hate</p>' in page
    assert "<b>70 %</b> leans this way" in page
    assert "mc-off" not in page


def test_a_doubtful_answer_is_called_a_guess_and_once_why():
    task = pridemm().task("hate")
    assert "<b>70 %</b> a guess" in render_answer(task, answer(task), "", guess=True)
    doubtful = dataclasses.replace(prediction(pridemm()), doubt="it is <odd>")
    assert render_notes(doubtful).count("Little more than a guess: it is &lt;odd&gt;.") == 1
    assert "Little more" not in render_notes(prediction(pridemm()))


def test_a_probability_stands_beside_its_share_of_the_training_memes():
    for tasks in (pridemm(), propaganda()):
        task = tasks.tasks[0]
        item = answer(task)
        scores = tuple(dataclasses.replace(score, base=0.66) for score in item.scores)
        known = dataclasses.replace(item, scores=scores)
        assert "66 % in training" in render_answer(task, known, "")
        assert '<b style="left:66.0%"></b>' in render_answer(task, known, "")
        assert "in training" not in render_answer(task, item, "")
        assert "left:" not in render_answer(task, item, "")


def test_target_is_one_line_with_the_reason_until_hate_is_chosen():
    tasks = pridemm()
    target = tasks.task("target")
    reason = render_reason(tasks, target, {"hate": ("No Hate",)})
    assert reason == f"asked only where “{tasks.task('hate').title}” is “Hate”"
    page = render_answer(target, answer(target), reason)
    assert "mc-off" in page
    assert "asked only where" in page
    assert "<button" not in page
    assert "70 %" not in page
    assert render_reason(tasks, target, {"hate": ("Hate",)}) == ""


def test_a_task_whose_condition_is_undecided_is_off():
    tasks = pridemm()
    assert "asked only where" in render_reason(tasks, tasks.task("target"), {})


def test_tasks_without_a_condition_are_always_asked():
    tasks = pridemm()
    assert render_reason(tasks, tasks.task("stance"), {}) == ""


def test_several_labels_are_counted_and_the_likeliest_are_listed():
    task = propaganda().tasks[0]
    page = render_answer(task, answer(task, (0, 3)), "")
    assert "2 of 22 found" in page
    assert "A class counts from 30 %." in page
    assert page.count("<li>") == 2
    many = render_answer(task, answer(task, tuple(range(9))), "")
    assert "9 of 22 found" in many
    assert "The 5 likeliest:" in many
    assert many.count("<li>") == 5


def test_no_label_found_shows_the_likeliest_as_below_the_line():
    task = propaganda().tasks[0]
    page = render_answer(task, answer(task, ()), "")
    assert "None of 22 found" in page
    assert "the likeliest lie below" in page
    assert page.count("<li>") == 3


def test_numbers_that_are_none_are_said_and_sorted_last():
    task = pridemm().task("hate")
    item = answer(task)
    broken = dataclasses.replace(item.scores[0], probability=math.nan, cosine=math.nan)
    item = dataclasses.replace(item, scores=(broken, item.scores[1]))
    assert by_probability(item.scores)[-1] is broken
    assert "<b>unknown</b> no answer" in render_answer(task, item, "")


def test_the_row_of_the_task_in_the_drawer_says_so():
    task = pridemm().task("hate")
    assert 'aria-pressed="true"' in render_answer(task, answer(task), "", chosen=True)
    assert 'aria-pressed="false"' in render_answer(task, answer(task), "")


def test_one_line_says_all_answers_that_apply():
    tasks = pridemm()
    said = prediction(tasks)
    line = render_summary(tasks, said)
    assert "<b>No hate</b> 70 % · <b>Undirected</b> 70 %" in line
    target = dataclasses.replace(said.task("target"), applies=False)
    rest = tuple(target if item.task == "target" else item for item in said.tasks)
    assert "Undirected" not in render_summary(tasks, dataclasses.replace(said, tasks=rest))
    many = propaganda()
    found = dataclasses.replace(prediction(many), tasks=(answer(many.tasks[0], (0, 3)),))
    names = [many.tasks[0].labels[place].display for place in (0, 3)]
    assert f"<b>{names[0]} and {names[1]}</b>" in render_summary(many, found)
    none = dataclasses.replace(found, tasks=(answer(many.tasks[0], ()),))
    assert "None found" in render_summary(many, none)


@pytest.mark.parametrize("show", ["answer", "off", "summary", "notes"])
def test_texts_of_a_users_own_task_file_are_escaped(show):
    labels = tuple(
        Label(name=n, display=HOSTILE, prompt=n, value=n, hint=HOSTILE) for n in ("a", "b")
    )
    task = Task(key="t", title=HOSTILE, kind="multiclass", labels=labels, column="t")
    item = dataclasses.replace(answer(task), reads=HOSTILE)
    notes = dataclasses.replace(prediction(pridemm()), notes=(HOSTILE,))
    page = {
        "answer": render_answer(task, item, ""),
        "off": render_answer(task, item, HOSTILE),
        "summary": render_summary(
            TaskSet(key="t", title=HOSTILE, tasks=(task,)),
            dataclasses.replace(notes, tasks=(item,)),
        ),
        "notes": render_notes(notes),
    }[show]
    assert "<img" not in page
    assert "&lt;img" in page
    assert "\U0001f600" in page


def test_notes_are_shown_plainly_after_what_the_model_reads():
    page = render_notes(prediction(pridemm()))
    assert page.index("Reads: text only") < page.index("These heads read the text only.")
    assert render_notes(dataclasses.replace(prediction(pridemm()), notes=())).count("<li>") == 1


def test_what_the_header_says_is_not_said_again():
    item = dataclasses.replace(prediction(pridemm()), notes=("In the header.", "Of this meme."))
    page = render_notes(item, ("In the header.",))
    assert "Of this meme." in page
    assert "In the header." not in page


def test_choices_are_read_for_the_task_set_on_the_page(page):
    rows = page.w.rows
    values = ("Hate", None, "Oppose", "Humour", ["Smears"])
    assert read_choices(rows, "pridemm", values) == {
        "hate": ("Hate",),
        "stance": ("Oppose",),
        "humour": ("Humour",),
    }
    assert read_choices(rows, "propaganda", values) == {"techniques": ("Smears",)}


def test_no_technique_is_a_choice_too_and_no_choice_is_no_answer(page):
    def read(value):
        return read_choices(page.w.rows, "propaganda", (None, None, None, None, value))

    assert read([NONE]) == {"techniques": ()}
    assert read([]) == read(None) == {}


def test_none_of_these_and_the_labels_exclude_each_other():
    assert settle_none(["Smears", NONE]) == [NONE]
    assert settle_none([NONE, "Smears"]) == ["Smears"]
    for settled in ([NONE], ["Smears", "Doubt"], [], None, "Hate"):
        assert settle_none(settled) == settled


def test_where_nothing_was_found_none_of_these_is_preselected(page):
    tasks = propaganda()
    found = dataclasses.replace(prediction(tasks), tasks=(answer(tasks.tasks[0], ()),))
    updates = answer_updates(page.w.rows["propaganda"], tasks, found, {}, True)
    assert updates[page.w.rows["propaganda"][0].choice]["value"] == [NONE]


def test_a_multilabel_choice_is_preselected_with_all_that_was_found(page):
    tasks = propaganda()
    found = dataclasses.replace(prediction(tasks), tasks=(answer(tasks.tasks[0], (0, 3)),))
    updates = answer_updates(page.w.rows["propaganda"], tasks, found, {}, True)
    chosen = updates[page.w.rows["propaganda"][0].choice]
    assert chosen["value"] == [tasks.tasks[0].names[0], tasks.tasks[0].names[3]]
    assert chosen["interactive"] is True


def test_who_may_not_correct_cannot_choose(page):
    tasks = pridemm()
    updates = answer_updates(page.w.rows["pridemm"], tasks, prediction(tasks), {}, False)
    assert all(updates[row.choice]["interactive"] is False for row in page.w.rows["pridemm"])
