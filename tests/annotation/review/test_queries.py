"""What reviews ask of the tables, on both kinds of database."""

from __future__ import annotations

from dataclasses import replace

import pytest

from memeclip_core.annotation.decisions.standing import PersonCounts
from memeclip_core.annotation.review import queries
from memeclip_core.annotation.review.votes import read_votes
from tests.factories.logs import TOYS, TableLog
from tests.factories.project_records import make_project

YES = {"hate": ("Hate",), "target": ("Person",), "tags": ("x",)}
NO = {"hate": ("No Hate",), "tags": ()}


@pytest.fixture
def project():
    return replace(make_project(), key="p", tasks=TOYS, overlap=2, overlap_share=1.0)


@pytest.fixture
def log(database, project):
    log = TableLog(database, project)
    for meme, (first, second) in {"a": (YES, YES), "b": (YES, NO), "c": (NO, NO)}.items():
        log.save("ann", meme, project="p", **first)
        log.save("bob", meme, project="p", **second)
    return log


def cases(log, which, page=1, size=10):
    found, page, total = log.ask(
        queries.page_cases, "p", "toys", which, page=page, size=size
    )  # fmt: skip
    return found, page, total


def test_votes_are_those_that_count(log, project):
    log.act("skip", "bob", "c", project="p")
    votes = log.ask(read_votes, project)
    said = {
        (votes.people[person], votes.memes[meme])
        for person, meme in zip(votes.person, votes.meme, strict=True)
    }
    assert said == {("ann", "a"), ("bob", "a"), ("ann", "b"), ("bob", "b"), ("ann", "c")}
    hate = votes.tasks["hate"]
    resolved = {name: hate.answers[number] for name, number in
                zip(votes.memes, hate.resolved, strict=True)}  # fmt: skip
    assert resolved == {"a": ("Hate",), "b": None, "c": ("No Hate",)}


def test_only_what_is_new_is_read(log, project):
    before = log.ask(read_votes, project)
    assert log.ask(queries.select_votes, "p", "toys", before.revision) == []
    log.save("ann", "b", project="p", **NO)
    (row,) = log.ask(queries.select_items, "p", "toys", before.revision)
    assert (row.meme, bool(row.complete), bool(row.settled)) == ("b", True, True)
    assert len(log.ask(queries.select_votes, "p", "toys", before.revision)) == 2


def test_disputes_flags_and_decisions_for_all_are_lists_of_their_own(log):
    assert cases(log, "open") == (["b"], 1, 1)
    log.act("flag", "ann", "c", project="p", note="look")
    log.act("flag", "bob", "a", project="p", note="look")
    assert cases(log, "flagged") == (["c", "a"], 1, 2)
    assert cases(log, "flagged", page=9, size=1) == (["a"], 2, 2)
    log.act("adjudicate", "rev", "b", project="p", **YES)
    log.act("adjudicate", "rev", "a", project="p", **YES)
    assert cases(log, "open") == ([], 1, 0)
    assert cases(log, "adjudicated") == (["a", "b"], 1, 2)
    assert cases(log, "flagged") == (["c"], 1, 1)


def test_people_are_counted_by_state(log):
    log.act("skip", "bob", "c", project="p")
    log.act("return", "rev", "a", project="p", to="ann")
    found = log.ask(queries.count_people, "p", "toys")
    assert found == {
        "ann": PersonCounts(done=2, returned=1), "bob": PersonCounts(done=2, skipped=1),
    }  # fmt: skip
