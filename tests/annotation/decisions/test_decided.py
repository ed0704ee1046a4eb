from dataclasses import replace

import numpy as np
import pytest

from memeclip_core.annotation.decisions.decided import gather_decided, read_labels, read_resolved
from memeclip_core.records.project import Migration
from tests.factories.queues import (
    ANN,
    BOB,
    CAT,
    KEY,
    NO,
    START,
    YES,
    make_desk,
    make_meme,
    make_project,
)


@pytest.fixture
def desk(tmp_path):
    memes = [make_meme(0, given={"hate": ("yes",)}), *(make_meme(n) for n in range(1, 5))]
    return make_project(make_desk(tmp_path), memes=memes, overlap=3)


def gather(desk, **given):
    memes = desk.store.memes(KEY).rows
    ids, labels = [meme.id for meme in memes], [meme.given for meme in memes]
    with desk.database.read() as connection:
        project = desk.store.read(KEY, connection)
        return gather_decided(connection, project, ids, labels, **given)


def test_labels_are_what_counts_and_else_what_the_import_brought(desk):
    desk.save(ANN, 1, NO)
    desk.save(BOB, 1, NO)
    desk.save(CAT, 1, YES)
    found = gather(desk)
    assert found.labels["hate"].tolist() == [1, 0, -1, -1, -1]
    assert found.labels["tone"].tolist() == [[-1, -1], [0, 0], [-1, -1], [-1, -1], [-1, -1]]
    assert found.disputes["hate"][1] == pytest.approx(2 / 3)
    assert found.seen.tolist() == [False, True, False, False, False]


def test_people_count_more_than_the_import_and_a_reviewer_more_than_people(desk):
    desk.save(ANN, 0, NO)
    assert gather(desk).labels["hate"][0] == 0
    desk.adjudicate(0, YES)
    assert gather(desk).labels["hate"][0] == 1


def test_who_was_seen_can_be_asked_alone(desk):
    desk.save(ANN, 2)
    found = gather(desk, seen_only=True)
    assert np.flatnonzero(found.seen).tolist() == [2]
    assert found.labels == found.disputes == {}


def test_disputes_are_between_people(desk):
    desk.save(ANN, 1, {"hate": ("no",), "tone": ("irony", "slur")})
    desk.save(ANN, 2, {"hate": ("no",), "tone": ("irony", "slur")})
    desk.save(BOB, 2, {"hate": ("no",), "tone": ("slur", "irony")})
    desk.save(ANN, 3, {"hate": ("no",), "tone": ("irony",)})
    desk.save(BOB, 3, {"hate": ("yes",), "tone": ()})
    found = gather(desk).disputes
    assert np.isnan(found["tone"][[0, 1]]).all()
    assert (found["tone"][2], found["tone"][3], found["hate"][3]) == (0, 1, 1)
    desk.adjudicate(3, YES)
    assert gather(desk).disputes["hate"][3] == 0


def test_older_labels_read_as_they_are_now(desk):
    desk.save(ANN, 1, YES)
    project = desk.store.read(KEY)
    step = Migration(version=2, tasks={"tone": {"irony": "slur"}}, time=START, by="root")
    newer = replace(project, version=2, migrations=(step,))
    one, two = (desk.history(n) for n in (1, 2))
    assert read_labels(newer, one.decision("ann")) == {**YES, "tone": ("slur",)}
    assert read_resolved(newer, one).labels["tone"] == ("slur",)
    assert read_labels(newer, None) == {} and read_resolved(newer, two) is None


def test_what_is_handed_out_may_be_changed_without_changing_the_log(desk):
    desk.save(ANN, 1, YES)
    project, decision = desk.store.read(KEY), desk.history(1).decision("ann")
    read_labels(project, decision).clear()
    assert read_labels(project, decision) == YES
