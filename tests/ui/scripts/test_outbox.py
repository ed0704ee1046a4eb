"""Decisions on their way to the server: kept first, sent in their order, counted once."""

from __future__ import annotations

import pytest

from tests.factories.browser import BROWSER_MARKS
from tests.ui.scripts.conftest import BUSY, LOST, REFUSED, Small

pytestmark = BROWSER_MARKS

OPEN = "await outbox.open('ann');"
PUT = "outbox.put('save', { project: 'p', meme: given }).catch(() => {});"


def keep(small: Small, meme: str) -> None:
    small.run("label/outbox", f"{OPEN} {PUT}", meme)


@pytest.mark.parametrize("failure", [BUSY, LOST, 429, 502, 401])
def test_a_decision_stays_until_the_server_has_it_and_keeps_its_id(small, failure):
    small.answers["save"] = failure
    keep(small, "m")
    assert small.run("label/outbox", "await outbox.flush(); return outbox.size();") == 1
    small.reload()  # the browser has it, not this page
    small.answers["save"] = {}
    assert small.run("label/outbox", f"{OPEN} return outbox.size();") == 0
    ids = {payload["save"] for payload in small.sent("save")}
    assert len(small.sent("save")) >= 2
    assert len(ids) == 1
    assert small.run("label/outbox", "await outbox.flush(); return outbox.size();") == 0


def test_the_oldest_goes_first_and_the_next_only_after_it(small):
    small.answers["save"] = BUSY
    for meme in "abc":
        keep(small, meme)
        small.page.clock.fast_forward(10)
    small.run("label/outbox", "await outbox.flush();")
    assert {payload["meme"] for payload in small.sent("save")} == {"a"}
    assert small.run("label/outbox", "return outbox.memes();") == ["a", "b", "c"]
    small.calls.clear()
    small.answers["save"] = {}
    small.run("label/outbox", "await outbox.flush();")
    assert [payload["meme"] for payload in small.sent("save")] == ["a", "b", "c"]


def test_it_is_tried_again_without_being_asked(small):
    small.answers["save"] = LOST
    keep(small, "m")
    small.run("label/outbox", "await outbox.flush();")
    small.answers["save"] = {}
    small.page.clock.run_for(1100)
    assert small.run("label/outbox", "await outbox.flush(); return outbox.size();") == 0


def test_what_the_server_refuses_is_told_and_holds_up_nothing(small):
    small.answers["save"] = lambda payload: REFUSED if payload["meme"] == "a" else {"time": 1}
    said = small.run(
        "label/outbox news",
        f"""{OPEN} const heard = [];
        news.hear('refused', ({{ entry }}) => heard.push(['refused', entry.payload.meme]));
        news.hear('sent', ({{ entry, answer }}) => heard.push([entry.payload.meme, answer.time]));
        const put = (meme) => outbox.put('save', {{ project: 'p', meme }})
          .catch(({{ message }}) => message);
        const both = [put('a')];
        await new Promise((done) => setTimeout(done, 2)); // the order is that of the clock
        both.push(put('b'));
        const [first, second] = await Promise.all(both);
        return {{ first, second, heard, size: outbox.size() }};""",
    )
    assert said == {
        "first": REFUSED[1],
        "second": {"time": 1, "counts": {}, "recent": []},
        "heard": [["refused", "a"], ["b", 1]],
        "size": 0,
    }


def test_nobody_sends_what_another_person_decided_at_this_browser(small):
    small.answers["save"] = BUSY
    keep(small, "m")
    small.run("label/outbox", "await outbox.flush();")
    small.calls.clear()
    small.answers["save"] = {}
    assert small.run("label/outbox", "await outbox.open('ben'); return outbox.size();") == 0
    assert small.calls == []
    small.run("label/outbox", OPEN)
    assert [payload["meme"] for payload in small.sent("save")] == ["m"]


def test_without_storage_the_page_keeps_it_and_says_so(small):
    small.answers["save"] = BUSY
    small.run("label/outbox", "Storage.prototype.setItem = () => { throw new Error('full'); };")
    keep(small, "m")
    state = "await outbox.flush(); return [outbox.size(), outbox.fleeting()];"
    assert small.run("label/outbox", state) == [1, True]
    small.answers["save"] = {}
    assert small.run("label/outbox", state) == [0, False]


UNDO = """await outbox.open('ann');
const undo = (show = () => {}) => outbox.takeBack({ project: 'p', client: 'tab' }, show)
  .then(({ meme }) => meme, ({ message }) => message);"""


def test_an_undo_has_one_id_until_what_was_undone_is_shown(small):
    told = {"undone": {"receipt": {"rows": 1}, "meme": "m"}, "recent": []}
    answers = iter([LOST, BUSY, told, told, told])
    small.answers["undo"] = lambda _: next(answers)
    body = """const hide = () => { throw Object.assign(new Error('unseen'), { again: true }); };
    const said = [];
    for (const show of [() => {}, () => {}, hide, () => {}, () => {}]) said.push(await undo(show));
    return said;"""
    said = small.run("label/outbox", f"{UNDO} {body}")
    assert said[1:] == [BUSY[1], "unseen", "m", "m"]
    ids = [sent["undo"] for sent in small.sent("undo")]
    assert len(set(ids[:4])) == 1
    assert ids[4] != ids[0]


@pytest.mark.parametrize(
    ("failure", "between"),
    [(LOST, "await outbox.put('save', { project: 'p', meme: 'm' });"), (REFUSED, "")],
)
def test_after_a_refusal_or_a_decision_it_is_another_undo(small, failure, between):
    small.answers |= {"undo": failure, "save": {"time": 1}}
    small.run("label/outbox", f"{UNDO} await undo(); {between} await undo();")
    first, second = (sent["undo"] for sent in small.sent("undo"))
    assert first != second
