"""Soft labels, Label Studio's JSON and work by the week, as they are exported and read back."""

from __future__ import annotations

import csv
import io
import json

import pytest

from memeclip_core.errors import PermissionDenied
from memeclip_core.records.decision import Person
from tests.factories.projects import decide, import_all, make_cats, wait_for
from tests.factories.services import HATE, NO_HATE

PEOPLE = [Person(name=name, role="admin") for name in ("ann", "ben", "cyd")]


@pytest.fixture
def studio(tiny_studio, tmp_path):
    make_cats(tiny_studio, tmp_path / "in", 3, overlap=3)
    for place, answers in enumerate([(HATE, NO_HATE, NO_HATE), (HATE, HATE)]):
        for person, answer in zip(PEOPLE, answers, strict=False):
            decide(tiny_studio, place, answer, person)
    return tiny_studio


def read(studio, tmp_path, format):
    who = studio.owner()
    job = wait_for(studio, "cats", studio.projects.start_export(who, "cats", format))
    assert job.state == "done", job.reason
    return studio.projects.export_file(who, "cats", job.id, tmp_path / "out")


def lines(path):
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline="")))


def test_soft_labels_are_the_shares_of_people(studio, tmp_path):
    decide(studio, 0, HATE, PEOPLE[0], action="adjudicate")  # which is no vote
    found = lines(read(studio, tmp_path, "soft-labels"))
    assert [line["name"] for line in found] == ["00000.png", "00001.png"]
    hate = [(line["hate.people"], line["hate.0"], line["hate.1"]) for line in found]
    assert hate == [("3", "0.6667", "0.3333"), ("2", "0.0000", "1.0000")]


def test_what_label_studio_takes_is_read_back_with_the_same_labels(studio, tmp_path):
    path = read(studio, tmp_path, "label-studio")
    tasks = json.loads(path.read_text("utf-8"))
    assert [task["data"]["image"] for task in tasks] == ["00000.png", "00001.png"]
    first = tasks[0]["annotations"]
    assert [one["completed_by"]["email"] for one in first] == ["ann", "ben", "cyd"]
    assert {part["type"] for one in first for part in one["result"]} == {"choices"}
    studio.projects.create(studio.owner(), key="dogs", title="Dogs", task_set="pridemm")
    job = import_all(studio, "dogs", path, images=tmp_path / "in")
    assert (job.state, job.counts["added"]) == ("done", 2), job.reason
    back = studio.projects._store.memes("dogs").rows
    assert [meme.given["hate"] for meme in back] == [("No Hate",), ("Hate",)]


def test_work_is_counted_by_person_and_week(studio, tmp_path):
    decide(studio, 0, NO_HATE, PEOPLE[0])  # anew: two decisions, one meme
    found = lines(read(studio, tmp_path, "work"))
    assert [(line["person"], line["memes"], line["decisions"]) for line in found] == [
        ("ann", "2", "3"), ("ben", "2", "2"), ("cyd", "1", "1"),
    ]  # fmt: skip
    assert list(found[0]) == ["person", "week", "memes", "decisions", "minutes"]


def test_only_reviewers_take_it_home(studio):
    ann = Person(name="ann", role="annotator")
    for format in ("soft-labels", "label-studio", "work"):
        with pytest.raises(PermissionDenied):
            studio.projects.start_export(ann, "cats", format)
