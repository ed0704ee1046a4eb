"""Work in the background: one of a kind, followed, stopped, and never lost sight of."""

from __future__ import annotations

import itertools
import logging
import re
import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from memeclip_core.database import jobs as runner
from memeclip_core.database.engine import Database
from memeclip_core.database.jobs import Jobs
from memeclip_core.database.queries import select_jobs
from memeclip_core.database.schema import job as table
from memeclip_core.errors import DatasetError, JobError, NotFound, StoreError
from memeclip_core.records.decision import Person
from memeclip_core.records.job import Progress
from tests.factories.project_records import IMPORT, RETRAINING, TIME
from tests.factories.waits import until

ANA = Person(name="ana", role="admin")
KINDS = ("import", "export", "predict")


@pytest.fixture
def jobs(database):
    return Jobs(database, KINDS)


def ended(jobs, job):
    until(lambda: not jobs.get(job.id).live)
    return jobs.get(job.id)


def begin(jobs, kind, subject, work, **arguments):
    """Begin a job that does this."""
    jobs.register(kind, work)
    return jobs.start(ANA, kind, subject, arguments=arguments)


def nothing(handle):
    """Do no work."""


def step(done, total=2, message="working"):
    return Progress(done=done, total=total, message=message)


def test_a_job_tells_what_came_of_it(jobs, database):
    def work(handle):
        handle.report(step(1))
        handle.count("added", 3)
        handle.fail("x.png", "broken")
        handle.change(file="out.csv")
        handle.say("half-way")
        handle.report(step(2, message="done"))

    job = ended(jobs, begin(jobs, "import", "cats", work, source="s"))
    assert (job.state, job.reason, job.by) == ("done", "", "ana")
    assert job.counts == {"added": 3, "failed": 1} and job.file == "out.csv"
    assert [f.filename for f in job.failures] == ["x.png"]
    assert job.ended is not None and job.arguments == {"source": "s"}
    assert job.progress == step(2, message="done")
    assert [re.sub(r"^\d\d:\d\d:\d\d ", "", line) for line in job.log] == ["half-way", "done"]
    assert jobs.list("cats") == (job,) == Jobs(database, KINDS).list("cats")


TEXT = "the text of a meme"


@pytest.mark.parametrize(
    ("error", "reason"),
    [(DatasetError("no rows."), "no rows."), (ZeroDivisionError(TEXT), "unexpected")],
)
def test_an_error_is_a_reason(jobs, error, reason, caplog):
    def work(handle):
        handle.change(candidate="r1")
        raise error

    job = ended(jobs, begin(jobs, "import", "cats", work))
    assert job.state == "failed" and reason in job.reason and job.candidate == ""
    assert TEXT not in caplog.text
    assert job.log[-1].endswith(f"failed: {job.reason}")


def test_an_interrupt_in_the_foreground_closes_the_job(jobs):
    def work(handle):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        jobs.carry_out(jobs.claim(ANA, "import", "cats"), work)
    (job,) = jobs.list("cats")
    assert (job.state, job.reason) == ("cancelled", "The program was stopped.") and not jobs.busy


def test_one_of_a_kind_runs_and_others_beside_it(jobs, database):
    begun, go = threading.Event(), threading.Event()

    def work(handle):
        begun.set()
        go.wait(20)

    first = begin(jobs, "import", "cats", work)
    begun.wait(20)
    elsewhere = Jobs(database, KINDS)
    for other in (jobs, elsewhere):
        with pytest.raises(JobError, match="import of 'cats' is running already"):
            begin(other, "import", "cats", work)
        assert other.get(first.id, "cats").state == "running"
        assert [job.id for job in other.live("cats")] == [first.id] and other.live("dogs") == ()
    assert jobs.busy and not elsewhere.busy
    assert ended(jobs, begin(jobs, "export", "cats", nothing)).state == "done"
    assert ended(jobs, begin(jobs, "import", "dogs", nothing)).state == "done"
    go.set()
    assert ended(jobs, first).state == "done"
    assert ended(jobs, begin(jobs, "import", "cats", nothing)).state == "done"


def test_of_many_that_start_at_once_one_runs(jobs, database):
    go, outcomes = threading.Event(), []

    def start(own):
        try:
            outcomes.append(begin(own, "import", "cats", lambda handle: go.wait(20)))
        except JobError:
            outcomes.append(None)

    threads = [threading.Thread(target=start, args=(Jobs(database, KINDS),)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 5 and sum(job is not None for job in outcomes) == 1
    go.set()
    until(lambda: not jobs.live())


def test_alone_is_alone_whatever_the_subject(database):
    alone = Jobs(database, ["retrain"], alone=True)
    handle = alone.claim(ANA, "retrain", "pridemm")
    with pytest.raises(JobError, match="retraining of 'pridemm' is running"):
        Jobs(database, ["retrain"], alone=True).claim(ANA, "retrain", "propaganda")
    assert alone.finish(handle, "refused", "Why.").reason == "Why."
    assert alone.claim(ANA, "retrain", "propaganda").job.live


@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_job_stops_at_its_next_step(jobs, database, elsewhere):
    job = begin(jobs, "import", "cats", lambda handle: until(lambda: handle.report(step(1))))
    stopper = Jobs(database, KINDS) if elsewhere else jobs
    stopper.stop(job.id, "cats")
    job = ended(jobs, job)
    assert job.state == "cancelled" and "Stopped" in job.reason
    with pytest.raises(JobError, match="is cancelled and cannot be stopped"):
        jobs.stop(job.id)
    assert ended(jobs, begin(jobs, "import", "cats", nothing)).state == "done"


def test_others_see_how_far_it_is(jobs, database):
    go = threading.Event()

    def work(handle):
        handle.report(step(1))
        handle.count("added", 2)
        go.wait(20)

    job = begin(jobs, "import", "cats", work)
    elsewhere = Jobs(database, KINDS)
    until(lambda: elsewhere.get(job.id).counts == {"added": 2})
    assert elsewhere.get(job.id).progress == step(1)
    go.set()
    ended(jobs, job)


def test_a_job_is_written_down_a_few_times_a_second_at_most(jobs, monkeypatch):
    writes = []
    write = runner.update_beat
    monkeypatch.setattr(runner, "update_beat", lambda *a, **k: writes.append(k) or write(*a, **k))
    began = time.monotonic()

    def work(handle):
        numbers = itertools.count()
        until(lambda: handle.report(step(next(numbers))) or any(one["changed"] for one in writes))

    assert ended(jobs, begin(jobs, "import", "cats", work)).state == "done"
    assert len(writes) <= (time.monotonic() - began) / runner.BEAT_SECONDS


def test_those_of_other_kinds_and_subjects_are_none(jobs, database):
    job = ended(jobs, begin(jobs, "import", "cats", nothing))
    others = Jobs(database, ["retrain"])
    assert others.list("cats") == () and jobs.list("dogs") == ()
    for look in (lambda: others.get(job.id), lambda: jobs.get(job.id, "dogs")):
        with pytest.raises(NotFound, match="There is no job"):
            look()
    for job_id in ("gone", "../active", "", "x" * 300):
        with pytest.raises(NotFound, match="There is no job"):
            jobs.get(job_id)


KILLED = """
import os, sys, threading
from pathlib import Path
from memeclip_core.database.engine import Database
from memeclip_core.database.jobs import Jobs
from memeclip_core.records.decision import Person
from memeclip_core.records.job import Progress
where = sys.argv[1]
database = Database(where) if "://" in where else Database.of_home(Path(where))
kind = sys.argv[2]
jobs = Jobs(database, [kind])
def work(handle):
    handle.report(Progress(done=1, total=2, message="half"))
    os.kill(os.getpid(), 9)
jobs.register(kind, work)
jobs.start(Person(name="ana", role="admin"), kind, "cats", arguments={"source": "s"})
threading.Event().wait(60)
"""


def kill_amid(kind, database, folder):
    """Let a process die that was at a job of this kind."""
    where = str(folder) if database.embedded else str(database._url)
    assert subprocess.run([sys.executable, "-c", KILLED, where, kind]).returncode == -9
    with database.read() as connection:
        assert [claim.job.state for claim in select_jobs(connection, [kind])] == ["running"]


def test_a_killed_retraining_is_called_interrupted_at_once(database, tmp_path):
    kill_amid("retrain", database, tmp_path)
    jobs = Jobs(database, ["retrain"], alone=True)
    (job,) = jobs.list("cats")
    assert job.state == "interrupted" and "start it again" in job.reason and job.ended is not None
    assert Jobs(database, ["retrain"]).get(job.id).state == "interrupted"
    assert ended(jobs, begin(jobs, "retrain", "cats", nothing)).state == "done"


def test_a_killed_import_is_taken_up_with_what_it_was_asked(jobs, database, tmp_path):
    kill_amid("import", database, tmp_path)
    (job,) = jobs.list("cats")
    assert job.state == "queued" and "waiting" in job.progress.message and job.ended is None
    assert Jobs(database, KINDS).get(job.id) == job
    assert jobs.take_up() == ()  # nothing is registered that could do it
    done = []
    jobs.register("import", lambda handle: done.append(dict(handle.job.arguments)))
    assert [one.id for one in jobs.take_up()] == [job.id]
    job = ended(jobs, job)
    assert (job.state, job.tries, done) == ("done", 1, [{"source": "s"}])
    assert any("taken up" in line for line in job.log)
    assert jobs.take_up() == ()


def test_what_a_kill_left_is_taken_up_by_one_of_many(database, tmp_path):
    kill_amid("export", database, tmp_path)
    go, begun, taken = threading.Event(), threading.Barrier(4), []

    def serve():
        own = Jobs(database, KINDS)
        own.register("export", lambda handle: go.wait(20))
        begun.wait(20)
        taken.extend(own.take_up())

    threads = [threading.Thread(target=serve) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 1
    go.set()
    until(lambda: not Jobs(database, KINDS).live())


def wait_in(jobs, database, *, worker="elsewhere|1|00000000|ab"):
    """Leave an import behind that a process on another server had begun, and that is gone."""
    handle = jobs.claim(ANA, "import", "cats", arguments={"source": "s"})
    with database.write() as connection:
        connection.execute(update(table).values(worker=worker, beat=1.0))
    jobs._forget(handle.job.id)
    return handle.job


def test_a_job_is_taken_up_only_where_its_files_are(database):
    left = wait_in(Jobs(database, KINDS, place="here"), database)
    elsewhere, here = Jobs(database, KINDS, place="there"), Jobs(database, KINDS, place="here")
    asked = []

    def reaches(job):
        asked.append(job.arguments["source"])
        return len(asked) > 1

    for own in (elsewhere, here):
        own.register("import", nothing, reaches)
    assert elsewhere.take_up() == () and asked == []
    if database.embedded:  # there is nobody else who could
        asked.append("")
    else:
        assert here.take_up() == () and asked == ["s"]
    assert here.get(left.id).state == "queued"
    assert [job.id for job in here.take_up()] == [left.id]
    assert ended(here, left).state == "done"


def test_servers_look_for_what_waits_as_long_as_there_is_somebody(jobs, database, monkeypatch):
    monkeypatch.setattr(runner, "LOOK_SECONDS", 0.02)
    before, server = set(threading.enumerate()), Jobs(database, KINDS)

    def looking():
        return [one for one in threading.enumerate() if one.name == "jobs" and one not in before]

    server.register("import", nothing)
    server.serve()
    server.serve()
    assert len(looking()) == 1
    left = wait_in(jobs, database)
    until(lambda: jobs.get(left.id).state == "done")
    del server
    until(lambda: not looking())


def test_what_ends_every_process_is_given_up(jobs, database):
    jobs.register("import", nothing)
    left = wait_in(jobs, database)
    for tries in range(1, runner.TRIES + 1):
        handles = []
        jobs.begin = handles.append
        (job,) = jobs.take_up()
        assert (job.id, job.tries) == (left.id, tries)
        with database.write() as connection:
            connection.execute(update(table).values(worker="elsewhere|1|00000000|ab", beat=1.0))
        jobs._forget(job.id)
    assert jobs.take_up() == ()
    job = jobs.get(left.id)
    assert job.state == "failed" and "ended 4 times" in job.reason


def test_one_that_waits_ends_when_it_is_stopped(jobs, database):
    left = wait_in(jobs, database)
    assert jobs.get(left.id).state == "queued"
    job = jobs.stop(left.id)
    assert job.state == "cancelled" and "Stopped on request" in job.reason


@pytest.mark.parametrize("seen", [False, True])
def test_one_that_waits_makes_room_for_another(jobs, database, seen):
    left = wait_in(jobs, database)
    assert not seen or jobs.get(left.id).state == "queued"
    job = ended(jobs, begin(jobs, "import", "cats", nothing))
    assert job.state == "done" and job.id != left.id
    assert (jobs.get(left.id).state, jobs.get(left.id).reason) == ("interrupted", runner.REPLACED)


@pytest.mark.parametrize("elsewhere", [False, True])
def test_what_is_asked_for_while_it_runs_is_done_once_more(jobs, database, elsewhere):
    """Also if it is asked for on another server, and at the last moment: no change is missed."""
    begun, go, calls = threading.Event(), threading.Event(), []

    def work(handle):
        calls.append(handle.job.id)
        begun.set()
        go.wait(20)

    job = begin(jobs, "predict", "cats", work)
    assert begun.wait(20)
    asking = Jobs(database, KINDS) if elsewhere else jobs
    for _ in range(2):
        with pytest.raises(JobError, match="running already"):
            asking.start(ANA, "predict", "cats", again=True)
    go.set()
    assert ended(jobs, job).state == "done"
    assert calls == [job.id, job.id] and len(jobs.list("cats")) == 1


def test_what_failed_is_not_done_once_more(jobs):
    begun, go, calls = threading.Event(), threading.Event(), []

    def work(handle):
        calls.append(handle.job.id)
        begun.set()
        go.wait(20)
        raise DatasetError("no rows.")

    job = begin(jobs, "predict", "cats", work)
    assert begun.wait(20)
    with pytest.raises(JobError):
        jobs.start(ANA, "predict", "cats", again=True)
    go.set()
    assert ended(jobs, job).state == "failed" and len(calls) == 1


def test_a_process_that_was_given_up_ends_its_work(jobs, database, monkeypatch):
    """A machine that slept finds its job closed, or taken up by another server."""
    begun = threading.Event()

    def work(handle):
        begun.set()
        until(handle.stopped)
        handle.report(step(1))

    job = begin(jobs, "import", "cats", work)
    begun.wait(20)
    with database.write() as connection:
        connection.execute(update(table).values(worker="elsewhere|1|00000000|ab", beat=1.0))
    assert Jobs(database, KINDS).get(job.id).state == "queued"
    until(lambda: not jobs.busy)
    assert jobs.get(job.id).state == "queued"


def test_what_ended_without_a_record_is_taken_up(jobs, monkeypatch, caplog):
    monkeypatch.setattr(runner, "update_end", fail)
    with caplog.at_level(logging.WARNING, logger="memeclip"):
        job = jobs.carry_out(jobs.claim(ANA, "import", "cats"), nothing)
    assert job.state == "done" and "not on record: no space" in caplog.text
    monkeypatch.undo()
    assert [one.state for one in jobs.list()] == ["queued"]


def fail(*args, **kwargs):
    raise StoreError("no space")


def test_a_job_goes_on_while_it_cannot_be_written_down(jobs, monkeypatch):
    monkeypatch.setattr(runner, "BEAT_SECONDS", 0.01)
    monkeypatch.setattr(runner, "update_beat", fail)

    def work(handle):
        for number in range(5):
            handle.report(step(number))
            time.sleep(0.02)

    assert ended(jobs, begin(jobs, "import", "cats", work)).state == "done"


def test_nothing_is_written_down_behind_the_end(jobs, database, monkeypatch):
    monkeypatch.setattr(runner, "BEAT_SECONDS", 0.001)
    begun, written = threading.Event(), []

    def write_down(handle):
        begun.set()
        time.sleep(0.1)
        written.append(handle.job.state)

    jobs.write_down = write_down
    job = begin(jobs, "import", "cats", lambda handle: begun.wait(60))
    until(lambda: not Jobs(database, KINDS).get(job.id).live)
    before = list(written)
    time.sleep(0.2)
    assert written == before and set(before) == {"running"}
    until(lambda: not jobs.busy)


def test_those_of_an_earlier_release_are_taken_over_once(jobs, database):
    running = replace(IMPORT, id="j2", state="running", ended=None)
    retrainings = Jobs(database, ["retrain"])
    jobs.recover(iter([IMPORT, running, RETRAINING]))
    jobs.recover(iter([replace(IMPORT, id="j3")]))
    assert {job.id: job.state for job in jobs.list("cats")} == {
        IMPORT.id: "done",
        "j2": "interrupted",
    }
    assert jobs.get(IMPORT.id) == IMPORT and retrainings.list() == (RETRAINING,)


def test_a_start_lets_go_of_what_a_kill_left(jobs, database):
    wait_in(jobs, database)
    Jobs(database, KINDS).recover(iter([]))
    with database.read() as connection:
        (claim,) = select_jobs(connection, KINDS)
    assert (claim.job.state, claim.worker) == ("queued", "")


def test_what_ended_long_ago_is_forgotten(jobs, database):
    """Visitors may begin a batch at any time, and each job says which files failed."""
    retrainings = Jobs(database, ["retrain"])
    old = [begin(jobs, "import", "cats", nothing), begin(retrainings, "retrain", "cats", nothing)]
    until(lambda: not jobs.live() and not retrainings.live())
    with database.write() as connection:
        connection.execute(update(table).values(ended=TIME))
    live, fresh = jobs.claim(ANA, "export", "cats"), begin(jobs, "predict", "cats", nothing)
    ended(jobs, fresh)
    jobs.sweep(timedelta(days=1))
    assert {job.id for job in jobs.list()} == {live.job.id, fresh.id}
    assert [job.id for job in retrainings.list()] == [old[1].id]
    jobs.finish(live, "done", "")


def test_the_newest_that_was_not_interrupted_says_what_it_counted(jobs, database):
    assert jobs.counts("cats") == {}
    handle = jobs.claim(ANA, "import", "cats")
    handle.count("added", 2)
    assert jobs.counts("cats") == {}
    jobs.write_down(handle)
    assert jobs.counts("cats") == {"added": 2} == Jobs(database, KINDS).counts("cats")
    assert jobs.counts("dogs") == {}
    jobs.finish(handle, "interrupted", "")
    assert jobs.counts("cats") == {}


def test_a_database_that_cannot_be_had_starts_nothing(tmp_path):
    (tmp_path / "memeclip.sqlite").mkdir()
    jobs = Jobs(Database.of_home(tmp_path), KINDS)
    with pytest.raises(StoreError):
        begin(jobs, "import", "cats", nothing)
    assert not jobs.busy
