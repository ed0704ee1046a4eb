"""One decision for many memes: what was seen of them, and how long somebody looked."""

from __future__ import annotations

from typing import Any

import pytest

from tests.factories.browser import BROWSER_MARKS
from tests.ui.scripts.conftest import REFUSED, Small

pytestmark = BROWSER_MARKS

TASK = {
    "key": "hate", "title": "Hate", "kind": "multiclass", "applies": None,
    "labels": [{"name": "no", "display": "No", "hint": ""},
               {"name": "yes", "display": "Yes", "hint": ""}],
}  # fmt: skip
PROJECT = {"key": "p", "version": 3, "lease_minutes": 10, "order": "import", "tasks": [TASK]}
COUNTS = {
    "total": 9, "pending": 7, "done": 2, "draft": 0, "skipped": 0, "flagged": 0, "returned": 0,
    "assigned": 0, "quota": None, "closed": False, "round": None, "to_retraining": None,
}  # fmt: skip
SAVED = {"time": "2026-03-04T12:00:00Z", "memes": ["a", "b"], "refused": {}, "counts": COUNTS}
BEGIN = """Object.assign(desk.desk, {
  who: { name: 'ann' }, project: given,
  current: { item: { id: 'x', hidden: true }, work: { labels: {}, seconds: 0 } },
});
stage.suggest(%s);
root.root.append(bulk.node);
document.body.append(root.root);
await bulk.open();"""
SAVE = """document.querySelector('#label-bulk-all').click();
bulk.tasks.pick(0);
await bulk.save();"""


def row(meme: str, model: str) -> dict[str, Any]:
    """Return a line of the grid; a meme without a model has no suggestion."""
    return {
        "id": meme, "filename": f"{meme}.png", "text": "words", "state": "pending", "labels": {},
        "model_labels": {"hate": ["yes"]} if model else {}, "model": model, "flagged": False,
        "has_image": False,
    }  # fmt: skip


@pytest.fixture
def many(small: Small) -> Any:
    """Return a way to run a script with two memes at once on the page."""
    small.answers |= {"counts": COUNTS, "save_many": SAVED}

    def run(body: str, *, suggests: bool = True, models: tuple[str, str] = ("", "m1")) -> Any:
        rows = [row(meme, model) for meme, model in zip("ab", models, strict=True)]
        small.answers["browse"] = {"rows": rows, "page": 1, "pages": 1, "total": 2}
        begin = "" if small.sent("browse") else BEGIN % str(suggests).lower()
        modules = "label/bulk label/desk label/root label/stage"
        return small.run(modules, f"{begin} {body}", PROJECT)

    return run


@pytest.mark.parametrize(
    ("given", "shown", "model"),
    [
        ({}, True, "m1"),
        ({"suggests": False}, False, "m1"),
        ({"models": ("", "")}, False, ""),
    ],
)
def test_a_suggestion_below_a_picture_was_seen(small, many, given, shown, model):
    many(SAVE, **given)
    [sent] = small.sent("save_many")
    assert (sent["memes"], sent["labels"]) == (["a", "b"], {"hate": ["no"]})
    assert (sent["shown"], sent["model"], sent["version"]) == (shown, model, 3)


def test_one_that_is_switched_off_later_was_seen_all_the_same(small, many):
    many(f"stage.suggest(false); {SAVE}")
    assert small.sent("save_many")[0]["shown"]


def test_the_time_is_shared_among_the_memes_and_not_that_of_the_open_one(small, many):
    many("")
    small.page.clock.run_for(12_000)
    assert many(f"{SAVE} return desk.desk.current.work.seconds;") < 1
    assert 6 <= small.sent("save_many")[0]["seconds"] < 10
    many("bulk.close();")
    small.page.clock.run_for(5_000)
    assert 4 <= many("return desk.desk.current.work.seconds;") < 8


def test_a_decision_that_is_refused_keeps_its_time_for_the_next_try(small, many):
    small.answers["save_many"] = REFUSED
    many("")
    small.page.clock.run_for(8_000)
    many(SAVE)
    small.answers["save_many"] = SAVED
    many(SAVE)
    first, again = (sent["seconds"] for sent in small.sent("save_many"))
    assert 4 <= first <= again < 10
