import numpy as np
import pytest
from sqlalchemy import select

from memeclip_core.annotation.queue import rankings
from memeclip_core.database.schema import rank
from tests.factories.queues import KEY, make_desk, make_meme, make_project, meme_id

NAME = (KEY, "margin", "m1")


@pytest.fixture
def desk(tmp_path, database):
    return make_project(make_desk(tmp_path, database=database), 3)


def make(connection, places, *, now=0.0):
    number = rankings.begin(connection, *NAME, now=now, patience=10)
    for first in range(0, len(places), rankings.CHUNK):
        rankings.add_places(connection, number, first, np.array(places))
    rankings.finish(
        connection, number, stamp={"version": 1}, note="", size=len(places), now=now, cost=1.0
    )
    return number


def in_rank(connection, number):
    found = select(rank.c.meme_place).where(rank.c.ranking == number).order_by(rank.c.place)
    return list(connection.scalars(found))


def test_a_ranking_counts_once_it_is_finished(desk):
    with desk.database.write() as connection:
        number = rankings.begin(connection, *NAME, now=1.0, patience=10)
        assert rankings.find_ranking(connection, *NAME) is None
        rankings.finish(connection, number, stamp={"a": [1]}, note="n", size=0, now=3.0, cost=2.0)
        found = rankings.find_ranking(connection, *NAME)
        assert (found.number, found.stamp, found.note, found.size) == (number, {"a": [1]}, "n", 0)
        assert (found.time, found.cost) == (3.0, 2.0)
        assert rankings.find_ranking(connection, KEY, "entropy", "m1") is None


def test_one_at_a_time_is_begun_unless_it_takes_too_long(desk):
    with desk.database.write() as connection:
        assert rankings.begin(connection, *NAME, now=1.0, patience=10) is not None
        assert rankings.begin(connection, *NAME, now=10.0, patience=10) is None
        assert rankings.begin(connection, KEY, "newest", "", now=10.0, patience=10) is not None
        assert rankings.begin(connection, *NAME, now=12.0, patience=10) is not None


def test_places_are_added_and_deleted_by_pieces(desk, monkeypatch):
    monkeypatch.setattr(rankings, "CHUNK", 2)
    with desk.database.write() as connection:
        numbers = [make(connection, [2, 0, 1]) for _ in range(3)]
        assert [in_rank(connection, number) for number in numbers] == [[2, 0, 1]] * 3
        (old,) = rankings.list_old(connection, *NAME)
        assert old.number == numbers[0]
        rankings.delete_places(connection, old, 0)
        assert in_rank(connection, numbers[0]) == [1]
        rankings.delete_places(connection, old, 2)
        assert in_rank(connection, numbers[0]) == []
        assert list(rankings.list_old(connection, *NAME)) == []


def test_memes_that_came_since_are_put_at_the_end_once(desk):
    with desk.database.write() as connection:
        number = make(connection, [2, 0, 1])
        assert rankings.find_ranking(connection, *NAME).whole
    desk.store.add(KEY, [make_meme(7), make_meme(8)])
    with desk.database.write() as connection:
        kept = rankings.find_ranking(connection, *NAME)
        assert not kept.whole
        for _ in range(2):
            rankings.add_the_rest(connection, kept)
        assert in_rank(connection, number) == [2, 0, 1, 3, 4]
        assert rankings.find_ranking(connection, *NAME).whole


def test_material_is_in_the_order_of_import(desk):
    with desk.database.read() as connection:
        found = rankings.select_material(connection, KEY)
        assert [(row.place, row.id) for row in found] == [(n, meme_id(n)) for n in range(3)]
        assert rankings.last_change(connection, desk.store.read(KEY, connection)) == 0
