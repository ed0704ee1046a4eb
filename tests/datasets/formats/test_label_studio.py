"""Tasks of Label Studio as records."""

from __future__ import annotations

import pytest

from memeclip_core.datasets.formats.label_studio import flatten_task


def say(*chosen, name="hate", **more):
    part = {
        "type": "choices",
        "from_name": name,
        "to_name": "image",
        "value": {"choices": list(chosen)},
    }
    return {"result": [part], **more}


def task(*annotations):
    data = {"image": "/data/upload/1/3f-cat.png?d=1", "text": "a cat"}
    return {"id": 7, "data": data, "annotations": list(annotations)}


@pytest.mark.parametrize(
    ("annotations", "hate"),
    [
        ([say("Hate")], "Hate"),
        ([say("Hate"), say("No Hate"), say("No Hate")], "No Hate"),
        ([say("Hate"), say("No Hate")], None),  # even
        ([say("Hate"), say("No Hate", ground_truth=True), say("Hate")], "No Hate"),
        ([say("Hate", was_cancelled=True)], None),
        ([say("b", "a")], ["a", "b"]),
        ([], None),
    ],
)
def test_what_most_people_chose_or_the_truth_is_the_answer(annotations, hate):
    found = flatten_task(task(*annotations))
    assert (found["image"], found["text"], found.get("hate")) == ("3f-cat.png", "a cat", hate)


@pytest.mark.parametrize(
    "other", ["no object", {"image": "a.png"}, {"data": [1]}, {"data": {"image": "a.png"}}]
)
def test_other_records_stay_as_they_are(other):
    assert flatten_task(other) == other


def test_damaged_parts_are_passed_over():
    broken = {"result": ["x", {"type": "choices", "value": 3}, {"type": "rectangle"}]}
    assert "hate" not in flatten_task(task(broken, "x", say("Hate", was_cancelled=True)))
