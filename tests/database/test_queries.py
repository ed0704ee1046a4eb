"""Jobs come back as they went in, and only their worker writes to them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from memeclip_core.database.queries import (
    insert_job,
    select_jobs,
    update_beat,
    update_end,
    update_stop,
)
from memeclip_core.records.job import Progress
from tests.factories.project_records import IMPORT, RETRAINING

RUNNING = replace(IMPORT, state="running", ended=None)
KINDS = ("import", "export")


def found(connection, **which):
    return [claim.job for claim in select_jobs(connection, KINDS, **which)]


def test_jobs_are_listed_newest_first_and_come_back_the_same(database):
    later = replace(RUNNING, id="j2", started=IMPORT.started + timedelta(seconds=1), counts={})
    with database.write() as connection:
        for one in (later, IMPORT, RETRAINING):
            insert_job(connection, one)
        assert found(connection) == [later, IMPORT] == found(connection, subject="cats")
        assert found(connection, limit=1) == [later] == found(connection, live=True)
        assert found(connection, job_id=IMPORT.id) == [IMPORT]
        assert found(connection, subject="dogs") == []
        (claim,) = select_jobs(connection, ["retrain"])
        assert claim == (RETRAINING, "", 0.0)


def test_a_beat_says_how_far_it_is_and_whether_to_end(database):
    further = replace(RUNNING, progress=Progress(done=4, total=4, message="x"), log=("a",))
    with database.write() as connection:
        insert_job(connection, RUNNING, "me", 1.0)
        assert not update_beat(connection, further, "me", 2.0, changed=False)
        assert select_jobs(connection, KINDS) == [(RUNNING, "me", 2.0)]
        assert not update_beat(connection, further, "me", 3.0, changed=True)
        assert select_jobs(connection, KINDS) == [(further, "me", 3.0)]
        update_stop(connection, RUNNING.id)
        assert update_beat(connection, further, "me", 4.0, changed=False)


def test_who_lost_a_job_writes_nothing_to_it_and_ends(database):
    ended = RUNNING.end("failed", "why")
    with database.write() as connection:
        insert_job(connection, RUNNING, "another", 1.0)
        assert update_beat(connection, replace(RUNNING, file="x"), "me", 2.0, changed=True)
        update_end(connection, ended, "me")
        assert select_jobs(connection, KINDS) == [(RUNNING, "another", 1.0)]
        update_end(connection, ended, "another")
        update_end(connection, RUNNING.end("done", ""), "another")
        assert found(connection) == [ended]
        assert update_beat(connection, RUNNING, "another", 2.0, changed=False)
