"""Duplicates of projects."""

from __future__ import annotations

from dataclasses import replace

import pytest

from memeclip_core.access.people import People
from memeclip_core.annotation.projects.amendments import Amendments
from memeclip_core.annotation.projects.copies import Copies
from memeclip_core.errors import InputError, PermissionDenied
from tests.factories.project_records import make_demo
from tests.factories.queues import (
    ADMIN,
    ANN,
    KEY,
    REV,
    make_desk,
    make_project,
    meme_id,
    rename_labels,
)


class Parts:
    """In the place of pictures in guidelines and predictions ahead; notes what was asked."""

    def __init__(self):
        self.asked = []

    def copy(self, *keys):
        self.asked.append(keys)

    def look(self, project):
        self.asked.append(project.key)


@pytest.fixture
def desk(tmp_path, database):
    return make_project(
        make_desk(tmp_path / "home", database=database), 4, overlap=2, guidelines="Look twice."
    )


@pytest.fixture
def copies(desk):
    parts = Parts()
    people = People(loopback=True, space=False)
    return Copies(people=people, projects=desk.store, illustrations=parts, precomputation=parts)


def test_a_copy_has_everything_but_decisions(desk, copies):
    desk.save(ANN, 0)
    rename_labels(desk)
    desk.store.write(replace(desk.store.read(KEY), closed=True))
    made, source = copies.make(ADMIN, KEY, new="dogs"), desk.store.read(KEY)
    assert (made.title, made.guidelines, made.overlap) == ("Copy of Cats", "Look twice.", 2)
    assert (made.tasks, made.version, made.migrations) == (source.tasks, 1, ())
    assert made.closed is False and made.by == "root"
    assert desk.store.memes("dogs").rows == desk.store.memes(KEY).rows
    assert desk.store.tally(made).decisions == 0 and desk.store.tally(source).decisions == 1
    assert desk.ids(ANN, key="dogs", count=5) == [0, 1, 2, 3]
    assert copies.illustrations.asked == [(KEY, "dogs"), "dogs"]


def test_what_is_removed_is_not_copied_and_places_have_no_gaps(desk, copies):
    mend = Amendments(
        people=copies.people, projects=desk.store, precomputation=copies.precomputation
    )
    mend.remove(ADMIN, KEY, meme_id(1), "no")
    copies.make(ADMIN, KEY, new="dogs", title="Dogs")
    items = desk.queue.next(ANN, "dogs", client="tab", count=5)
    assert [item.position for item in items] == [1, 2, 3]
    assert desk.ids(ANN, key="dogs", count=5) == [0, 2, 3]


def test_a_copy_of_no_use_is_refused_and_leaves_nothing(desk, copies):
    desk.store.create(make_demo())
    for key, new, says in (
        (KEY, KEY, "'cats' already"),
        (KEY, "A b", "cannot be the key"),
        (KEY, "demo", "it names the demo"),
        ("none", "dogs", "no project 'none'"),
        ("demo-1", "dogs", "demo cannot be duplicated"),
    ):
        with pytest.raises(InputError, match=says):
            copies.make(ADMIN, key, new=new)
    assert desk.store.keys() == (KEY, "demo-1") and copies.illustrations.asked == []
    for who in (ANN, REV):
        with pytest.raises(PermissionDenied):
            copies.make(who, KEY, new="dogs")
