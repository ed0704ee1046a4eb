"""What stands beside the filters: what an admin asks of the person who labels."""

from __future__ import annotations

import pytest

from tests.factories.browser import BROWSER_MARKS
from tests.ui.scripts.conftest import Small

pytestmark = BROWSER_MARKS

COUNTS = {"total": 9, "pending": 9, "done": 2, "returned": 1, "assigned": 0, "quota": None}


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({}, ""),
        ({"assigned": 1}, "1 meme assigned to you comes first."),
        ({"quota": 50}, "You have decided 3 of the 50 memes asked of you."),
        (
            {"assigned": 4, "quota": 0},
            "4 memes assigned to you come first. You have decided 3 of the 0 memes asked of you.",
        ),
    ],
)
def test_what_is_asked_of_a_person_is_said_and_nothing_where_that_is_no_more_than_of_all(
    small: Small, asked: dict[str, int], words: str
) -> None:
    said = small.run(
        "label/filters label/desk",
        "desk.takeCounts(given); return [filters.asked.textContent, filters.asked.hidden];",
        {**COUNTS, **asked},
    )
    assert said == [words, not words]
