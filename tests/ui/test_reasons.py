"""Each reason that the core gives for an unknown number is one that the page can say."""

from __future__ import annotations

import pytest

from memeclip_core.annotation.review.agreement import NO_GOLD
from memeclip_core.evaluation.agreement import NO_OVERLAP, ONE_LABEL
from memeclip_core.evaluation.annotators import ALONE, NEVER_ALIKE, NO_MODEL, NOBODY
from memeclip_core.evaluation.metrics import NO_DECISIONS, NO_LABELS, NO_ROWS
from memeclip_core.evaluation.set_agreement import ONE_SET, SETS
from memeclip_core.evaluation.suggestion_effect import NONE_HIDDEN, NONE_SHOWN
from memeclip_core.ui.reasons import REASONS


@pytest.mark.parametrize(
    "reason",
    [
        ALONE, NEVER_ALIKE, NOBODY, NONE_HIDDEN, NONE_SHOWN, NO_DECISIONS, NO_GOLD, NO_LABELS,
        NO_MODEL, NO_OVERLAP, NO_ROWS, ONE_LABEL, ONE_SET, SETS,
    ],
)  # fmt: skip
def test_a_reason_of_the_core_is_one_of_the_page(reason: str) -> None:
    assert reason in REASONS
