"""The SQL of projects: label sets keep their versions, and memes what the rules say of them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from memeclip_core.annotation.projects import queries
from memeclip_core.database.schema import label_set, meme
from tests.factories.project_records import MIGRATED, make_id, make_meme, make_project


def rows(database, *columns):
    with database.read() as connection:
        return connection.execute(select(*columns)).all()


@pytest.fixture
def project(database):
    project = make_project(overlap=3, overlap_share=0.5, hidden_share=0.5)
    with database.write() as connection:
        queries.insert_project(connection, project, "salt")
        queries.add_memes(connection, project, [make_meme(n) for n in range(40)])
    return project


def test_every_version_of_a_label_set_is_kept(database, project):
    with database.write() as connection:
        queries.update_project(connection, replace(MIGRATED, overlap=3))
    with database.read() as connection:
        assert queries.select_project(connection, "cats") == replace(MIGRATED, overlap=3)
    found = rows(database, label_set.c.version, label_set.c.tasks, label_set.c.moves)
    assert [(row.version, bool(row.tasks), bool(row.moves)) for row in sorted(found)] == [
        (1, True, False),
        (2, True, True),
    ]


def test_what_the_rules_say_of_a_meme_stands_beside_it(database, project):
    for rules in (project, replace(project, overlap=2, overlap_share=0.3, hidden_share=0.0)):
        with database.write() as connection:
            queries.update_project(connection, rules)
        found = {row.id: row for row in rows(database, meme.c.id, meme.c.wanted, meme.c.hidden)}
        assert len(found) == 40 and {row.wanted for row in found.values()} == {1, rules.overlap}
        for own, row in found.items():
            assert (row.wanted, row.hidden) == (rules.wanted(own), rules.hides(own))


def test_places_go_on_after_the_last_one(database, project):
    with database.write() as connection:
        queries.add_memes(connection, project, [make_meme(40), make_meme(3), make_meme(41)])
    found = dict(rows(database, meme.c.id, meme.c.place))
    assert [found[make_id(n)] for n in (0, 3, 39, 40, 41)] == [0, 3, 39, 40, 41]
    with database.read() as connection:
        assert queries.count_memes(connection, "cats") == 42
        assert queries.select_ids(connection, "cats") == tuple(make_id(n) for n in range(42))


def test_a_search_finds_words_of_the_name_and_of_the_text_in_any_case(database, project):
    with database.write() as connection:
        given = make_meme(50, filename="Straße.PNG", text="ÜBER alles")
        queries.add_memes(connection, project, [given])
    words = dict(rows(database, meme.c.id, meme.c.words))[make_id(50)]
    assert "strasse.png" in words and "über" in words
