"""What was begun on a meme: kept by person, project and meme until it is decided."""

from __future__ import annotations

from typing import Any

import pytest

from tests.factories.browser import BROWSER_MARKS
from tests.ui.scripts.conftest import BUSY, Small

pytestmark = BROWSER_MARKS

PROJECT = {
    "key": "p",
    "version": 2,
    "tasks": [
        {"key": "hate", "labels": [{"name": "yes"}, {"name": "no"}]},
        {"key": "means", "labels": [{"name": "irony"}, {"name": "fear"}]},
    ],
}
ITEM = {"id": "m", "state": "pending", "labels": None, "note": ""}
MODULES = "label/drafts label/desk label/outbox"


@pytest.fixture
def drafts(small: Small) -> Any:
    """Return a way to run a script with a project open, and with one meme if it is given."""

    def run(body: str, item: dict[str, Any] | None = None, **desk: Any) -> Any:
        given = {"desk": {"who": {"name": "ann"}, "project": PROJECT, **desk}, "item": item}
        begin = """const { item } = given;
        Object.assign(desk.desk, given.desk);
        if (item) desk.desk.current = { item, work: drafts.workOn(item) };"""
        return small.run(MODULES, f"{begin} const work = desk.desk.current?.work; {body}", given)

    return run


TOUCH = "Object.assign(work, { labels: { hate: ['yes'] }, note: 'n', seconds: 3 }); drafts.touch();"


def test_what_was_begun_is_there_after_a_reload(small, drafts):
    drafts(TOUCH, ITEM)
    small.reload()
    assert drafts("return work;", ITEM) == {
        "labels": {"hate": ["yes"]}, "note": "n", "seconds": 3, "shown": False, "touched": True,
        "resumed": "browser",
    }  # fmt: skip


@pytest.mark.parametrize(
    "other",
    [{"who": {"name": "ben"}}, {"project": {**PROJECT, "key": "q"}}],
    ids=["person", "project"],
)
def test_nobody_else_and_no_other_project_gets_it(drafts, other):
    drafts(TOUCH, ITEM)
    assert drafts("return work.touched;", ITEM, **other) is False


def test_labels_that_are_not_in_the_label_set_are_left_out(drafts):
    labels = {"hate": ["maybe"], "means": ["fear", "gone"], "stance": ["for"]}
    assert drafts(f"return drafts.known({labels});") == {"means": ["fear"]}
    assert drafts("return drafts.known({ means: [] });") == {"means": []}  # none of these


def test_after_a_new_label_set_what_the_server_carried_over_counts(small, drafts):
    drafts(TOUCH, ITEM)
    newer = {"project": {**PROJECT, "version": 3}}
    carried = {**ITEM, "state": "draft", "labels": {"means": ["irony"]}}
    assert drafts("return [work.labels, work.resumed];", carried, **newer) == [
        {"means": ["irony"]}, "server",
    ]  # fmt: skip
    assert drafts("return work.resumed;", ITEM, **newer) == "browser"  # it has nothing of it


def test_a_decided_meme_is_no_draft_and_a_refused_one_is_again(drafts):
    drafts(f"{TOUCH} drafts.settle('p', 'm');", ITEM)
    assert drafts("return work.touched;", ITEM) is False
    drafts("drafts.keepRefused({ project: 'p', meme: 'm', labels: { hate: ['no'] }, note: '' });")
    assert drafts("return [work.labels, work.touched];", ITEM) == [{"hate": ["no"]}, True]


def test_the_server_is_told_once_of_what_was_left_undecided(small, drafts):
    small.answers["draft"] = {"counts": {"draft": 1}}
    drafts(
        f"{TOUCH} drafts.leave(); drafts.leave(); await new Promise(requestAnimationFrame);", ITEM
    )
    [sent] = small.sent("draft")
    save = sent.pop("save")
    assert len(save) == 32
    assert sent == {
        "project": "p", "meme": "m", "labels": {"hate": ["yes"]}, "note": "n", "version": 2,
    }  # fmt: skip


@pytest.mark.parametrize("state", ["done", "skipped"])
def test_a_decided_meme_becomes_no_draft_again(small, drafts, state):
    drafts(f"{TOUCH} drafts.leave();", {**ITEM, "state": state})
    assert small.sent("draft") == []


def test_what_is_on_its_way_as_a_decision_is_no_draft(small, drafts):
    small.answers["save"] = BUSY
    put = "outbox.put('save', { project: 'p', meme: 'm' }).catch(() => {});"
    drafts(f"{TOUCH} await outbox.open('ann'); {put} drafts.leave();", ITEM)
    assert small.sent("draft") == []
