"""Soft labels, Label Studio's JSON and work by the week, as they are exported and read back."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from memeclip_core.annotation.decisions.history import History
from memeclip_core.annotation.decisions.queries import select_memes
from memeclip_core.annotation.exchange.export_rows import label_column
from memeclip_core.annotation.exchange.taken_home import TAKEN_HOME
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
    assert [task["id"] for task in tasks] == [1, 2]  # which its own converter needs
    assert {part["type"] for one in first for part in one["result"]} == {"choices"}
    studio.projects.create(studio.owner(), key="dogs", title="Dogs", task_set="pridemm")
    job = import_all(studio, "dogs", path, images=tmp_path / "in")
    assert (job.state, job.counts["added"]) == ("done", 2), job.reason
    back = studio.projects._store.memes("dogs").rows
    assert [meme.given["hate"] for meme in back] == [("No Hate",), ("Hate",)]


def test_label_studios_own_converter_reads_the_same_labels(studio, tmp_path):
    """Held by label-studio-converter 0.0.59 where it is installed, which nothing here needs."""
    converting = pytest.importorskip("label_studio_converter")
    path = read(studio, tmp_path, "label-studio")
    asked = studio.projects._store.read("cats").tasks
    # As the page on labelling says: a Choices for each question, with the name of its column.
    choices = "".join(
        f'<Choices name="{label_column(task)}" toName="image">'
        + "".join(f'<Choice value="{label.value}"/>' for label in task.labels)
        + "</Choices>"
        for task in asked
    )
    config = f'<View><Image name="image" value="$image"/>{choices}</View>'
    converter = converting.Converter(config, str(tmp_path), download_resources=False)
    converter.convert_to_json_min(str(path), str(tmp_path / "read"), is_dir=False)
    found = json.loads((tmp_path / "read" / "result.json").read_text("utf-8"))
    column = label_column(asked.task("hate"))
    assert sorted((one["image"], one["annotator"], one[column]) for one in found) == [
        ("00000.png", "ann", "1"), ("00000.png", "ben", "0"), ("00000.png", "cyd", "0"),
        ("00001.png", "ann", "1"), ("00001.png", "ben", "1"),
    ]  # fmt: skip


def test_work_is_counted_by_person_and_week(studio, tmp_path):
    decide(studio, 0, NO_HATE, PEOPLE[0])  # anew: two decisions, one meme
    found = lines(read(studio, tmp_path, "work"))
    assert [(line["person"], line["memes"], line["decisions"]) for line in found] == [
        ("ann", "2", "3"), ("ben", "2", "2"), ("cyd", "1", "1"),
    ]  # fmt: skip
    assert list(found[0]) == ["person", "week", "memes", "decisions", "minutes"]


def test_work_on_a_meme_that_was_removed_is_paid_like_any_other(studio, tmp_path):
    before = lines(read(studio, tmp_path, "work"))
    removed = studio.projects._store.memes("cats").rows[0]
    studio.projects.amendments.remove(studio.owner(), "cats", removed.id, "a private person")
    assert lines(read(studio, tmp_path, "work")) == before
    # What others learn from does not have it.
    assert [line["name"] for line in lines(read(studio, tmp_path, "soft-labels"))] == ["00001.png"]


def test_a_meme_that_is_decided_anew_counts_in_the_later_week(studio):
    project = studio.projects._store.read("cats")
    meme = studio.projects._store.memes("cats").rows[0]
    with studio.projects._store.reading() as connection:
        done = select_memes(connection, project.tasks.key, [meme.id], "cats")[meme.id]
    first = [row for _, row in done if row.annotator == "ann"]
    later = [
        replace(row, event=f"e{n}", save="save-later", time=row.time + timedelta(days=7))
        for n, row in enumerate(first)
    ]
    rows = [*enumerate(first, 1), *enumerate(later, 9)]
    work = TAKEN_HOME["work"](project)
    work.add(meme, "00000.png", History(rows), [row for _, row in rows])
    found = csv.DictReader(io.StringIO(work.end(), newline=""))
    assert [(line["memes"], line["decisions"]) for line in found] == [("0", "1"), ("1", "1")]


def test_what_people_said_is_a_line_for_each_comment(studio, tmp_path):
    meme = studio.projects._store.memes("cats").rows[1].id
    ann, who = Person(name="ann", role="annotator"), studio.owner()
    first = studio.comments.say(ann, "cats", save="said-0001", meme=meme, text="=1+1")
    given = {"meme": meme, "thread": first.number}
    studio.comments.say(who, "cats", save="said-0002", text="two,\nlines", **given)
    studio.comments.resolve(who, "cats", thread=first.number)
    found = lines(read(studio, tmp_path, "comments"))
    said = [(line["person"], line["reviewer"], line["text"], line["resolved_by"]) for line in found]
    assert said == [("ann", "no", "'=1+1", "local"), ("local", "yes", "two,\nlines", "")]
    assert {(line["thread"], line["name"]) for line in found} == {
        (str(first.number), "00001.png")
    }  # fmt: skip


def test_only_reviewers_take_it_home(studio):
    ann = Person(name="ann", role="annotator")
    for format in ("comments", "soft-labels", "label-studio", "work"):
        with pytest.raises(PermissionDenied):
            studio.projects.start_export(ann, "cats", format)
