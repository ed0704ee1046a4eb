import pytest

from memeclip_core.records.agreement import Effect
from memeclip_core.records.model import Metric


def metric(low, high):
    return Metric(name="difference", value=(low + high) / 2, n=10, low=low, high=high)


@pytest.mark.parametrize(
    ("low", "high", "clear"), [(0.1, 0.3, True), (-0.3, -0.1, True), (-0.1, 0.3, False)]
)
def test_a_difference_is_clear_whose_interval_leaves_out_nought(low, high, clear):
    share = metric(0.2, 0.4)
    assert Effect(shown=share, hidden=share, difference=metric(low, high)).clear is clear
