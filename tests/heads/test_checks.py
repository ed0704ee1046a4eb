import pytest

from memeclip_core.errors import HeadError
from memeclip_core.heads.checks import layer_size, refuse


def test_a_layer_that_would_not_fit_is_named():
    assert layer_size("it", 100_000_000) == []
    assert layer_size("it", 100_000_001)[0].startswith("it needs a layer of 100,000,001 weights")


def test_all_faults_are_told_at_once():
    refuse([])
    with pytest.raises(HeadError, match=r"^The head cannot be built: one; two\.$"):
        refuse(["one", "two"])
