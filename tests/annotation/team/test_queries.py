"""The SQL of teams: members with their numbers, and memes that can be assigned."""

from __future__ import annotations

from memeclip_core.annotation.decisions.progress import count_anew
from memeclip_core.annotation.queue.filters import Pool
from memeclip_core.annotation.team import queries
from memeclip_core.records.clock import utc_now
from tests.factories.queues import ANN, KEY, YES, make_desk, make_project, meme_id


def test_members_are_listed_by_name_with_their_numbers(tmp_path, database):
    desk = make_project(make_desk(tmp_path, database=database), 3)
    desk.save(ANN, 0, YES)
    with database.write() as connection:
        queries.insert_members(connection, KEY, ["bob", "ann"], since=utc_now(), by="root")
        queries.insert_members(connection, KEY, ["ann"], since=utc_now(), by="other")
        queries.update_quotas(connection, KEY, {"ann": 4})
        found = queries.select_members(connection, KEY, "demo")
        assert [(one.person, one.quota, one.done, one.by) for one in found] == [
            ("ann", 4, 1, "root"), ("bob", 0, 0, "root"),
        ]  # fmt: skip
        queries.delete_members(connection, KEY, ["ann"])
        assert [one.person for one in queries.select_members(connection, KEY, "demo")] == ["bob"]


def test_memes_to_assign_are_open_unassigned_and_held_by_nobody(tmp_path, database):
    desk = make_project(make_desk(tmp_path, database=database), 4)
    desk.save(ANN, 0, YES)
    desk.queue.next(ANN, KEY, count=1, client="tab")  # meme 1
    with database.write() as connection:
        queries.insert_assignments(connection, KEY, [(meme_id(2), "ann"), (meme_id(2), "bob")])
        pool = Pool(desk.store.read(KEY, connection), "root")
        assert queries.select_free(connection, pool, [], desk.clock.now) == [(meme_id(3), 1)]
        assert queries.select_engaged(connection, KEY, "demo", ["ann", "bob"]) == {
            (meme_id(0), "ann")
        }
        assert queries.delete_assignments(connection, KEY, ["ann"]) == 0
        assert queries.delete_assignments(connection, KEY, ["bob"]) == 1


def test_what_is_left_of_a_persons_assigned_memes_is_counted_by_project(tmp_path, database):
    desk = make_project(make_desk(tmp_path, database=database), 4)
    make_project(desk, 2, key="dogs")
    with database.write() as connection:
        pairs = [(meme_id(n), "ann") for n in (0, 1, 2)]
        queries.insert_assignments(connection, KEY, [*pairs, (meme_id(3), "bob")])
        queries.insert_assignments(connection, "dogs", [(meme_id(0), "ann")])
        for key in (KEY, "dogs"):
            count_anew(connection, key, "demo")
    desk.save(ANN, 0, YES)
    with database.read() as connection:
        assert queries.count_assigned(connection, "ann") == {KEY: 2, "dogs": 1}
        assert queries.count_assigned(connection, "bob") == {KEY: 1}
        assert queries.count_assigned(connection, "cat") == {}
