"""Work in the background: one of a kind, followed, stopped, and never lost sight of."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import pytest

from memeclip_core.annotation.projects.jobs import ProjectJobs
from memeclip_core.errors import DatasetError, JobError
from memeclip_core.records.decision import Person
from memeclip_core.records.project import MAX_FAILURES
from tests.factories.waits import until

ANA = Person(name="ana", role="admin")


@pytest.fixture
def jobs(home):
    return ProjectJobs(home)


def ended(jobs, job, project="cats"):
    until(lambda: not jobs.get(project, job.id).live)
    return jobs.get(project, job.id)


def test_a_job_tells_what_came_of_it(jobs):
    def work(handle):
        handle.report(1, 2, "half")
        handle.count("added", 3)
        handle.fail("x.png", "broken")
        handle.name_file("out.csv")
        handle.report(2, 2, "done")

    job = ended(jobs, jobs.start(ANA, "import", "cats", work, arguments={"source": "s"}))
    assert (job.state, job.reason, job.by) == ("done", "", "ana")
    assert job.counts == {"added": 3, "failed": 1} and job.file == "out.csv"
    assert [f.filename for f in job.failures] == ["x.png"]
    assert job.ended is not None and job.arguments == {"source": "s"}
    assert jobs.list("cats") == (job,) and jobs.get("cats", job.id) == job


def test_failures_are_counted_and_the_first_are_named(jobs):
    def work(handle):
        for number in range(MAX_FAILURES + 5):
            handle.fail(str(number), "broken")

    job = ended(jobs, jobs.start(ANA, "import", "cats", work))
    assert job.counts["failed"] == MAX_FAILURES + 5 and len(job.failures) == MAX_FAILURES


@pytest.mark.parametrize(
    ("error", "reason"),
    [(DatasetError("no rows."), "no rows."), (ZeroDivisionError("x"), "unexpected")],
)
def test_an_error_is_a_reason(jobs, error, reason):
    def work(handle):
        raise error

    job = ended(jobs, jobs.start(ANA, "import", "cats", work))
    assert job.state == "failed" and reason in job.reason


def test_one_of_a_kind_runs_and_others_beside_it(jobs, home):
    begun, go = threading.Event(), threading.Event()

    def work(handle):
        begun.set()
        go.wait(20)

    first = jobs.start(ANA, "import", "cats", work)
    begun.wait(20)
    elsewhere = ProjectJobs(home)
    for other in (jobs, elsewhere):
        with pytest.raises(JobError, match="import of 'cats' is running already"):
            other.start(ANA, "import", "cats", work)
        assert other.get("cats", first.id).state == "running"
    assert ended(jobs, jobs.start(ANA, "export", "cats", lambda handle: None)).state == "done"
    assert (
        ended(jobs, jobs.start(ANA, "import", "dogs", lambda handle: None), "dogs").state == "done"
    )
    go.set()
    assert ended(jobs, first).state == "done"
    assert ended(jobs, jobs.start(ANA, "import", "cats", lambda handle: None)).state == "done"


@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_job_stops_at_its_next_step(jobs, home, elsewhere):
    done = []

    def work(handle):
        for number in range(2000):
            handle.report(number, 2000, "working")
            done.append(number)
            time.sleep(0.005)

    job = jobs.start(ANA, "import", "cats", work)
    stopper = ProjectJobs(home) if elsewhere else jobs
    stopper.stop("cats", job.id)
    job = ended(jobs, job)
    assert job.state == "cancelled" and "Stopped" in job.reason and len(done) < 1000
    with pytest.raises(JobError, match="is cancelled and cannot be stopped"):
        jobs.stop("cats", job.id)
    assert ended(jobs, jobs.start(ANA, "import", "cats", lambda handle: None)).state == "done"


KILLED = """
import os, sys, threading
from pathlib import Path
from memeclip_core.records.decision import Person
from memeclip_core.annotation.projects.jobs import ProjectJobs
from memeclip_core.storage.home import Home
home = Home(Path(sys.argv[1]))
jobs = ProjectJobs(home)
def work(handle):
    handle.report(1, 2, "half")
    os.kill(os.getpid(), 9)
jobs.start(Person(name="ana", role="admin"), "import", "cats", work)
threading.Event().wait(60)
"""


def test_a_killed_job_is_called_interrupted(jobs, home):
    assert subprocess.run([sys.executable, "-c", KILLED, str(home.root)]).returncode == -9
    (job,) = jobs.list("cats")
    assert job.state == "interrupted" and "start it again" in job.reason
    assert jobs.get("cats", job.id).state == "interrupted"


def test_the_end_is_told(jobs):
    told, end = [], threading.Event()
    job = jobs.start(
        ANA, "import", "cats", lambda handle: None, on_end=lambda job: (told.append(job), end.set())
    )
    assert end.wait(20) and told == [jobs.get("cats", job.id)] and told[0].state == "done"
