from datetime import UTC, datetime

import pytest

from memeclip_core.records.decision import Decision, Labelled
from tests.factories.logs import START


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


def decide(verdicts):
    return Decision(
        save="s", annotator="ann", time=START, task_set="toys", meme="m", image="", text="",
        text_source="none", labels={}, note="", verdicts=verdicts,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("verdicts", "whole"),
    [
        ({}, ""),
        ({"hate": ""}, ""),
        ({"hate": "confirmed", "tags": "confirmed"}, "confirmed"),
        ({"hate": "confirmed", "tags": "corrected"}, "corrected"),
        ({"hate": "unaided", "tags": ""}, "unaided"),
    ],
)
def test_one_corrected_task_makes_a_corrected_decision(verdicts, whole):
    assert decide(verdicts).verdict == whole
