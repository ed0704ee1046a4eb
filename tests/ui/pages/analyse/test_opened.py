"""What a visitor has open."""

import dataclasses

import pytest

from memeclip_core.ui.pages.analyse.opened import Queue
from tests.factories.page_records import item


def test_new_pictures_join_the_end_and_the_first_of_them_is_shown():
    queue = Queue().add((item("a", "aa"),)).add((item("b", "bb"), item("c", "cc")))
    assert [i.filename for i in queue.items] == ["a", "b", "c"]
    assert queue.current == item("b", "bb")


def test_the_same_picture_is_turned_to_and_not_doubled():
    queue = Queue().add((item("a", "aa"), item("b", "bb"))).add((item("again", "aa"),))
    assert [i.filename for i in queue.items] == ["a", "b"]
    assert queue.index == 0


def test_the_same_picture_twice_in_one_go_is_there_once():
    assert len(Queue().add((item("a", "aa"), item("b", "aa"))).items) == 1


def test_nothing_added_changes_nothing():
    queue = Queue().add((item(),))
    assert queue.add(()) is queue


@pytest.mark.parametrize(("index", "stays"), [(-3, 0), (0, 0), (1, 1), (99, 1)])
def test_turning_stops_at_either_end(index, stays):
    queue = Queue().add((item("a", "aa"), item("b", "bb")))
    assert queue.turn(index).index == stays


def test_an_empty_queue_shows_nothing_wherever_it_is_turned():
    assert Queue().current is None
    assert Queue().turn(5).current is None


def test_queues_cannot_be_changed_in_place():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Queue().index = 3  # type: ignore[misc]
