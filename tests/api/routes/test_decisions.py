from __future__ import annotations

import pytest

from memeclip_core.errors import StoreError
from tests.factories.api import LABELS, AskedOfProject, decision
from tests.factories.projects import make_project


@pytest.fixture
def asked(tiny_studio, tmp_path):
    return AskedOfProject(make_project(tiny_studio, tmp_path / "pictures", count=5))


@pytest.mark.parametrize("seconds", [-4, 1e12])
def test_a_look_that_cannot_be_is_taken_for_unknown(asked, seconds):
    asked.decide(asked.work.ids()[0], seconds=seconds)
    assert {row["seconds"] for row in asked.work.rows("label")} == {""}


def test_a_decision_is_saved_once_and_can_be_taken_back(asked):
    meme = asked.work.ids()[0]
    first = asked.decide(meme, seconds=2.5)
    saved, recent = first["saved"], first["recent"]
    assert (saved["receipt"]["rows"], saved["counts"]["done"], saved["conflict"]) == (3, 1, "")
    again = asked.decide(meme, seconds=2.5)["saved"]["receipt"]
    assert (again["rows"], again["time"]) == (0, saved["receipt"]["time"])
    assert asked.work.decided() == [meme]
    assert {row["seconds"] for row in asked.work.rows("label")} == {"2.5"}
    assert [one["meme"] for one in recent] == [meme]
    other = asked.work.ids()[1]
    asked.decide(other, save="save-0002")
    for _ in range(2):
        undone = asked.post("undo", client="tab", undo="undo-0001")
        assert undone["undone"]["meme"] == other
        assert undone["undone"]["counts"]["done"] == 1
    undone = asked.post("undo", client="tab")
    assert (undone["undone"]["meme"], undone["recent"]) == (meme, [])
    assert undone["undone"]["counts"]["done"] == 0
    assert asked.fails("undo", {})[0] == 400


def test_drafts_skips_flags_and_many_at_once(asked):
    one, two, three, four, five = asked.work.ids()
    drafted = asked.post("drafts", **decision(one, save="draft-001", labels={"hate": ["Hate"]}))
    assert drafted["saved"]["counts"]["draft"] == 1
    opened = asked.post("queue/open", meme=one, client="tab")
    assert (opened["state"], opened["labels"]) == ("draft", {"hate": ["Hate"]})
    skipped = asked.post("skips", save="skip-0001", meme=two, reason="blurred")
    assert skipped["saved"]["counts"]["skipped"] == 1
    flag = {"meme": three, "reason": "odd"}
    on = asked.post("flags", save="flag-0001", on=True, **flag)
    off = asked.post("flags", save="flag-0002", on=False, **flag)
    assert [one["saved"]["counts"]["flagged"] for one in (on, off)] == [1, 0]
    row = asked.post("memes/browse", size=1)["rows"][0]
    seen = {"seconds": 0.5, "shown": True, "model": row["model"]}
    sent = {"save": "bulk-0001", "memes": [three, four, five], "labels": LABELS, "version": 1}
    many = asked.post("decisions/many", **sent, **seen)["saved"]
    assert (many["memes"], many["refused"]) == ([three, four, five], {})
    rows = asked.work.rows("label")
    assert {(row["model"], row["seconds"]) for row in rows} == {("pridemm-fake", "0.5")}
    assert {row["verdict"] for row in rows} <= {"confirmed", "corrected"}
    assert asked.get("queue/counts")["done"] == 3
    for state, memes in (("skipped", [two]), ("done", [three, four, five])):
        rows = asked.post("memes/browse", filters={"state": state})["rows"]
        assert [row["id"] for row in rows] == memes
    assert len(asked.post("undo")["undone"]["memes"]) == 3


def test_what_the_label_set_does_not_have_is_refused_and_not_saved(asked):
    meme = asked.work.ids()[0]
    code, said = asked.fails("decisions", decision(meme, labels={"hate": ["Perhaps"]}))
    assert (code, "Perhaps" in said) == (400, True)
    assert asked.work.rows() == []


def test_a_disk_that_refuses_is_worth_another_try(asked, monkeypatch):
    def refuse(*_: object) -> None:
        raise StoreError("/srv/home/corrections.csv could not be written: the disk is full.")

    monkeypatch.setattr(asked.studio.queue, "save", lambda *_, **__: refuse())
    answer = asked.fails("decisions", decision(asked.work.ids()[0]))
    assert answer == (503, "corrections.csv could not be written: the disk is full.")
