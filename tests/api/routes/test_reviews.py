from __future__ import annotations

import pytest

from memeclip_core.records.decision import Person
from tests.factories.api import AskedOfProject
from tests.factories.projects import Work
from tests.factories.reviewed import KEY, NO, YES, make_reviewed, meme_id

SAVE = "review-00000001"


@pytest.fixture
def asked(tiny_studio):
    return AskedOfProject(Work(studio=make_reviewed(tiny_studio), key=KEY))


def test_disputes_are_listed_and_opened_without_names_unless_asked(asked):
    page = asked.get("cases")
    assert page["total"] == 2
    assert [case["meme"]["id"] for case in page["cases"]] == [meme_id(1), meme_id(2)]
    names = [vote["name"] for vote in asked.get(f"cases/{meme_id(1)}")["votes"]]
    assert sorted(names) == ["Annotator A", "Annotator B"]
    shown = asked.get(f"cases/{meme_id(1)}", blind=False)
    assert {vote["name"] for vote in shown["votes"]} == {"ann", "bob"}
    assert shown["differ"] == ["hate", "stance"]
    assert asked.fails("cases?which=secret")[0] == 422
    assert asked.fails(f"cases/{'f' * 64}")[0] == 404


def test_a_meme_is_decided_for_all_once(asked):
    sent = {"save": SAVE, "labels": {task: list(names) for task, names in YES.items()}}
    path = f"cases/{meme_id(1)}/adjudicate"
    assert asked.post(path, version=1, seconds=3, **sent)["rows"] == 4
    assert asked.post(path, version=1, seconds=3, **sent)["rows"] == 0
    [case] = asked.get("cases", which="adjudicated")["cases"]
    assert (case["meme"]["id"], case["adjudicated"]["labels"]) == (meme_id(1), sent["labels"])
    assert asked.fails(path, sent)[0] == 422


def test_a_decision_is_sent_back_by_its_letter(asked):
    votes = asked.get(f"cases/{meme_id(1)}")["votes"]
    letter = next(vote["name"] for vote in votes if vote["labels"].get("hate") == list(NO["hate"]))
    path = f"cases/{meme_id(1)}/send-back"
    assert asked.fails(path, {"save": SAVE, "annotator": letter, "reason": " "})[0] == 400
    assert asked.post(path, save=SAVE, annotator=letter, reason="read it aloud")["rows"] == 1
    left = asked.get(f"cases/{meme_id(1)}", blind=False)["votes"]
    assert [vote["name"] for vote in left] == ["ann"]


def test_flags_are_taken_off_with_a_reason(asked):
    asked.post("flags", save="flag-0001", meme=meme_id(0), on=True, reason="odd")
    assert asked.get("cases", which="flagged")["total"] == 1
    asked.post(f"cases/{meme_id(0)}/resolve", save=SAVE, reason="it is fine")
    assert asked.get("cases", which="flagged")["total"] == 0
    code, said = asked.fails(f"cases/{meme_id(0)}/resolve", {"save": SAVE + "1", "reason": "x"})
    assert (code, said) == (400, "No flag on this meme is open any more.")


def test_an_annotator_decides_for_nobody(asked):
    ann = AskedOfProject(asked.work, Person(name="ann", role="annotator"))
    assert ann.fails("cases")[0] == ann.fails(f"cases/{meme_id(1)}")[0] == 403
