import json
import math
from dataclasses import replace

import pytest

from memeclip_core.records.job import Job
from memeclip_core.records.meme import Meme, Word
from memeclip_core.records.model import Metric, TaskComparison
from memeclip_core.records.prediction import ClassScore, Prediction, TaskPrediction
from memeclip_core.records.schemas import (
    from_json,
    from_plain,
    prediction_to_dict,
    to_json,
    to_plain,
)
from tests.factories.project_records import METRIC, RETRAINING

EMPTY = Metric(
    name="accuracy", value=math.nan, n=0, low=math.nan, high=math.nan, reason="there are no rows"
)


def test_a_job_comes_back_through_json():
    text = json.dumps(to_plain(RETRAINING), allow_nan=False)
    assert from_plain(Job, json.loads(text)) == RETRAINING
    assert from_json(Job, to_json(RETRAINING, indent=1)) == RETRAINING
    assert json.loads(to_json(RETRAINING)) == to_plain(RETRAINING)


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
    with pytest.raises(ValueError, match=key):
        from_plain(Job, plain)


def test_an_undefined_number_is_null_however_deep():
    plain = {"a": [math.nan, {"b": (math.nan, 1.5)}], "c": "nan"}
    assert to_plain(plain) == {"a": [None, {"b": [None, 1.5]}], "c": "nan"}
    metric = Metric(name="m", value=math.nan, n=0, low=math.nan, high=math.nan, reason="no rows")
    back = from_plain(Metric, json.loads(json.dumps(to_plain(metric), allow_nan=False)))
    assert math.isnan(back.value)
    assert (back.name, back.n, back.reason) == ("m", 0, "no rows")


def test_a_prediction_as_json():
    task = TaskPrediction(
        task="tags",
        title="Tags",
        kind="multilabel",
        labels=(),
        scores=(
            ClassScore(label="b", display="B", probability=0.25, cosine=-0.5),
            ClassScore(label="a", display="A", probability=0.5, cosine=0.125),
        ),
        threshold=0.75,
        applies=False,
        reason="why",
        reads="text",
        model="toy",
    )
    prediction = Prediction(
        meme=Meme(
            id="m",
            filename="f.png",
            text="t",
            text_source="rapidocr",
            width=3,
            height=2,
            words=(Word(text="t", box=(0.0, 1.0, 2.0, 3.0), confidence=0.5),),
        ),
        task_set="toys",
        tasks=(task,),
        model="toy",
        encoder="fake",
        notes=("n",),
    )
    expected = {
        "schema": 1,
        "meme": {
            "id": "m",
            "filename": "f.png",
            "text": "t",
            "text_source": "rapidocr",
            "width": 3,
            "height": 2,
            "words": [{"text": "t", "box": [0.0, 1.0, 2.0, 3.0], "confidence": 0.5}],
        },
        "task_set": "toys",
        "model": "toy",
        "encoder": "fake",
        "notes": ["n"],
        "tasks": {
            "tags": {
                "title": "Tags",
                "kind": "multilabel",
                "labels": [],
                "label": None,
                "probability": 0.5,
                "threshold": 0.75,
                "applies": False,
                "reason": "why",
                "reads": "text",
                "model": "toy",
                "probabilities": {"b": 0.25, "a": 0.5},
                "cosines": {"b": -0.5, "a": 0.125},
            }
        },
    }
    plain = prediction_to_dict(prediction)
    assert plain == expected
    assert json.loads(json.dumps(plain)) == expected
    assert list(plain["tasks"]["tags"]["cosines"]) == ["b", "a"]
