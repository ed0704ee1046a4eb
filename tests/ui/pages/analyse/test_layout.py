"""The layout of the page Analyse, and what triggers its handlers."""

from __future__ import annotations

import gradio as gr

from memeclip_core.ui.app import build_app
from memeclip_core.ui.pages.analyse.answers import NONE


def test_every_task_has_a_row_with_all_its_labels(page):
    for tasks in page.studio.task_sets:
        for task, row in zip(tasks, page.w.rows[tasks.key], strict=True):
            many = task.kind == "multilabel"
            offered = [*task.names, NONE] if many else list(task.names)
            assert [value for _, value in row.choice.choices] == offered
            assert isinstance(row.choice, gr.CheckboxGroup if many else gr.Radio)


def test_ids_are_unique_although_two_task_sets_may_share_a_key(page):
    ids = [
        part.elem_id
        for rows in page.w.rows.values()
        for row in rows
        for part in (row.answer, row.choice)
    ]
    assert len(ids) == len(set(ids))


def test_inputs_have_real_labels(page):
    for widget in (page.w.text, page.w.note, page.w.drop, page.w.frame.blur, *page.w.choices):
        assert widget.label


def test_the_page_starts_empty(page):
    assert page.w.workspace.visible is False
    assert page.w.results.visible is False
    assert page.w.samples.visible is False


def events(studio):
    return [fn for fn in build_app(studio).fns.values() if fn.fn is not None]


def test_two_endpoints_are_public_and_all_others_are_private(tiny_studio):
    public = [fn.api_name for fn in events(tiny_studio) if fn.api_visibility != "private"]
    assert public == ["predict", "predict_batch"]


def test_the_encoder_is_asked_by_one_event_at_a_time_and_saves_wait_for_nobody(tiny_studio):
    by_name = {}
    for fn in events(tiny_studio):
        by_name.setdefault(fn.name, fn)
    for name in ("on_read", "on_text", "on_reread", "on_ask", "on_predict"):
        assert (by_name[name].concurrency_id, by_name[name].concurrency_limit) == ("model", 1), name
    ahead = by_name["on_ahead"]
    assert (ahead.concurrency_id, ahead.concurrency_limit) == ("ahead", 1)
    for name in ("on_explain", "on_again"):
        assert by_name[name].concurrency_id == "explain", name
    for name in ("on_files", "on_sample", "on_reopen"):  # decode pictures
        assert (by_name[name].concurrency_id, by_name[name].concurrency_limit) == ("open", 2), name
    for name in ("on_save", "on_undo", "on_refresh", "on_cancel"):
        assert by_name[name].concurrency_limit is None, name


def test_choices_stand_in_the_order_of_the_task_sets(page):
    labels = [choice.label for choice in page.w.choices]
    assert labels == [
        "Correct answer: Hateful?",
        "Correct answer: Target",
        "Correct answer: Stance",
        "Correct answer: Humour",
        "Correct answer: Techniques",
    ]
