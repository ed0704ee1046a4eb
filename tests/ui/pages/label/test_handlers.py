"""The endpoints behind the page Label: called directly, and as anybody could over HTTP."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import replace

import pytest

from memeclip_core.api.problems import NEUTRAL
from memeclip_core.errors import InputError, OtherPerson, RateLimited, StoreError
from memeclip_core.records.decision import Person
from memeclip_core.ui.pages.label.handlers import OnLabel, render_error
from memeclip_core.ui.pages.label.payload import Payload
from tests.factories.browser import SERVER_MARKS
from tests.factories.people import add_user
from tests.factories.projects import Work, make_project
from tests.factories.serving import Served, launching
from tests.factories.studios import build_tiny_studio

pytestmark = SERVER_MARKS

ME = Person(name="local", role="admin")
KEY = "colours"
LABELS = {"hate": ["No Hate"], "stance": ["Neutral"], "humour": ["Humour"]}


class Caller:
    """The endpoints as the page's script sees them, without a server."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.on = OnLabel(work.studio)

    def __call__(self, verb: str, who: Person = ME, **sent):
        # What is answered must be JSON, whatever the service handed out.
        return json.loads(json.dumps(self.on.verbs[verb](who, Payload(sent))))


@pytest.fixture
def call(tiny_studio, tmp_path):
    return Caller(make_project(tiny_studio, tmp_path / "pictures", count=5))


def decision(meme: str, **more):
    given = {"save": "save-0001", "labels": LABELS, "version": 1, "seconds": 2.5, "shown": False}
    return {"project": KEY, "meme": meme, **given, **more}


def test_projects_and_their_questions(call):
    answer = call("projects")
    assert answer["who"] == {"name": "local", "role": "admin"}
    assert answer["projects"] == [{"key": KEY, "title": KEY}]
    project = call("project", project=KEY)
    assert [task["key"] for task in project["tasks"]] == ["hate", "target", "stance", "humour"]
    assert project["tasks"][1]["applies"] == {"task": "hate", "labels": ["Hate"]}
    assert project["reviews"] is True
    assert project["models"] == ["pridemm-fake"]


def test_a_closed_project_gives_nothing_out_and_takes_what_was_begun(call):
    first = call("next", project=KEY, client="tab")["items"][0]["id"]
    call.work.studio.projects.change(ME, KEY, closed=True)
    assert call("projects")["projects"] == []
    with pytest.raises(InputError, match="“colours” is closed"):
        call("next", project=KEY, client="tab")
    call("save", **decision(first))
    assert call.work.decided() == [first]
    call.work.studio.projects.change(ME, KEY, closed=False)
    assert len(call("next", project=KEY, client="tab")["items"]) == 3


def test_memes_come_with_suggestions_and_the_same_ones_again(call):
    first = call("next", project=KEY, client="tab", count=3)
    assert [item["id"] for item in first["items"]] == call.work.ids()[:3]
    assert first["counts"]["pending"] == 5
    assert set(first["items"][0]["suggestions"]) == {"hate", "target", "stance", "humour"}
    again = call("next", project=KEY, client="tab", count=4)
    assert [item["id"] for item in again["items"]] == call.work.ids()[:4]
    other = call("next", project=KEY, client="other", count=4)
    assert [item["id"] for item in other["items"]] == call.work.ids()[4:]
    call("release", project=KEY, client="tab")
    free = call("next", project=KEY, client="other", count=5)
    assert len(free["items"]) == 5


def test_a_decision_is_saved_once_and_can_be_taken_back(call):
    meme = call.work.ids()[0]
    saved = call("save", **decision(meme))
    assert (saved["rows"], saved["counts"]["done"], saved["conflict"]) == (3, 1, "")
    again = call("save", **decision(meme))
    assert (again["rows"], again["time"]) == (0, saved["time"])
    assert call.work.decided() == [meme]
    assert {row["seconds"] for row in call.work.rows("label")} == {"2.5"}
    assert [one["meme"] for one in saved["recent"]] == [meme]
    [entry] = call("history", project=KEY, meme=meme)["entries"]
    assert (entry["who"], entry["verdict"]) == ("local", "unaided")
    undone = call("undo", project=KEY, client="tab")
    assert (undone["meme"], undone["counts"]["done"], undone["recent"]) == (meme, 0, [])


def test_drafts_skips_flags_and_many_at_once(call):
    one, two, three, four, five = call.work.ids()
    draft = {"save": "draft-001", "labels": {"hate": ["Hate"]}}
    assert call("draft", **decision(one, **draft))["counts"]["draft"] == 1
    opened = call("open", project=KEY, meme=one, client="tab")["item"]
    assert (opened["state"], opened["labels"]) == ("draft", {"hate": ["Hate"]})
    skip = call("skip", project=KEY, save="skip-0001", meme=two, reason="blurred")
    assert skip["counts"]["skipped"] == 1
    flag = {"project": KEY, "meme": three, "reason": "odd"}
    assert call("flag", save="flag-0001", on=True, **flag)["counts"]["flagged"] == 1
    assert call("flag", save="flag-0002", on=False, **flag)["counts"]["flagged"] == 0
    many = call(
        "save_many", project=KEY, save="bulk-0001", memes=[three, four, five], labels=LABELS,
        version=1,
    )  # fmt: skip
    assert (many["memes"], many["refused"]) == ([three, four, five], {})
    assert call("counts", project=KEY)["counts"]["done"] == 3
    assert [row["id"] for row in browse(call, state="skipped")] == [two]
    assert [row["id"] for row in browse(call, state="done")] == [three, four, five]
    assert len(call("undo", project=KEY)["memes"]) == 3


def test_filters_by_label_model_and_text_reach_the_queue(call):
    hate = {item["id"]: item["suggestions"]["hate"]["labels"] for item in first(call, 5)}
    for name in ("Hate", "No Hate"):
        found = [row["id"] for row in browse(call, label=["hate", name], model="pridemm-fake")]
        assert found == [meme for meme, labels in hate.items() if labels == [name]][:3]
    assert [row["filename"] for row in browse(call, text="03.PNG")] == ["03.png"]
    with pytest.raises(InputError, match="Nothing is predicted by 'other'"):
        browse(call, model="other")


def first(call, count):
    return call("next", project=KEY, client="tab", count=count)["items"]


def browse(call, **filters):
    return call("browse", project=KEY, filters=filters, size=3)["rows"]


def test_pictures_come_by_id_and_small_ones_are_made_once(call, monkeypatch):
    meme = call.work.ids()[0]
    assert call("preview", project=KEY, meme=meme)["image"].startswith("data:image/webp;base64,")
    first = call("thumbs", project=KEY, memes=[meme])["images"][meme]
    monkeypatch.setattr("memeclip_core.ui.pages.label.views.render_thumb", lambda _: "made again")
    assert call("thumbs", project=KEY, memes=[meme])["images"][meme] == first
    with pytest.raises(InputError, match="1 to 60"):
        call("thumbs", project=KEY, memes=[meme] * 61)


def test_an_error_says_whether_trying_again_helps():
    assert render_error(StoreError("The disk is full.")) == {
        "error": "The disk is full.", "again": True, "other": False, "ours": True,
    }  # fmt: skip
    assert render_error(RateLimited("Wait 2 seconds."))["again"] is True
    assert render_error(InputError("No such meme."))["again"] is False
    assert render_error(OtherPerson("Somebody else."))["other"] is True
    assert render_error(RuntimeError("secret words")) == {
        "error": NEUTRAL, "again": False, "other": False, "ours": False,
    }  # fmt: skip


@pytest.fixture
def served(tiny_settings, tmp_path, uploads):
    users = tmp_path / "users.yaml"
    for name, role in (("root", "admin"), ("ann", "annotator")):
        add_user(users, name=name, role=role, password=f"{name} has a password")
    studio = build_tiny_studio(replace(tiny_settings, auth=users))
    work = make_project(studio, tmp_path / "pictures", count=2)
    with launching(studio) as app:
        running = Served(studio, app)
        running.work = work
        yield running


def post(served: Served, verb: str, sent: object, cookie: str = ""):
    request = urllib.request.Request(
        f"{served.url}/gradio_api/run/label_{verb}",
        data=json.dumps({"data": [sent]}).encode(),
        headers={"Content-Type": "application/json", **({"Cookie": cookie} if cookie else {})},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.loads(answer.read())["data"][0]


def test_over_http_everybody_is_who_signed_in_and_no_more(served):
    ann = served.sign_in("ann", "ann has a password")
    answer = post(served, "next", {"project": KEY, "client": "tab", "count": 2}, ann)
    meme = answer["items"][0]["id"]
    assert post(served, "save", decision(meme), ann)["rows"] == 3
    assert {row["annotator"] for row in served.work.rows("label")} == {"ann"}

    with pytest.raises(urllib.error.HTTPError, match="401"):
        post(served, "next", {"project": KEY, "client": "tab"})


def test_over_http_a_visitor_is_refused_everything(tiny_settings, uploads):
    studio = build_tiny_studio(replace(tiny_settings, host="0.0.0.0"))
    sent = {
        **decision("a" * 64), "client": "tab", "memes": ["a" * 64], "on": True, "reason": "why",
    }  # fmt: skip
    verbs = set(OnLabel(studio).verbs) - {"ping"}
    assert len(verbs) == 17
    with launching(studio) as app:
        running = Served(studio, app)
        for verb in verbs:
            assert "You cannot" in post(running, verb, sent)["error"], verb
    assert Work(studio=studio, key=KEY).rows() == []


def test_over_http_nonsense_is_answered_with_a_sentence(served):
    ann = served.sign_in("ann", "ann has a password")
    for verb, sent in (
        ("next", None),
        ("next", [1]),
        ("open", {"project": KEY, "meme": "../../etc/passwd", "client": "tab"}),
        ("preview", {"project": "../..", "meme": "a" * 64}),
        ("save", {"project": KEY, "meme": "a" * 64, "save": "x", "labels": {}}),
        ("browse", {"project": KEY, "page": -1}),
        ("history", {"project": "nowhere", "meme": "a" * 64}),
    ):
        said = post(served, verb, sent, ann)
        assert said["error"].endswith((".", ")")), (verb, said)
        assert said["ours"] is True and said["again"] is False, (verb, said)
    assert served.work.rows() == []
