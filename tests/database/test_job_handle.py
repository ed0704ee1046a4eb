"""What a job's work says of itself is kept, within bounds, and it learns that it is to end."""

from __future__ import annotations

import pytest

from memeclip_core.database.job_handle import JobHandle, Stopped
from memeclip_core.records.job import MAX_FAILURES, MAX_LINES, Progress
from tests.factories.project_records import IMPORT

STEP = Progress(done=1, total=2, message="working")


def test_what_is_long_is_counted_and_its_beginning_is_kept():
    handle = JobHandle(IMPORT)
    handle.change(counts={}, failures=(), log=())
    for number in range(MAX_LINES + 5):
        handle.fail(str(number), "broken")
        handle.say(str(number))
    job = handle.job.end("done", "")
    assert job.counts["failed"] == MAX_LINES + 5 and len(job.failures) == MAX_FAILURES
    assert len(job.log) == MAX_LINES + 1
    assert job.log[-2].endswith(f" {MAX_LINES - 1}") and job.log[-1].endswith(" done")


def test_work_ends_at_its_next_step_once_somebody_asks_for_it():
    handle = JobHandle(IMPORT)
    handle.report(STEP)
    assert handle.job.progress == STEP and handle.written == IMPORT and not handle.stopped()
    handle.stop()
    with pytest.raises(Stopped, match="Stopped on request"):
        handle.report(STEP)
