"""Jobs on the disk, of both kinds: kept, listed, told apart from damage, and asked to stop."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from memeclip_core.errors import JobError
from memeclip_core.records.job import Job
from memeclip_core.records.project import ProjectJob
from memeclip_core.records.schemas import from_plain, to_plain
from memeclip_core.storage.job_files import JobFiles
from tests.factories.project_records import IMPORT, RETRAINING


@pytest.fixture(params=[(Job, RETRAINING), (ProjectJob, IMPORT)], ids=["retraining", "import"])
def kind(request):
    kind, job = request.param
    return job, lambda folder: JobFiles(kind, folder)


def test_jobs_are_kept_and_listed_newest_first(tmp_path, kind):
    job, make = kind
    files = make(tmp_path)
    assert files.list() == ()
    later = replace(job, id="j2", started=job.started + timedelta(seconds=1))
    files.write(job)
    files.write(later)
    files.write(replace(job, reason="changed"))
    assert make(tmp_path).list() == (later, replace(job, reason="changed"))
    assert files.read("j2") == later
    assert make(tmp_path / "dogs").list() == ()


@pytest.mark.parametrize("job_id", ["gone", "../active", "../project", "", "a/b", "x" * 300])
@pytest.mark.parametrize(
    ("whole", "named"), [("", "There is no job"), ("The project 'cats'", "'cats' has no job")]
)
def test_what_is_no_job_is_named(tmp_path, whole, named, job_id):
    with pytest.raises(JobError, match=named):
        JobFiles(Job, tmp_path, whole).read(job_id)


@pytest.mark.parametrize("text", ["", "{}", "[]", "{", "null"])
def test_a_damaged_file_is_named_and_does_not_hide_the_others(tmp_path, kind, text):
    job, make = kind
    files = make(tmp_path)
    files.write(job)
    (tmp_path / "bad.json").write_text(text)
    with pytest.raises(JobError, match="'bad' is damaged"):
        files.read("bad")
    assert files.list() == (job,)


def test_a_mark_to_stop_is_seen_by_other_processes(tmp_path, kind):
    job, make = kind
    make(tmp_path).write(job)
    assert not make(tmp_path).is_asked_to_stop(job.id)
    make(tmp_path).ask_to_stop(job.id)
    assert make(tmp_path).is_asked_to_stop(job.id)
    assert make(tmp_path).list() == (job,)
    make(tmp_path).forget_mark(job.id)
    assert not make(tmp_path).is_asked_to_stop(job.id)
    make(tmp_path).forget_mark(job.id)


def test_a_job_is_read_again_only_after_somebody_replaced_it(tmp_path, kind):
    job, make = kind
    files, elsewhere = make(tmp_path), make(tmp_path)
    elsewhere.write(job)
    first = files.read(job.id)
    assert first == job
    assert files.read(job.id) is first
    elsewhere.write(replace(job, reason="changed"))
    assert files.read(job.id) == replace(job, reason="changed")


def test_jobs_of_one_id_in_two_folders_are_two(tmp_path, kind):
    job, make = kind
    other = replace(job, reason="another")
    make(tmp_path / "a").write(job)
    make(tmp_path / "b").write(other)
    assert make(tmp_path / "a").list() == (job,)
    assert make(tmp_path / "b").list() == (other,)
    assert make(tmp_path / "c").list() == ()


def test_a_job_whose_file_went_is_gone(tmp_path, kind):
    job, make = kind
    files = make(tmp_path)
    files.write(job)
    assert files.read(job.id) == job
    (tmp_path / f"{job.id}.json").unlink()
    with pytest.raises(JobError, match="There is no job"):
        files.read(job.id)
    assert files.list() == ()


def test_a_damaged_file_is_named_even_after_a_good_one_was_read(tmp_path, kind):
    job, make = kind
    files = make(tmp_path)
    files.write(job)
    files.read(job.id)
    (tmp_path / "fresh").write_text("{")
    (tmp_path / "fresh").replace(tmp_path / f"{job.id}.json")
    with pytest.raises(JobError, match="is damaged"):
        files.read(job.id)


def test_jobs_read_back_the_same():
    for job in (IMPORT, replace(IMPORT, ended=None, state="running", failures=(), file="a.zip")):
        assert from_plain(ProjectJob, json.loads(json.dumps(to_plain(job)))) == job
