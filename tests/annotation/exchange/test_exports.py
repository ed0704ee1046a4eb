"""What stands in an export: the labels that count, and a card without any text."""

from __future__ import annotations

import csv
import io
from collections import Counter

import pytest
import yaml

from memeclip_core.annotation.decisions.entry import check_labels, enter_meme
from memeclip_core.annotation.exchange.exports import ExportOrder, export_name, render_card
from memeclip_core.config import Settings
from memeclip_core.records.decision import Person
from memeclip_core.storage.task_files import read_named_task_set
from tests.annotation.projects.test_projects import FINE, HATE, decide
from tests.factories.project_records import make_project
from tests.factories.projects import import_all, make_cats, wait_for, write_pictures

PEOPLE = [Person(name=name, role="admin") for name in ("ann", "ben", "cyd")]


@pytest.fixture
def studio(tiny_studio, tmp_path):
    make_cats(tiny_studio, tmp_path / "in", 3)
    return tiny_studio


def labels(studio, place):
    projects = studio.projects
    project, meme = projects._store.read("cats"), projects._store.memes("cats").ids[place]
    found = projects._exporter.labelled(project, meme)
    return None if found is None else found.labels


def test_the_majority_counts_and_a_reviewer_above_it(studio):
    for person, answer in zip(PEOPLE, (HATE, FINE, FINE), strict=True):
        decide(studio, 0, answer, person)
    assert labels(studio, 0) == FINE
    decide(studio, 0, HATE, PEOPLE[0], action="adjudicate")
    assert labels(studio, 0) == HATE
    assert labels(studio, 1) is None
    decide(studio, 2, HATE, action="draft")
    assert labels(studio, 2) is None


def read(studio, tmp_path, format="csv", key="cats", **choices):
    who = studio.owner()
    job = wait_for(studio, key, studio.projects.start_export(who, key, format, **choices))
    assert job.state == "done", job.reason
    return studio.projects.export_file(who, key, job.id, tmp_path / "out")


def lines(path):
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline="")))


def test_a_tie_has_no_label_and_only_what_is_settled_comes_on_request(tiny_studio, tmp_path):
    make_cats(tiny_studio, tmp_path / "in", 5, overlap=2, overlap_share=1.0)
    for place, answers in enumerate(((HATE, FINE), (FINE, FINE), (HATE,), (HATE, FINE))):
        for person, answer in zip(PEOPLE, answers, strict=False):
            decide(tiny_studio, place, answer, person)
    decide(tiny_studio, 3, FINE, PEOPLE[2], action="adjudicate")
    found = lines(read(tiny_studio, tmp_path))
    assert [(line["status"], line["hate"]) for line in found] == [
        ("tie", ""), ("unanimous", "0"), ("single", "1"), ("adjudicated", "0"),
    ]  # fmt: skip
    settled = lines(read(tiny_studio, tmp_path, settled=True))
    assert [line["status"] for line in settled] == ["unanimous", "adjudicated"]


def test_every_single_decision_can_be_taken_home(studio, tmp_path):
    for person, answer in zip(PEOPLE, (HATE, FINE), strict=False):
        decide(studio, 0, answer, person)
    decide(studio, 0, FINE, PEOPLE[0])
    found = lines(read(studio, tmp_path, "decisions"))
    hate = [line for line in found if line["task"] == "hate"]
    assert [(line["annotator"], line["labels"], line["counts"]) for line in hate] == [
        ("ann", '["Hate"]', "no"), ("ben", '["No Hate"]', "yes"), ("ann", '["No Hate"]', "yes"),
    ]  # fmt: skip
    assert {(line["name"], line["project"]) for line in found} == {("00000.png", "cats")}


@pytest.mark.parametrize("tasks", Settings().tasks)
def test_whatever_is_exported_can_be_imported_again(tiny_studio, tmp_path, tasks):
    """Every format, every shipped task set, and two files of one name."""
    who, projects = tiny_studio.owner(), tiny_studio.projects
    task_set = read_named_task_set(tasks, Settings().assets)
    projects.create(who, key="first", title="First", task_set=task_set)
    for folder in ("a", "b"):
        write_pictures(tmp_path / "in" / folder, 2, start=2 * (folder == "b"))
    (tmp_path / "in" / "b" / "00002.png").rename(tmp_path / "in" / "b" / "00001.png")
    assert import_all(tiny_studio, "first", tmp_path / "in").counts["added"] == 4
    project, memes = projects.project(who, "first"), projects._store.memes("first").rows
    said = {}
    for place, meme in enumerate(memes):
        given = {
            task.key: (task.names[place % len(task.names)],)
            if task.kind == "multiclass"
            else task.names[:place]
            for task in task_set
        }
        entry = enter_meme(
            project, meme, save=f"round-trip-{place}", action="label", labels=given,
        )  # fmt: skip
        tiny_studio._corrector.decide(who, project.tasks, entry)
        said[meme.id] = check_labels(task_set, given)
    for format in ("csv", "jsonl", "pridemm-csv", "imagefolder"):
        path = read(tiny_studio, tmp_path, format, "first")
        projects.create(who, key=format, title=format, task_set=task_set)
        job = import_all(tiny_studio, format, path)
        assert (job.state, job.failures) == ("done", ()), (format, job.failures)
        again = projects._store.memes(format).rows
        assert {meme.id: meme.given for meme in again} == said, format
        names = [meme.filename for meme in again]
        assert names[0] == "00000.png" and len(set(names)) == 4
        assert names[1] == f"00001-{memes[1].id[:8]}.png"


def test_an_image_folder_says_how_many_memes_without_image_it_leaves_out(studio, tmp_path):
    listed = tmp_path / "texts.csv"
    listed.write_text("text,hate\nonly words,1\n", "utf-8")
    # A list that is named itself is read, whatever pictures lie beside it.
    assert import_all(studio, "cats", listed).counts["added"] == 1
    for place in (0, 3):
        decide(studio, place, HATE)
    who = studio.owner()
    for format, counts in (
        ("imagefolder", {"rows": 1, "left_out_without_image": 1}),
        ("csv", {"rows": 2}),
    ):
        started = studio.projects.start_export(who, "cats", format)
        assert dict(wait_for(studio, "cats", started).counts) == counts


def test_decisions_of_another_project_or_the_page_do_not_count(studio, tmp_path):
    decide(studio, 0, HATE)
    projects = studio.projects
    projects.create(studio.owner(), key="dogs", title="D", task_set="pridemm")
    meme = projects._store.memes("cats").ids[0]
    assert projects._exporter.labelled(projects._store.read("dogs"), meme) is None


def test_the_card_has_a_header_that_the_hub_reads():
    project = make_project(title='Cats: "odd" # title', guidelines="# Look twice")
    counts = Counter({"rows": 3, "labelled": 2, "several": 1, "hate/Hate": 2})
    card = render_card(project, counts)
    _, header, text = card.split("---\n", 2)
    facts = yaml.safe_load(header)
    assert facts["pretty_name"] == 'Cats: "odd" # title'
    assert "not-for-all-audiences" in facts["tags"]
    assert "3 memes, 2 of them labelled" in text and "1 by more than one" in text
    tied = render_card(project, Counter({"rows": 2, "tie": 1, "imported": 1}))
    assert "Memes by status: 1 tie, 1 imported." in tied
    assert "| Hate | Hate (`1`) | 2 |" in text and "| Hate | No hate (`0`) | 0 |" in text
    assert "# Look twice" in text and "partial" not in text
    assert "**This export is partial**" in render_card(project, counts, partial=True)


def test_a_title_in_the_card_is_a_title_and_nothing_else():
    title = "x\n\n## <b>Cats</b> | [here](javascript:1) `y`"
    card = render_card(make_project(title=title), Counter({"rows": 1}))
    (line,) = [line for line in card.splitlines() if "Cats" in line and line.startswith("# ")]
    assert line == (r"# x \#\# \<b\>Cats\</b\> \| \[here\]\(javascript:1\) \`y\`")


def test_a_name_says_what_it_is():
    order = ExportOrder(format="csv")
    assert export_name(make_project(), order, "j1") == "cats-csv-j1"
