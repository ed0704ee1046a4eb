import pytest

from memeclip_core.inference.pace import REMEMBERED, Pace


def test_the_pace_is_the_median_of_the_last_measurements_without_the_first():
    pace = Pace()
    assert pace.seconds("text", 40) is None
    pace.note("text", [40], 30.0)  # the network is loaded
    assert pace.seconds("text", 40) is None
    for seconds in (1.0, 0.5, 2.0):
        pace.note("text", [40], seconds)
    assert pace.seconds("text", 40) == 1.0
    assert pace.seconds("image", 40) is None
    for _ in range(REMEMBERED):
        pace.note("text", [44], 0.5)
    assert pace.seconds("text", 40) == 0.5


@pytest.mark.parametrize("other", [15, 100, 1200])
def test_what_was_measured_of_one_size_says_nothing_of_another(other):
    pace = Pace()
    for size in (40, 40):
        pace.note("text", [size], 1.0)
    assert pace.seconds("text", 40) == 1.0
    assert pace.seconds("text", other) is None


def test_of_a_call_with_several_nothing_is_learnt():
    pace = Pace()
    pace.note("text", [40], 1.0)
    pace.note("text", [40, 40], 9.0)
    assert pace.seconds("text", 40) is None
