import json
import math
from dataclasses import replace

import pytest

from memeclip_core.records.job import Job
from memeclip_core.records.model import Metric, TaskComparison
from memeclip_core.records.plain import from_plain, to_plain
from tests.factories.project_records import METRIC, RETRAINING

EMPTY = Metric(
    name="accuracy", value=math.nan, n=0, low=math.nan, high=math.nan, reason="there are no rows"
)


def test_a_job_comes_back_through_json():
    text = json.dumps(to_plain(RETRAINING), allow_nan=False)
    assert from_plain(Job, json.loads(text)) == RETRAINING


def test_a_running_job_has_no_end():
    running = replace(RETRAINING, state="running", ended=None, comparison=())
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
    job = replace(RETRAINING, progress=replace(RETRAINING.progress, loss=math.nan))
    found = from_plain(Job, json.loads(json.dumps(to_plain(job), allow_nan=False)))
    assert found.progress.loss is None


def test_a_job_of_before_there_were_logs_and_classes_is_read():
    plain = json.loads(json.dumps(to_plain(RETRAINING)))
    del plain["log"], plain["comparison"][0]["classes"], plain["comparison"][0]["flipped"]
    comparison = (replace(RETRAINING.comparison[0], classes=(), flipped=()),)
    assert from_plain(Job, plain) == replace(RETRAINING, log=(), comparison=comparison)


@pytest.mark.parametrize("key", ["state", "progress", "by", "started"])
def test_what_is_missing_is_an_error(key):
    plain = to_plain(RETRAINING)
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
