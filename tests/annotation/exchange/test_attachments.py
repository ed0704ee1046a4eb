"""What an export of everything has beside memes: rules, changes, the team; and its stamp."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from memeclip_core.annotation.exchange.attachments import Attachments
from memeclip_core.annotation.team.queries import (
    Answered,
    Standing,
    insert_answer,
    insert_assignments,
    insert_members,
    update_quotas,
    write_standing,
)
from tests.factories.project_records import TIME
from tests.factories.queues import KEY, NO, YES, make_desk, make_project, meme_id


@pytest.fixture
def read(tmp_path, database):
    desk = make_desk(tmp_path, database=database)
    make_project(desk, 3)
    project = desk.store.read(KEY)
    with database.write() as connection:
        insert_members(connection, KEY, ["ann", "bob"], since=TIME, by="root")
        update_quotas(connection, KEY, {"bob": 7})
        insert_assignments(
            connection, KEY, [(meme_id(0), "ann"), (meme_id(1), "ann"), (meme_id(1), "bob")]
        )
        for person in ("bob", "ann"):
            insert_answer(connection, Answered(
                project=KEY, person=person, attempt=0, meme=meme_id(2), save=f"gold-{person}",
                time=TIME, labels=NO, gold=YES, asked=2, hits=0,
            ))  # fmt: skip
        write_standing(connection, KEY, "ann", Standing(attempt=1, forgiven=1), TIME, "root")

    def read(*pictures, **changes):
        with database.read() as connection:
            return Attachments.read(connection, replace(project, **changes), pictures)

    return read


def test_the_team_comes_along(read):
    found = read("a.webp")
    assert set(found.files) == {"project.json", "changes.json", "team.json"}
    team = json.loads(found.files["team.json"])
    assert [(one["person"], one["quota"]) for one in team["members"]] == [("ann", 0), ("bob", 7)]
    assert team["assignments"] == {"ann": sorted([meme_id(0), meme_id(1)]), "bob": [meme_id(1)]}
    (standing,) = team["qualification"]
    assert (standing["person"], standing["passed"], standing["attempt"]) == ("ann", False, 1)
    assert [one["person"] for one in team["gold_answers"]] == ["ann", "bob"]
    assert team["gold_answers"][0]["labels"] == {key: list(names) for key, names in NO.items()}
    assert (found.pictures, found.changes) == (("a.webp",), 0)


def test_its_stamp_tells_of_a_change_and_of_nothing_else(read):
    assert read().stamp == read().stamp != read("a.webp").stamp
    assert read().stamp != read(guidelines="Look twice.").stamp
