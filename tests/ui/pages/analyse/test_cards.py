"""A prediction and a person's choices as updates."""

import dataclasses

from memeclip_core.ui.pages.analyse.cards import (
    NONE,
    card_updates,
    choice_updates,
    read_choices,
    settle_none,
)
from tests.factories.page_records import answer, prediction, pridemm, propaganda


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
