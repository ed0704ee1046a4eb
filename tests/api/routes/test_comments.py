from __future__ import annotations

import pytest

from memeclip_core.records.decision import Person
from tests.factories.api import AskedOfProject
from tests.factories.projects import Work
from tests.factories.reviewed import KEY, make_reviewed, meme_id

SAVE = "comment-0001"
TALK = f"memes/{meme_id(3)}/comments"
"""Of a meme that nobody has decided."""


@pytest.fixture
def asked(tiny_studio):
    return AskedOfProject(Work(studio=make_reviewed(tiny_studio), key=KEY))


@pytest.fixture
def ann(asked):
    return AskedOfProject(asked.work, Person(name="ann", role="annotator"))


def test_a_question_is_answered_and_resolved(asked, ann):
    first = ann.post(TALK, save=SAVE, text="Is this meant?")
    assert (first["who"], first["own"], first["reviewer"]) == ("ann", True, False)
    asked.post(TALK, save=SAVE + "2", text="Yes.", thread=first["number"])
    assert ann.get("comments/counts") == {"open": 1, "answered": 1}
    [thread] = ann.get("comments", which="answered")
    assert [one["text"] for one in thread["comments"]] == ["Is this meant?", "Yes."]
    assert ann.post(f"comments/{first['number']}/resolve") is None
    talk = ann.get(TALK)
    assert talk["waits"] and talk["threads"][0]["resolved_by"] == "ann"
    assert ann.fails(f"comments/{first['number']}/resolve", {"resolved": False})[0] == 403
    assert asked.get("comments/counts") == {"open": 0, "answered": 0}


def test_another_annotator_reads_it_once_they_have_decided(asked, ann):
    ann.post(TALK, save=SAVE, text="It is hate.")
    bob = AskedOfProject(asked.work, Person(name="bob", role="annotator"))
    assert bob.get(TALK) == {"threads": [], "waits": True}
    assert bob.get("comments") == []
    bob.decide(meme_id(3))
    assert len(bob.get(TALK)["threads"]) == 1


def test_open_threads_are_found_in_lists(asked, ann):
    ann.post(TALK, save=SAVE, text="why")
    [case] = asked.get("cases", which="talked")["cases"]
    assert case["meme"]["id"] == meme_id(3)
    found = asked.post("memes/browse", filters={"state": None, "comments": True})
    assert [row["id"] for row in found["rows"]] == [meme_id(3)]


def test_what_is_sent_is_checked(asked):
    assert asked.fails(TALK, {"save": SAVE, "text": "x" * 2001})[0] == 422
    assert asked.fails(TALK, {"save": SAVE, "text": " "})[0] == 400
    assert asked.fails(TALK, {"save": SAVE, "text": "x", "thread": -1})[0] == 422
    assert asked.fails(TALK, {"save": SAVE, "text": "x", "thread": 7})[0] == 404
    assert asked.fails("comments/7/resolve", {})[0] == 404
    assert asked.fails(f"memes/{'f' * 64}/comments")[0] == 404
