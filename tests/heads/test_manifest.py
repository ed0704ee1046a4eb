import json
import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from memeclip_core.errors import CheckpointError
from memeclip_core.heads.manifest import from_manifest, to_manifest, to_tensor_dict
from memeclip_core.heads.model import predict_scores
from memeclip_core.records import Metric
from tests.heads.examples import make_features, make_model


def round_trip(model):
    return from_manifest(json.loads(json.dumps(to_manifest(model))), to_tensor_dict(model))


def test_predictions_are_bit_equal_after_a_round_trip():
    model, features = make_model(), make_features(9)
    before, after = predict_scores(model, features), predict_scores(round_trip(model), features)
    for task in model.heads:
        np.testing.assert_array_equal(before[task].cosines, after[task].cosines)
        np.testing.assert_array_equal(before[task].probabilities, after[task].probabilities)


def test_facts_survive():
    model = replace(make_model(), parent="older", replay="toy", data={"rows": 3}, notes=("hello",))
    again = round_trip(model)
    for name in ("version", "task_set", "created", "encoder", "parent", "replay", "data", "notes"):
        assert getattr(again, name) == getattr(model, name)
    assert again.heads["tags"].threshold == 0.4
    assert again.heads["colour"].labels == ("red", "green", "blue")


def test_an_undefined_metric_is_valid_json():
    undefined = Metric(
        name="accuracy", value=math.nan, n=0, low=math.nan, high=math.nan, reason="no rows"
    )
    model = make_model()
    heads = {**model.heads, "tags": replace(model.heads["tags"], metrics=(undefined,))}
    text = json.dumps(to_manifest(replace(model, heads=heads)), allow_nan=False)
    metric = from_manifest(json.loads(text), to_tensor_dict(model)).heads["tags"].metrics[0]
    assert math.isnan(metric.value)
    assert metric.reason == "no rows"


def test_loaded_heads_do_not_learn():
    for head in round_trip(make_model()).heads.values():
        assert not head.module.training
        assert not any(p.requires_grad for p in head.module.parameters())


def test_other_schemas_are_refused():
    manifest = {**to_manifest(make_model()), "schema": 99}
    with pytest.raises(CheckpointError, match="schema 99; this version reads 1"):
        from_manifest(manifest, {})


def test_an_incomplete_manifest_is_refused():
    manifest = to_manifest(make_model())
    del manifest["encoder"]
    with pytest.raises(CheckpointError, match="incomplete or damaged"):
        from_manifest(manifest, {})


@pytest.mark.parametrize("damage", ["missing", "shape"])
def test_tensors_that_do_not_fit_are_refused(damage: str):
    model = make_model()
    tensors = to_tensor_dict(model)
    if damage == "missing":
        del tensors["colour.classifier.weight"]
    else:
        tensors["colour.classifier.weight"] = torch.zeros(2, 8)
    with pytest.raises(CheckpointError, match="task 'colour' does not fit"):
        from_manifest(to_manifest(model), tensors)
