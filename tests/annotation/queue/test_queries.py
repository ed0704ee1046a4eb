"""The SQL of the queue's leases; what it adds up to is tested where it is used."""

from __future__ import annotations

from memeclip_core.annotation.queue import queries
from memeclip_core.annotation.queue.queries import Lease


def lease(meme, person="ann", client="tab", until=100.0):
    return Lease(meme=meme, person=person, client=client, query="", until=until)


def test_expired_leases_are_swept_away_when_others_are_given_out(database):
    with database.write() as connection:
        queries.hold_memes(connection, "p", [lease("a", until=50.0), lease("b")], 0.0)
        queries.hold_memes(connection, "q", [lease("a", until=50.0)], 0.0)
        queries.hold_memes(connection, "p", [lease("c")], 60.0)
        assert queries.select_leases(connection, "p", 0.0) == (lease("b"), lease("c"))
        assert len(queries.select_leases(connection, "q", 0.0)) == 1


def test_memes_are_taken_back_from_one_person_of_one_project(database):
    with database.write() as connection:
        for project in ("p", "q"):
            held = [lease("a"), lease("a", "bob"), lease("b", client="other")]
            queries.hold_memes(connection, project, held, 0.0)
        queries.drop_leases(connection, "p", "ann", ["a", "x"])
        queries.drop_client(connection, "p", "ann", "other")
        assert queries.select_leases(connection, "p", 0.0) == (lease("a", "bob"),)
        assert len(queries.select_leases(connection, "q", 0.0)) == 3
