"""Jobs of projects on the disk."""

from __future__ import annotations

from dataclasses import replace

import pytest

from memeclip_core.annotation.projects.job_store import ProjectJobStore
from memeclip_core.errors import JobError
from memeclip_core.storage.home import Home
from tests.annotation.projects.test_rows import JOB


def test_jobs_are_kept_and_listed_newest_first(tmp_path):
    store = ProjectJobStore(Home(tmp_path))
    assert store.list("cats") == ()
    later = replace(JOB, id="20270101T000000-aa", kind="export")
    store.write(JOB)
    store.write(later)
    assert ProjectJobStore(Home(tmp_path)).list("cats") == (later, JOB)
    assert store.read("cats", JOB.id) == JOB
    assert store.list("dogs") == ()


@pytest.mark.parametrize("job_id", ["gone", "../project", "", "a/b"])
def test_what_is_no_job_is_named(tmp_path, job_id):
    with pytest.raises(JobError, match="'cats' has no job"):
        ProjectJobStore(Home(tmp_path)).read("cats", job_id)


@pytest.mark.parametrize("text", ["", "{}", "[]", "null"])
def test_a_damaged_file_is_named_and_does_not_hide_the_others(tmp_path, text):
    home = Home(tmp_path)
    store = ProjectJobStore(home)
    store.write(JOB)
    (home.project("cats") / "jobs" / "bad.json").write_text(text)
    with pytest.raises(JobError, match="'bad' is damaged"):
        store.read("cats", "bad")
    assert store.list("cats") == (JOB,)


def test_a_mark_to_stop_is_seen_by_other_processes(tmp_path):
    store = ProjectJobStore(Home(tmp_path))
    store.write(JOB)
    assert not store.is_asked_to_stop("cats", JOB.id)
    ProjectJobStore(Home(tmp_path)).ask_to_stop("cats", JOB.id)
    assert store.is_asked_to_stop("cats", JOB.id)
    store.forget_mark("cats", JOB.id)
    assert not store.is_asked_to_stop("cats", JOB.id)
