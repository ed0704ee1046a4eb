from __future__ import annotations

from memeclip_core.annotation.review.proposal_rows import (
    read_labels,
    read_predicted,
    write_predicted,
)
from memeclip_core.records.project import Suggestion


def test_what_a_model_said_is_read_as_it_was_written():
    said = Suggestion(labels=("irony",), probabilities={"irony": 0.75, "slur": 0.1}, model="m1")
    assert read_predicted(write_predicted({"tone": said, "hate": None})) == {"tone": said}
    assert read_labels({"tone": ["irony"], "hate": []}) == {"tone": ("irony",), "hate": ()}
