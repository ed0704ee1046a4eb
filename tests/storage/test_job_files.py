from __future__ import annotations

from dataclasses import replace

import pytest

from memeclip_core.annotation.projects.rows import project_job_from_plain, project_job_to_plain
from memeclip_core.errors import JobError
from memeclip_core.records.plain import job_from_plain, job_to_plain
from memeclip_core.storage.job_files import JobFiles
from tests.annotation.projects.test_rows import JOB as IMPORT
from tests.records.test_plain import JOB as RETRAINING

KINDS = [
    (RETRAINING, job_to_plain, job_from_plain),
    (IMPORT, project_job_to_plain, project_job_from_plain),
]


@pytest.fixture(params=KINDS, ids=["retraining", "import"])
def kind(request):
    job, to_plain, from_plain = request.param
    return job, lambda: JobFiles(to_plain=to_plain, from_plain=from_plain)


def test_a_job_is_read_again_only_after_somebody_replaced_it(tmp_path, kind):
    job, make = kind
    files, elsewhere = make(), make()
    elsewhere.write(tmp_path, job)
    first = files.find(tmp_path, job.id)
    assert first == job
    assert files.find(tmp_path, job.id) is first
    elsewhere.write(tmp_path, replace(job, reason="changed"))
    assert files.find(tmp_path, job.id) == replace(job, reason="changed")


def test_jobs_of_one_id_in_two_folders_are_two(tmp_path, kind):
    job, make = kind
    files, other = make(), replace(job, reason="another")
    files.write(tmp_path / "a", job)
    files.write(tmp_path / "b", other)
    assert files.list(tmp_path / "a") == (job,)
    assert files.list(tmp_path / "b") == (other,)
    assert files.list(tmp_path / "c") == ()


def test_a_job_whose_file_went_is_gone(tmp_path, kind):
    job, make = kind
    files = make()
    files.write(tmp_path, job)
    assert files.find(tmp_path, job.id) == job
    (tmp_path / f"{job.id}.json").unlink()
    assert files.find(tmp_path, job.id) is None
    assert files.list(tmp_path) == ()


def test_a_damaged_file_is_named_even_after_a_good_one_was_read(tmp_path, kind):
    job, make = kind
    files = make()
    files.write(tmp_path, job)
    files.find(tmp_path, job.id)
    (tmp_path / "fresh").write_text("{")
    (tmp_path / "fresh").replace(tmp_path / f"{job.id}.json")
    with pytest.raises(JobError, match="is damaged"):
        files.find(tmp_path, job.id)
