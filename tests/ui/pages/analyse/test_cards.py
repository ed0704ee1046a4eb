"""Cards: what the model says, and what a person chooses."""

import dataclasses
import math

import pytest

from memeclip_core.tasks import Label, Task
from memeclip_core.ui.pages.analyse.cards import (
    NONE,
    TOP,
    by_probability,
    card_updates,
    choice_updates,
    read_choices,
    render_card,
    render_notes,
    render_reason,
    render_scores,
    settle_none,
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
        assert "<td>0.660</td>" in render_scores(known)
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
    page = render_scores(answer(task))
    assert page.count("<tr") == 23
    assert "<td>0.700</td><td>n/a</td><td>+0.42</td>" in page
    assert "A class counts as found at 0.300 or more." in page


def test_numbers_that_are_none_are_said_and_sorted_last():
    task = pridemm().task("hate")
    item = answer(task)
    broken = dataclasses.replace(item.scores[0], probability=math.nan, cosine=math.nan)
    item = dataclasses.replace(item, scores=(broken, item.scores[1]))
    assert by_probability(item.scores)[-1] is broken
    assert "<td>n/a</td><td>n/a</td>" in render_scores(item)
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
        "table": render_scores(item),
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


def test_choices_are_read_for_the_task_set_on_the_page(page):
    cards = page.w.cards
    values = ("Hate", None, "Oppose", "Humour", ["Smears"])
    assert read_choices(cards, "pridemm", values) == {
        "hate": ("Hate",),
        "stance": ("Oppose",),
        "humour": ("Humour",),
    }
    assert read_choices(cards, "propaganda", values) == {"techniques": ("Smears",)}


def test_no_technique_is_a_choice_too_and_no_choice_is_no_answer(page):
    def read(value):
        return read_choices(page.w.cards, "propaganda", (None, None, None, None, value))

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
    updates = choice_updates(page.w.cards["propaganda"], tasks, found, {}, True)
    assert updates[page.w.cards["propaganda"][0].choice]["value"] == [NONE]


def test_every_part_of_every_card_is_filled(page):
    cards = page.w.cards["propaganda"]
    tasks = propaganda()
    updates = card_updates(cards, tasks, prediction(tasks), {}, True)
    (card,) = cards
    assert set(updates) == {card.answer, card.plot, card.rest, card.table, card.choice}
    assert len(updates[card.plot].data[0].x) == 6
    assert len(updates[card.rest].data[0].x) == 22


def test_a_multilabel_choice_is_preselected_with_all_that_was_found(page):
    tasks = propaganda()
    found = dataclasses.replace(prediction(tasks), tasks=(answer(tasks.tasks[0], (0, 3)),))
    updates = choice_updates(page.w.cards["propaganda"], tasks, found, {}, True)
    chosen = updates[page.w.cards["propaganda"][0].choice]
    assert chosen["value"] == [tasks.tasks[0].names[0], tasks.tasks[0].names[3]]
    assert chosen["interactive"] is True


def test_who_may_not_correct_cannot_choose(page):
    tasks = pridemm()
    updates = choice_updates(page.w.cards["pridemm"], tasks, prediction(tasks), {}, False)
    assert all(updates[card.choice]["interactive"] is False for card in page.w.cards["pridemm"])
