"""What stands in an export: the labels that count, and a card without any text."""

from __future__ import annotations

from collections import Counter

import pytest
import yaml

from memeclip_core.records import Person
from memeclip_core.service.labelling.exporting import ExportOrder, export_name, render_card
from tests.service.labelling.examples import make_cats
from tests.service.labelling.test_projects import FINE, HATE, decide
from tests.stores.project_examples import make_project

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
    assert "| Hate | Hate (`1`) | 2 |" in text and "| Hate | No hate (`0`) | 0 |" in text
    assert "# Look twice" in text and "partial" not in text
    assert "**This export is partial**" in render_card(project, counts, partial=True)


def test_a_name_says_what_it_is():
    order = ExportOrder(format="csv")
    assert export_name(make_project(), order, "j1") == "cats-csv-j1"
