from memeclip_core.inference.pace import REMEMBERED, Pace


def test_the_pace_is_the_median_of_the_last_measurements_without_the_first():
    pace = Pace()
    assert pace.seconds("text") is None
    pace.note("text", 1, 30.0)  # the network is loaded
    assert pace.seconds("text") is None
    for seconds in (4.0, 2.0, 9.0):
        pace.note("text", 4, seconds)
    assert pace.seconds("text") == 1.0
    assert pace.seconds("image") is None
    for _ in range(REMEMBERED):
        pace.note("text", 2, 1.0)
    assert pace.seconds("text") == 0.5
