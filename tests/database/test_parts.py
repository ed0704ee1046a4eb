import pytest

from memeclip_core.database.parts import split_values


@pytest.mark.parametrize(("values", "parts"), [([], []), ([1, 2, 3], [[1, 2], [3]])])
def test_long_lists_are_split(values, parts):
    assert list(split_values(values, 2)) == parts
    assert list(split_values(iter(values), 2)) == parts
