import json
import math
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from memeclip_core.records.job import Job, Progress
from memeclip_core.records.model import ClassChange, Flip, Metric, TaskComparison
from memeclip_core.records.plain import from_plain, to_plain

METRIC = Metric(name="accuracy", value=0.5, n=4, low=0.25, high=0.75)
EMPTY = Metric(
    name="accuracy", value=math.nan, n=0, low=math.nan, high=math.nan, reason="there are no rows"
)
JOB = Job(
    id="j1",
    task_set="toys",
    state="done",
    started=datetime(2026, 1, 2, 3, 4, 5, 6000, tzinfo=UTC),
    ended=datetime(2026, 1, 2, 3, 5, tzinfo=UTC),
    by="ann",
    progress=Progress(done=3, total=9, message="m", loss=0.5, score=None),
    base="toy",
    candidate="toy-r1",
    counts={"learnt": 2},
    reason="",
    comparison=(
        TaskComparison(
            task="colour",
            rows="corrected",
            n=4,
            active=METRIC,
            candidate=METRIC,
            flips=1,
            p=0.25,
            classes=(ClassChange(label="red", n=3, active=METRIC, candidate=METRIC, p=0.5),),
            flipped=(Flip(meme="m1", truth=("red",), active=(), candidate=("red", "blue")),),
        ),
    ),
    log=("10:00:00 starting",),
)


def test_a_job_comes_back_through_json():
    text = json.dumps(to_plain(JOB), allow_nan=False)
    assert from_plain(Job, json.loads(text)) == JOB


def test_a_running_job_has_no_end():
    running = replace(JOB, state="running", ended=None, comparison=())
    assert from_plain(Job, json.loads(json.dumps(to_plain(running)))) == running


def test_a_number_that_is_not_defined_is_null():
    comparison = TaskComparison(
        task="colour", rows="replay", n=0, active=EMPTY, candidate=METRIC, flips=0
    )
    (plain,) = to_plain((comparison,))
    assert plain["active"]["value"] is None
    assert plain["active"]["reason"] == "there are no rows"
    json.dumps(plain, allow_nan=False)
    found = from_plain(Metric, plain["active"])
    assert math.isnan(found.value)
    assert math.isnan(found.low)
    assert found.reason == EMPTY.reason
    assert from_plain(Metric, plain["candidate"]) == METRIC


def test_a_loss_that_exploded_does_not_break_the_file():
    job = replace(JOB, progress=replace(JOB.progress, loss=math.nan))
    found = from_plain(Job, json.loads(json.dumps(to_plain(job), allow_nan=False)))
    assert found.progress.loss is None


def test_a_job_of_before_there_were_logs_and_classes_is_read():
    plain = json.loads(json.dumps(to_plain(JOB)))
    del plain["log"], plain["comparison"][0]["classes"], plain["comparison"][0]["flipped"]
    comparison = (replace(JOB.comparison[0], classes=(), flipped=()),)
    assert from_plain(Job, plain) == replace(JOB, log=(), comparison=comparison)


@pytest.mark.parametrize("key", ["state", "progress", "by", "started"])
def test_what_is_missing_is_an_error(key):
    plain = to_plain(JOB)
    del plain[key]
    with pytest.raises(KeyError):
        from_plain(Job, plain)


def test_an_undefined_number_is_null_however_deep():
    plain = {"a": [math.nan, {"b": (math.nan, 1.5)}], "c": "nan"}
    assert to_plain(plain) == {"a": [None, {"b": [None, 1.5]}], "c": "nan"}
    metric = Metric(name="m", value=math.nan, n=0, low=math.nan, high=math.nan, reason="no rows")
    back = from_plain(Metric, json.loads(json.dumps(to_plain(metric), allow_nan=False)))
    assert math.isnan(back.value)
    assert (back.name, back.n, back.reason) == ("m", 0, "no rows")
