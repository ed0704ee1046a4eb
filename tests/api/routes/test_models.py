from __future__ import annotations

import pytest

from tests.factories.api import Asked


@pytest.fixture
def asked(tiny_studio):
    return Asked(tiny_studio)


def test_label_sets_are_told_with_their_questions(asked):
    found = {tasks["key"]: tasks for tasks in asked.get("/task-sets")}
    assert list(found) == ["pridemm", "propaganda"]
    hate, target = found["pridemm"]["tasks"][:2]
    assert [label["name"] for label in hate["labels"]] == ["No Hate", "Hate"]
    assert target["applies"] == {"task": "hate", "labels": ["Hate"]}


def test_the_models_of_a_label_set_and_the_one_that_answers(asked):
    found = asked.get("/models", task_set="pridemm")
    assert [(one["version"], one["state"]) for one in found] == [("pridemm-fake", "active")]
    assert asked.get("/models/active", task_set="pridemm")["version"] == "pridemm-fake"
    assert asked.fails("/models?task_set=none")[0] == 400
    assert asked.fails("/models")[0] == 422
