from dataclasses import replace
from datetime import timedelta

import pytest

from memeclip_core.errors import JobError
from memeclip_core.models.jobs import JobStore
from memeclip_core.storage.home import Home
from tests.records.test_plain import JOB


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path)


def test_jobs_are_kept_and_listed_newest_first(home):
    store = JobStore(home)
    assert store.list() == ()
    later = replace(JOB, id="j2", started=JOB.started + timedelta(seconds=1))
    store.write(JOB)
    store.write(later)
    store.write(replace(JOB, reason="changed"))
    assert JobStore(home).list() == (later, replace(JOB, reason="changed"))
    assert store.read("j2") == later


@pytest.mark.parametrize("job_id", ["gone", "../active", "", "a/b", "x" * 300])
def test_what_is_no_job_is_named(home, job_id):
    with pytest.raises(JobError, match="There is no job"):
        JobStore(home).read(job_id)


@pytest.mark.parametrize("text", ["", "{}", "[]", "{", "null"])
def test_a_damaged_file_is_named_and_does_not_hide_the_others(home, text):
    store = JobStore(home)
    store.write(JOB)
    (home.jobs / "bad.json").write_text(text)
    with pytest.raises(JobError, match="'bad' is damaged"):
        store.read("bad")
    assert store.list() == (JOB,)


def test_a_mark_to_stop_is_seen_by_other_processes(home):
    JobStore(home).write(JOB)
    assert not JobStore(home).is_asked_to_stop("j1")
    JobStore(home).ask_to_stop("j1")
    assert JobStore(home).is_asked_to_stop("j1")
    assert JobStore(home).list() == (JOB,)
    JobStore(home).forget_mark("j1")
    assert not JobStore(home).is_asked_to_stop("j1")
    JobStore(home).forget_mark("j1")
