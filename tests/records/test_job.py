from dataclasses import replace
from typing import get_args

import pytest

from memeclip_core.records.job import JobState
from tests.factories.project_records import IMPORT, RETRAINING


@pytest.mark.parametrize("job", [RETRAINING, IMPORT], ids=["retraining", "import"])
def test_a_job_is_live_until_it_has_ended(job):
    live = {state for state in get_args(JobState) if replace(job, state=state).live}
    assert live == {"queued", "running"}
