"""The layout of the page Analyse."""

import gradio as gr

from memeclip_core.ui.pages.analyse.cards import NONE


def test_every_task_has_a_card_with_all_its_labels(page):
    for tasks in page.studio.task_sets:
        for task, card in zip(tasks, page.w.cards[tasks.key], strict=True):
            many = task.kind == "multilabel"
            offered = [*task.names, NONE] if many else list(task.names)
            assert [value for _, value in card.choice.choices] == offered
            assert isinstance(card.choice, gr.CheckboxGroup if many else gr.Radio)
            assert (card.rest is not None) == (len(task.labels) > 8)


def test_ids_are_unique_although_two_task_sets_may_share_a_key(page):
    ids = [
        part.elem_id
        for cards in page.w.cards.values()
        for card in cards
        for part in (card.answer, card.plot, card.table, card.choice)
    ]
    assert len(ids) == len(set(ids))


def test_inputs_have_real_labels(page):
    for widget in (page.w.text, page.w.note, page.w.drop, page.w.frame.blur, *page.w.choices):
        assert widget.label


def test_the_page_starts_empty(page):
    assert page.w.workspace.visible is False
    assert page.w.results.visible is False
    assert page.w.samples.visible is False
