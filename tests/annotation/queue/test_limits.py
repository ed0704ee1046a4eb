"""What a person may be given, whatever else is free."""

from __future__ import annotations

from dataclasses import replace

from memeclip_core.annotation.queue.limits import find_room, why_not_theirs
from memeclip_core.annotation.team import queries
from tests.factories.queues import ANN, BOB, KEY, YES, make_desk, make_project, meme_id


def test_room_is_what_is_neither_decided_nor_held_and_others_memes_are_refused(tmp_path, database):
    desk = make_project(make_desk(tmp_path, database=database), 5)
    desk.save(ANN, 0, YES)
    desk.queue.next(ANN, KEY, count=1, client="tab")
    with database.write() as connection:
        queries.insert_assignments(connection, KEY, [(meme_id(4), "bob")])
    with desk.sessions.reading(KEY, None) as session:
        progress = replace(session.progress("ann"), quota=5)
        assert (progress.room, find_room(session, ANN, progress)) == (4, 3)
        assert list(why_not_theirs(session, ANN, [meme_id(3), meme_id(4)])) == [meme_id(4)]
        assert why_not_theirs(session, BOB, [meme_id(4)]) == {}
