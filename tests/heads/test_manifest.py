import json
import math
from dataclasses import asdict, replace

import numpy as np
import pytest
import torch

from memeclip_core.errors import CheckpointError
from memeclip_core.heads.assembly import HeadConfig, build_fusion_head
from memeclip_core.heads.manifest import from_manifest, to_manifest, to_tensor_dict
from memeclip_core.heads.model import predict_scores
from memeclip_core.heads.parts.fusion_head import share_trunk
from memeclip_core.heads.registry import build_head, complete_config
from memeclip_core.records.model import Metric
from tests.factories.heads import DIMS, make_features, make_model


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


def test_a_common_trunk_is_saved_once_and_loaded_as_one():
    modules = [
        build_head("simclip", dims=DIMS, num_classes=n, config={"map_dim": 8}, seed=n).eval()
        for n in (3, 2)
    ]
    share_trunk(modules)
    model = make_model()
    heads = {
        key: replace(head, module=module)
        for (key, head), module in zip(model.heads.items(), modules, strict=True)
    }
    model = replace(
        model, head="simclip", config=complete_config("simclip", {"map_dim": 8}), heads=heads
    )
    tensors = to_tensor_dict(model)
    assert "*.shared.projection.layers.1.weight" in tensors
    assert not any(name.startswith(("colour.shared", "tags.shared")) for name in tensors)
    again = from_manifest(to_manifest(model), tensors)
    first, second = (head.module for head in again.heads.values())
    assert first.shared is second.shared
    features = make_features(5)
    for task, scores in predict_scores(model, features).items():
        found = predict_scores(again, features)[task].probabilities
        np.testing.assert_array_equal(found, scores.probabilities)


def test_a_trunk_that_one_task_has_left_is_saved_for_each():
    modules = [
        build_head("simclip", dims=DIMS, num_classes=n, config={"map_dim": 8}).eval()
        for n in (3, 2)
    ]
    heads = dict(zip(("colour", "tags"), modules, strict=True))
    model = make_model()
    model = replace(
        model,
        head="simclip",
        config=complete_config("simclip", {"map_dim": 8}),
        heads={k: replace(model.heads[k], module=m) for k, m in heads.items()},
    )
    tensors = to_tensor_dict(model)
    assert {name.split(".")[0] for name in tensors} == {"colour", "tags"}
    again = from_manifest(to_manifest(model), tensors)
    assert again.heads["colour"].module.shared is not again.heads["tags"].module.shared


def test_calibration_lines_survive_and_models_from_before_them_have_none():
    model = make_model()
    lines = tuple((1.0 + place, -0.5) for place in range(len(model.heads["tags"].labels)))
    model.heads["tags"] = replace(model.heads["tags"], lines=lines)
    assert round_trip(model).heads["tags"].lines == lines
    older = to_manifest(make_model())
    for facts in older["tasks"].values():
        del facts["lines"]
    assert from_manifest(older, to_tensor_dict(make_model())).heads["tags"].lines == ()


def test_an_ensemble_survives_and_models_from_before_it_have_one_member():
    model = make_model()
    config = complete_config("memeclip", {"map_dim": 8, "stand_ins": True, "members": 2})
    heads = {
        key: replace(
            head,
            module=build_head(
                "memeclip", dims=DIMS, num_classes=len(head.labels), config=config
            ).eval(),
        )
        for key, head in model.heads.items()
    }
    model = replace(model, head="memeclip", config=config, heads=heads)
    again, features = round_trip(model), make_features(5)
    for task, scores in predict_scores(model, features).items():
        found = predict_scores(again, features)[task].probabilities
        np.testing.assert_array_equal(found, scores.probabilities)
    older = to_manifest(make_model())
    del older["head"]["config"]["members"]
    assert from_manifest(older, to_tensor_dict(make_model())).heads.keys() == model.heads.keys()


def test_a_head_from_before_a_setting_is_as_it_was_then():
    """SimCLIP's head of version 0.1.0, which its preset is no more."""
    before = {"projection": "shared", "activate_first": True, "map_dim": 8, "adapter": False}
    before |= {"fusion": "four-part", "classifier": "linear", "fused_dropout": 0.1}
    old = HeadConfig(**before, output_dropout=0.1)
    model = replace(make_model(), head="simclip", config=asdict(old))
    modules = [
        build_fusion_head(dims=model.encoder.dims, num_classes=n, config=old).eval() for n in (3, 2)
    ]
    heads = zip(model.heads.items(), modules, strict=True)
    model = replace(model, heads={key: replace(h, module=m) for (key, h), m in heads})
    manifest = to_manifest(model)
    later = ("unit_order", "block", "one_logit", "unimodal_losses", "retrieval")
    manifest["head"]["config"] = {k: v for k, v in model.config.items() if k not in later}
    again = from_manifest(manifest, to_tensor_dict(model))
    assert again.config == model.config
    features = make_features(5)
    for task, scores in predict_scores(model, features).items():
        found = predict_scores(again, features)[task].probabilities
        np.testing.assert_array_equal(found, scores.probabilities)


def test_a_head_that_nobody_knows_is_refused():
    manifest = to_manifest(make_model())
    manifest["head"]["name"] = "clippy"
    with pytest.raises(CheckpointError, match="manifest cannot be built: Unknown head 'clippy'"):
        from_manifest(manifest, {})
