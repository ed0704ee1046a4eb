from __future__ import annotations

import json
from dataclasses import replace

import pytest

from memeclip_core.errors import NotFound
from memeclip_core.records.decision import Person
from tests.factories.api import Asked
from tests.factories.projects import make_project, wait_for

NONE = "There is no project '{}'. Choose one that is in the list of projects."
WORDS = "Look at the **whole** meme."
GOLD = {"hate": ("No Hate",), "stance": ("Neutral",), "humour": ("No Humour",)}


@pytest.fixture
def work(tiny_studio, tmp_path):
    return make_project(tiny_studio, tmp_path / "pictures", count=2, guidelines=WORDS)


def test_projects_and_their_questions(work):
    asked = Asked(work.studio)
    assert "tasks" not in asked.get("/projects")[0]
    assert [(one["key"], one["closed"]) for one in asked.get("/projects")] == [("colours", False)]
    found = asked.get("/projects/colours")
    assert (found["reviews"], found["models"]) == (True, ["pridemm-fake"])
    assert found["guidelines"] == "<p>Look at the <strong>whole</strong> meme.</p>\n"
    tasks = found["project"]["tasks"]["tasks"]
    assert [task["key"] for task in tasks] == ["hate", "target", "stance", "humour"]
    assert tasks[1]["applies"] == {"task": "hate", "labels": ["Hate"]}
    annotator = Asked(work.studio, Person(name="ann", role="annotator"))
    assert annotator.get("/projects/colours")["reviews"] is False


def test_how_far_a_project_is(work):
    asked = Asked(work.studio)
    facts = asked.get("/projects/colours/facts")
    assert (facts["memes"], facts["decided"], "jobs" in facts) == (2, 0, False)
    assert asked.fails("/projects/dogs/facts")[0] == 404
    assert asked.fails("/projects/dogs") == (404, NONE.format("dogs"))
    assert asked.fails("/projects/..%2F..")[0] == 404


def test_the_demo_is_made_once_and_removed(work):
    asked = Asked(work.studio)
    made = asked.post("/projects/demo")
    assert made["title"].startswith("Demo:") and "tasks" not in made
    assert asked.post("/projects/demo")["key"] == made["key"]
    assert asked.post("/projects/demo/remove") is None
    assert [one["key"] for one in asked.get("/projects")] == ["colours"]
    assert asked.fails("/projects/demo/remove", {})[0] == 400
    annotator = Asked(work.studio, Person(name="ann", role="annotator"))
    assert annotator.fails("/projects/demo", {})[0] == 403


def test_what_another_model_says_is_brought_in_and_shown(work):
    asked = Asked(work.studio)
    path, name = "/projects/colours/suggestions", "gpt (brought in)"
    file = {"file": ("gpt.csv", b"name,hate,hate.probability\n00.png,1,0.9\n")}
    (told,) = asked.client.post(path, files=file, data={"model": "gpt"}).json()
    assert told == {"model": name, "memes": 1, "total": 2, "tasks": ["hate"]}
    assert asked.get("/projects/colours")["models"] == [name, "pridemm-fake"]
    assert asked.post(f"{path}/shown", model="gpt") is None
    assert asked.get("/projects/colours")["shown"] == name
    assert asked.fails(f"{path}/shown", {"model": "other"})[0] == 400
    bad = asked.client.post(path, files={"file": ("a.csv", b"name,hate\nnobody.png,1\n")})
    assert bad.status_code == 400 and "project's names" in bad.json()["detail"]
    annotator = Asked(work.studio, Person(name="ann", role="annotator"))
    assert annotator.client.post(path, files=file).status_code == 403


def test_a_team_is_changed_and_memes_are_assigned(work):
    asked, people = Asked(work.studio), {"people": ["ann", "bob"]}
    members = asked.post("/projects/colours/members", add=["bob"], quotas={"ann": 5})
    assert [(one["person"], one["quota"]) for one in members] == [("ann", 5), ("bob", 0)]
    done = asked.post("/projects/colours/assignments", **people, percent=100)
    assert (done["memes"], sorted(done["people"].values())) == (2, [1, 1])
    assert [one["assigned"] for one in asked.get("/projects/colours/members")] == [1, 1]
    assert asked.post("/projects/colours/assignments/remove", **people) == {"memes": 2}
    left = asked.post("/projects/colours/members", remove=["bob"])
    assert [one["person"] for one in left] == ["ann"]
    assert asked.fails("/projects/colours/assignments", {"people": []})[0] == 422


def test_to_others_than_its_members_a_project_does_not_exist(work):
    studio, root = work.studio, work.studio.owner()
    studio.team.change(root, "colours", add=["ann"])
    studio.projects.change(root, "colours", members_only=True)
    meme = studio.queue.browse(root, "colours", size=1).rows[0]
    stranger = Asked(studio, Person(name="bob", role="reviewer"))
    member = Asked(studio, Person(name="ann", role="annotator"))
    assert member.get("/projects/colours/facts")["memes"] == 2
    (line,) = member.get("/projects")
    assert (line["key"], line["members_only"]) == ("colours", True)
    assert stranger.get("/projects") == []
    assert [one["project"] for one in stranger.get("/explore/collections")] == []
    own, picture = f"memes/{meme.id}", "0" * 64
    for path in (
        "", "/facts", "/cases", f"/cases/{meme.id}",
        "/queue/counts", "/queue/recent", f"/{own}/history", f"/{own}/picture", "/jobs",
        f"/guidelines/{picture}",
    ):  # fmt: skip
        assert stranger.fails(f"/projects/colours{path}") == (404, NONE.format("colours")), path
    assert stranger.fails("/explore/project:colours")[0] == 404
    for path, sent in (
        ("/queue/next", {"client": "tab"}),
        ("/memes/browse", {}),
        ("/exports", {"format": "csv"}),
    ):
        refused = stranger.fails(f"/projects/colours{path}", sent)
        assert refused == (404, NONE.format("colours")), path
    for call in (studio.review.dashboard, studio.review.agreement, studio.review.quality):
        with pytest.raises(NotFound, match="no project 'colours'"):
            call(Person(name="bob", role="reviewer"), "colours")


def test_a_project_is_duplicated(work):
    asked = Asked(work.studio)
    made = asked.post("/projects/colours/duplicate", key="shades", title="Shades")
    assert (made["key"], made["title"]) == ("shades", "Shades")
    assert asked.get("/projects/shades/facts")["memes"] == 2
    assert asked.fails("/projects/colours/duplicate", {"key": "shades"})[0] == 400
    reviewer = Asked(work.studio, Person(name="rev", role="reviewer"))
    assert reviewer.fails("/projects/colours/duplicate", {"key": "tones"})[0] == 403


def test_a_project_is_deleted_once_everything_is_exported(work):
    asked, path = Asked(work.studio), "/projects/colours"
    found = asked.get(f"{path}/contents")
    assert (found["memes"], found["pictures"], found["export"]) == (2, 2, "")
    code, said = asked.fails(f"{path}/remove?confirm=colours", {})
    assert code == 400 and "Export everything" in said
    job = wait_for(work.studio, "colours", start_whole(asked, path))
    assert asked.get(f"{path}/contents")["export"] == job.id
    assert asked.client.get(f"{path}/jobs/{job.id}/file").content[:2] == b"PK"
    for confirm in ("", "?confirm=shades"):
        code, said = asked.fails(f"{path}/remove{confirm}", {})
        assert code == 400 and "Write the key" in said
    for role in ("visitor", "annotator", "reviewer"):
        other = Asked(work.studio, Person(name="ann", role=role))
        assert other.fails(f"{path}/remove?confirm=colours", {})[0] == 403
        assert other.fails(f"{path}/contents")[0] == 403
    gone = asked.post(f"{path}/remove?confirm=colours")
    assert (gone["memes"], gone["left"]) == (2, False)
    assert asked.get("/projects") == [] and asked.fails(path)[0] == 404
    assert asked.fails(f"{path}/remove?confirm=colours", {})[0] == 404


def start_whole(asked, path):
    made = asked.post(f"{path}/exports", format="everything")
    return asked.studio.projects.job(asked.studio.owner(), "colours", made["id"])


def test_nothing_of_the_gold_is_told_before_the_answer(work):
    studio, root = work.studio, work.studio.owner()
    memes = [
        replace(studio.projects._store.memes("colours").rows[number], given=GOLD, gold=True)
        for number in range(2)
    ]
    studio.projects._store.add("colours", memes)
    studio.projects.change(root, "colours", qualify=1, qualify_tries=2)
    (line,) = Asked(studio).get("/projects")
    assert [line[rule] for rule in ("qualify", "qualify_share", "qualify_tries")] == [1, 0.8, 2]
    ann = Asked(studio, Person(name="ann", role="annotator"))
    given = ann.post("/projects/colours/queue/next", client="t")
    (item,) = given["items"]
    assert item["qualifies"] and item["meme"]["given"] == {} and item["meme"]["gold"] is False
    assert given["counts"]["round"]["memes"] == 1
    labels = {"hate": ["No Hate"], "stance": ["Support"], "humour": ["Humour"]}
    sent = {"save": "save-0001", "meme": item["meme"]["id"], "labels": labels, "version": 1}
    for path in ("", "/facts", "/queue/counts", "/queue/recent", f"/memes/{sent['meme']}/history"):
        said = json.dumps(ann.get(f"/projects/colours{path}"))
        assert '"right"' not in said and '"given": {"hate"' not in said
    assert ann.fails("/projects/colours/skips", {**sent})[0] == 422
    saved = ann.post("/projects/colours/decisions", **sent, qualifies=True)["saved"]
    assert [one["right"] for one in saved["feedback"]["answers"]] == [True, False, False]
    assert (saved["feedback"]["state"], saved["feedback"]["left"]) == ("failed", 1)
    assert ann.post("/projects/colours/decisions", **sent)["saved"]["feedback"] == saved["feedback"]
    assert work.rows() == []
    for path in ("", "/pass", "/reset"):
        assert ann.client.request(
            "POST" if path else "GET", f"/projects/colours/qualification{path}",
            json={"people": ["ann"]} if path else None,
        ).status_code == 403  # fmt: skip
    asked = Asked(studio)
    (one,) = asked.get("/projects/colours/qualification")
    assert (one["person"], one["tries"], one["hits"], one["asked"]) == ("ann", 1, 1, 3)
    (one,) = asked.post("/projects/colours/qualification/pass", people=["ann"])
    assert one["state"] == "passed"
    assert not ann.post("/projects/colours/queue/next", client="t")["items"][0]["qualifies"]
    (one,) = asked.post("/projects/colours/qualification/reset", people=["ann"])
    assert one["state"] == "open"
