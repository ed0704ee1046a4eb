"""The value objects of a project's team."""

from __future__ import annotations

import pytest

from memeclip_core.errors import ConfigError
from memeclip_core.records.team import Share


def test_a_share_is_all_a_number_or_a_percentage() -> None:
    assert Share().of(7) == 7
    assert (Share(number=3).of(7), Share(number=9).of(7)) == (3, 7)
    assert (Share(percent=50).of(7), Share(percent=100).of(7), Share(percent=1).of(7)) == (4, 7, 0)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"number": 0}, "number of memes is 0"),
        ({"percent": 0.0}, "share is 0.0 %"),
        ({"percent": 100.5}, "share is 100.5 %"),
        ({"number": 1, "percent": 1.0}, "Give one of them"),
    ],
)
def test_a_share_out_of_range_is_refused(given, said) -> None:
    with pytest.raises(ConfigError, match=said):
        Share(**given)
