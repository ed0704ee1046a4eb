from datetime import UTC, datetime

import pytest

from memeclip_core.records.decision import Labelled


def labelled(**statuses):
    return Labelled(
        meme="m",
        image="",
        text="",
        text_source="none",
        labels={},
        time=datetime(2026, 1, 1, tzinfo=UTC),
        annotators=("ann",),
        statuses=statuses,
    )


@pytest.mark.parametrize(
    ("statuses", "whole"),
    [
        ({}, ""),
        ({"a": "adjudicated", "b": "single"}, "single"),
        ({"a": "unanimous", "b": "majority"}, "majority"),
        ({"a": "majority", "b": "tie"}, "tie"),
    ],
)
def test_the_whole_is_as_certain_as_its_least_certain_task(statuses, whole):
    assert labelled(**statuses).status == whole
    assert labelled(**statuses).tied == (whole == "tie")
