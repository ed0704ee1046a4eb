"""What is said of a qualification round: what it asks, and what came of an answer."""

from __future__ import annotations

from typing import Any

import pytest

from tests.factories.browser import BROWSER_MARKS
from tests.ui.scripts.conftest import Small

pytestmark = BROWSER_MARKS

ROUND = {"state": "open", "memes": 10, "share": 0.8, "answered": 3, "attempt": 1, "tries": 1}
TASK = {
    "key": "tone", "title": "Tone",
    "labels": [{"name": "irony", "display": "Irony", "hint": "It means the opposite."},
               {"name": "slur", "display": "Slur", "hint": ""}],
}  # fmt: skip
TOLD = {"hits": 1, "asked": 2, "state": "open", "left": 1, "repeated": False}


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (
            {},
            "Qualification round: 3 of 10 gold memes answered; 80 % of the answers must be right."
            " Your own queue comes after it.",
        ),
        ({"tries": 2, "attempt": 2}, "must be right. This is try 2 of 2. Your own queue"),
        ({"state": "failed"}, "An admin can let you try again."),
    ],
)
def test_what_the_round_asks_is_said_instead_of_quotas(
    small: Small, asked: dict[str, Any], words: str
) -> None:
    said = small.run(
        "label/filters label/desk", "desk.takeCounts(given); return filters.asked.textContent;",
        {"total": 9, "assigned": 4, "quota": 5, "done": 0, "returned": 0,
         "round": {**ROUND, **asked}},
    )  # fmt: skip
    assert words in said and "assigned" not in said


def told(small: Small, answers: list[dict[str, Any]], **more: Any) -> str:
    found: str = small.run(
        "label/round label/desk",
        "desk.desk.project = { key: 'cats', tasks: [given.task] }; round.show(given.told);"
        " return round.node.textContent;",
        {"task": TASK, "told": {**TOLD, "answers": answers, **more}},
    )
    return found


def test_a_wrong_answer_is_told_with_the_golds_and_its_hint(small: Small) -> None:
    answer = {"task": "tone", "chosen": [], "gold": ["irony"], "right": False}
    said = told(small, [answer])
    assert "Tone: you said None of these; the gold says Irony." in said
    assert "It means the opposite." in said and "So far 1 of 2 answers right." in said
    said = told(small, [{**answer, "chosen": None}], repeated=True)
    assert "you said not asked, by your other answers" in said and "first answer counts" in said
    # A task that the label set has lost since.
    said = told(small, [{**answer, "task": "gone", "chosen": ["x"], "gold": ["x"], "right": True}])
    assert "Right. gone: x." in said


@pytest.mark.parametrize(
    ("end", "words"),
    [
        ({"state": "passed"}, "You have passed: 1 of 2 answers right."),
        ({"state": "failed"}, "You can try again once, with other memes."),
        ({"state": "failed", "left": 2}, "You can try again 2 times, with other memes."),
        ({"state": "failed", "left": 0}, "No try is left; an admin can let you try again."),
    ],
)
def test_what_came_of_a_try_is_told_at_its_end(
    small: Small, end: dict[str, Any], words: str
) -> None:
    assert words in told(small, [], **end)
