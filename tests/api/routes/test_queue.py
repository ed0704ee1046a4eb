from __future__ import annotations

from datetime import UTC, datetime

import pytest

from memeclip_core.records.decision import Person
from tests.factories.api import AskedOfProject, decision
from tests.factories.projects import make_project


@pytest.fixture
def asked(tiny_studio, tmp_path):
    return AskedOfProject(make_project(tiny_studio, tmp_path / "pictures", count=5))


def give(asked, **sent):
    return [item["meme"]["id"] for item in asked.post("queue/next", **sent)["items"]]


def browse(asked, **filters):
    return asked.post("memes/browse", filters=filters, size=3)["rows"]


def test_memes_come_with_suggestions_and_the_same_ones_again(asked):
    ids = asked.work.ids()
    first = asked.post("queue/next", client="tab", count=3)
    assert [item["meme"]["id"] for item in first["items"]] == ids[:3]
    assert (first["counts"]["pending"], first["version"], first["held"]["own"]) == (5, 1, 0)
    item = first["items"][0]
    assert set(item["suggestions"]) == {"hate", "target", "stance", "humour"}
    assert datetime.fromisoformat(item["lease_until"]) > datetime.now(UTC)
    assert give(asked, client="tab", count=4) == ids[:4]
    assert give(asked, client="other", count=4) == ids[4:]
    assert asked.post("queue/next", client="third")["held"]["own"] == 5
    assert asked.post("queue/held", client="third")["own"] == 5
    assert asked.post("queue/release", client="tab") is None
    assert len(give(asked, client="other", count=5)) == 5
    asked.post("queue/release", everywhere=True)
    assert len(give(asked, client="third", count=5)) == 5


def test_a_meme_never_tells_what_its_import_said(asked):
    meme = asked.post("queue/next", client="tab")["items"][0]["meme"]
    assert (meme["given"], meme["gold"]) == ({}, False)


def test_a_hidden_suggestion_is_not_answered(tiny_studio, tmp_path):
    work = make_project(tiny_studio, tmp_path / "pictures", count=1, hidden_share=1.0)
    item = AskedOfProject(work).post("queue/next", client="tab")["items"][0]
    assert (item["hidden"], item["suggestions"], item["model"]) == (True, {}, "")


def test_a_closed_project_gives_nothing_out(asked):
    meme = give(asked, client="tab")[0]
    asked.studio.projects.change(asked.work.admin, asked.work.key, closed=True)
    code, said = asked.fails("queue/next", {"client": "tab"})
    assert (code, "“colours” is closed" in said) == (400, True)
    assert asked.decide(meme)["saved"]["memes"] == [meme]


def test_one_meme_is_opened_kept_and_told_about(asked):
    meme = asked.work.ids()[2]
    opened = asked.post("queue/open", meme=meme, client="tab")
    assert (opened["meme"]["id"], opened["position"], opened["state"]) == (meme, 3, "pending")
    asked.decide(meme, seconds=2.5)
    [entry] = asked.get(f"memes/{meme}/history")
    assert (entry["who"], entry["verdict"], entry["seconds"]) == ("local", "unaided", 2.5)
    assert [one["meme"] for one in asked.get("queue/recent")] == [meme]
    assert asked.get("queue/counts")["done"] == 1
    assert asked.fails(f"memes/{'f' * 64}/history")[0] == 404
    assert asked.fails("memes/..%2Fx/history")[0] in (404, 422)
    assert asked.fails("queue/recent?limit=0")[0] == 422


def test_others_see_of_a_meme_what_they_may(asked):
    meme = asked.work.ids()[0]
    asked.studio.projects.change(asked.work.admin, asked.work.key, overlap=2)
    asked.decide(meme)
    ann = AskedOfProject(asked.work, Person(name="ann", role="annotator"))
    assert ann.get(f"memes/{meme}/history") == []
    assert ann.fails("memes/browse", {"filters": {"annotator": "local"}})[0] == 403


def test_filters_by_label_model_and_text_reach_the_queue(asked):
    items = asked.post("queue/next", client="tab", count=5)["items"]
    hate = {item["meme"]["id"]: item["suggestions"]["hate"]["labels"] for item in items}
    for name in ("Hate", "No Hate"):
        found = [row["id"] for row in browse(asked, label=["hate", name], model="pridemm-fake")]
        assert found == [meme for meme, labels in hate.items() if labels == [name]][:3]
    assert [row["filename"] for row in browse(asked, text="03.PNG")] == ["03.png"]
    assert [row["has_image"] for row in browse(asked, state=None)] == [True] * 3
    code, said = asked.fails("memes/browse", {"filters": {"model": "other"}})
    assert (code, said[:30]) == (400, "Nothing is predicted by 'other'"[:30])


def test_a_decision_of_an_older_page_is_refused_by_name(asked):
    assert asked.fails("decisions", {**decision("a" * 64), "project": "x"})[0] == 422
