import pytest

from memeclip_core.errors import ConfigError
from memeclip_core.records.queue import PENDING, QueueFilter


def test_an_empty_subset_is_refused_and_no_subset_means_all():
    with pytest.raises(ConfigError, match="empty"):
        QueueFilter(ids=())
    assert PENDING.ids is None
    assert QueueFilter() == PENDING
    assert PENDING.state == "pending"
