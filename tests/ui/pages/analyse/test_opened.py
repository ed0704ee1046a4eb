"""What a visitor has open and has begun."""

from __future__ import annotations

import dataclasses
import json

import pytest

from memeclip_core.ui.pages.analyse.opened import Draft, Queue, read_draft
from tests.factories.page_records import item, pridemm, propaganda


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


def test_text_note_and_choices_come_back():
    sent = {
        "text": "t",
        "note": "n",
        "choices": {"pridemm-hate": "Hate", "propaganda-techniques": ["Smears"]},
    }
    draft = read_draft(json.dumps(sent), pridemm())
    assert draft == Draft(has_text=True, text="t", note="n", labels={"hate": ("Hate",)})
    assert read_draft(json.dumps(sent), propaganda()).labels == {"techniques": ("Smears",)}


def test_a_text_as_it_was_read_is_told_from_none():
    assert read_draft('{"text": null}', pridemm()) == Draft(has_text=True)
    assert read_draft("{}", pridemm()) == Draft()
    assert read_draft('{"text": ""}', pridemm()) == Draft(has_text=True, text="")


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "{",
        "[1]",
        "[" * 100_000,
        '{"text": 3, "note": [], "choices": 4}',
        '{"choices": {"pridemm-hate": "nonsense", "pridemm-stance": ["Support"], "x": {}}}',
        '{"choices": {"pridemm-hate": {"a": 1}, "pridemm-humour": null}}',
    ],
)
def test_what_does_not_fit_is_passed_over(sent):
    assert read_draft(sent, pridemm()) == Draft()


def test_closing_keeps_the_open_one_and_turns_to_a_neighbour_otherwise():
    queue = Queue().add((item("a", "aa"), item("b", "bb"), item("c", "cc")))
    names = lambda queue: [one.filename for one in queue.items]  # noqa: E731
    assert names(queue.turn(1).without(0)) == ["b", "c"]
    assert queue.turn(1).without(0).current.filename == "b"
    assert queue.turn(1).without(2).current.filename == "b"
    assert queue.turn(1).without(1).current.filename == "c"
    assert queue.turn(2).without(2).current.filename == "b"
    assert queue.without(0).without(0).without(0) == Queue()
