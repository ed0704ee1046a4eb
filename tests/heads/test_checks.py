import pytest

from memeclip_core.errors import HeadError
from memeclip_core.heads.checks import above_zero, at_least, layer_size, one_of, rates, refuse


def test_values_within_bounds_are_no_fault():
    assert at_least(1, a=1, b=2) == rates(c=0.0, d=0.99) == above_zero(e=0.1) == []
    assert one_of("f", "x", ("x", "y")) == layer_size("g", 100_000_000) == []


def test_faults_name_the_value_and_what_is_allowed():
    assert at_least(1, a=0, b=1) == ["a is 0, at least 1 is needed"]
    assert rates(c=1.0) == ["c is 1.0, allowed is 0 up to below 1"]
    assert above_zero(e=0) == ["e is 0, it must be above 0"]
    assert one_of("f", "z", ("x", "y")) == ["f is 'z', known are x, y"]
    assert layer_size("it", 100_000_001)[0].startswith("it needs a layer of 100,000,001 weights")


def test_all_faults_are_told_at_once():
    refuse([])
    with pytest.raises(HeadError, match=r"^The head cannot be built: one; two\.$"):
        refuse(["one", "two"])
