from datetime import UTC, datetime, timedelta

from memeclip_core.annotation.decisions.log_rows import format_time
from memeclip_core.records.clock import utc_now


def test_the_clock_is_as_fine_as_the_log():
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    now = utc_now()
    assert before < now <= datetime.now(UTC)
    assert now.microsecond % 1000 == 0
    assert format_time(now).endswith("Z")
