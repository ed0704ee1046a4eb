import pytest

from memeclip_core.annotation.decisions.decision import Decision, gather_rows
from tests.factories.logs import START, Log


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


def test_what_rows_share_is_taken_from_them():
    log = Log()
    log.act("return", "rev", "m1", project="p", note="why", to="ann")
    found = gather_rows(log.rows, {}, {}, 7)
    assert (found.action, found.annotator, found.target, found.note, found.project) == (
        "return", "rev", "ann", "why", "p",
    )  # fmt: skip
    assert (found.revision, found.model, found.image, found.time) == (7, "m", "m1.png", START)
