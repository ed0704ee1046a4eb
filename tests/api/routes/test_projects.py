from __future__ import annotations

import pytest

from memeclip_core.records.decision import Person
from tests.factories.api import Asked
from tests.factories.projects import make_project

WORDS = "Look at the **whole** meme."


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
    assert asked.fails("/projects/dogs") == (404, "There is no project 'dogs'. Projects: colours.")
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
