"""Jobs come back as they went in, and only their worker writes to them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from memeclip_core.database.queries import (
    insert_job,
    select_jobs,
    update_again,
    update_beat,
    update_end,
    update_owner,
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
        assert claim == (RETRAINING, "", 0.0, "")


def test_a_beat_says_how_far_it_is_and_whether_to_end(database):
    further = replace(RUNNING, progress=Progress(done=4, total=4, message="x"), log=("a",))
    with database.write() as connection:
        insert_job(connection, RUNNING, "me", 1.0)
        assert not update_beat(connection, further, "me", 2.0, changed=False)
        assert select_jobs(connection, KINDS) == [(RUNNING, "me", 2.0, "")]
        assert not update_beat(connection, further, "me", 3.0, changed=True)
        assert select_jobs(connection, KINDS) == [(further, "me", 3.0, "")]
        update_stop(connection, RUNNING.id)
        assert update_beat(connection, further, "me", 4.0, changed=False)


def test_who_lost_a_job_writes_nothing_to_it_and_ends(database):
    ended = RUNNING.end("failed", "why")
    with database.write() as connection:
        insert_job(connection, RUNNING, "another", 1.0)
        assert update_beat(connection, replace(RUNNING, file="x"), "me", 2.0, changed=True)
        assert not update_end(connection, ended, "me")
        assert select_jobs(connection, KINDS) == [(RUNNING, "another", 1.0, "")]
        assert update_end(connection, ended, "another")
        assert not update_end(connection, RUNNING.end("done", ""), "another")
        assert not update_owner(connection, RUNNING, "another", "me", 3.0)
        assert not update_again(connection, RUNNING.id, "another", wanted=True)
        assert found(connection) == [ended]
        assert update_beat(connection, RUNNING, "another", 2.0, changed=False)


def test_a_job_goes_from_one_worker_to_another(database):
    with database.write() as connection:
        insert_job(connection, RUNNING, "gone", 1.0, "here")
        assert update_owner(connection, RUNNING.wait(), "gone", "", 1.0)
        (claim,) = select_jobs(connection, KINDS, locked=True)
        assert (claim.job.state, claim.worker, claim.place) == ("queued", "", "here")
        assert not update_owner(connection, RUNNING, "gone", "me", 2.0)
        assert update_owner(connection, claim.job.take_up(), "", "me", 2.0)
        (claim,) = select_jobs(connection, KINDS, live=True)
        assert (claim.job.state, claim.job.tries, claim.job.counts) == ("running", 1, {})


def test_what_is_to_be_done_once_more_is_not_done_yet(database):
    with database.write() as connection:
        insert_job(connection, RUNNING, "me", 1.0)
        assert not update_again(connection, RUNNING.id, "me", wanted=False)
        assert update_again(connection, RUNNING.id, "me", wanted=True)
        assert not update_end(connection, RUNNING.end("done", ""), "me")
        assert update_again(connection, RUNNING.id, "me", wanted=False)
        assert not update_again(connection, RUNNING.id, "me", wanted=False)
        assert update_end(connection, RUNNING.end("done", ""), "me")


def test_rows_that_somebody_changes_are_left_out_where_the_database_can(database):
    if database.embedded:  # one writes at a time
        return
    with database.write() as connection:
        insert_job(connection, RUNNING, "", 1.0)
    with database.write() as connection, database._open().connect() as other:
        assert len(select_jobs(connection, KINDS, locked=True)) == 1
        assert select_jobs(other, KINDS, locked=True) == []
