from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
import torch
from safetensors.torch import load, save

from memeclip_core.errors import JobError
from memeclip_core.heads.ensemble import Ensemble, list_members
from memeclip_core.heads.manifest import from_manifest, to_manifest, to_tensor_dict
from memeclip_core.heads.model import HeadModel, predict_scores
from memeclip_core.heads.registry import build_head, complete_config
from memeclip_core.training.retrain import RetrainConfig, mix_examples, retrain_heads
from memeclip_core.training.retrieval import Retrieval
from memeclip_core.training.rows import MISSING, LabelledRows
from tests.factories.heads import DIMS, make_features, make_head, make_model

NOW = datetime(2026, 2, 3, tzinfo=UTC)
CONFIG = RetrainConfig(epochs=20, lr=1e-2, batch_size=8)


def rows(count: int, *, seed: int, colour: int | None = None, tags: bool = True) -> LabelledRows:
    generator = np.random.default_rng(seed)
    colours = generator.integers(0, 3, count) if colour is None else np.full(count, colour)
    tag_labels = generator.integers(0, 2, (count, 2)) if tags else np.full((count, 2), MISSING)
    return LabelledRows(
        features=make_features(count, seed=seed), labels={"colour": colours, "tags": tag_labels}
    )


def retrain(
    corrections: LabelledRows,
    *,
    model: HeadModel | None = None,
    config: RetrainConfig = CONFIG,
    **kwargs,
):
    return retrain_heads(
        model or make_model(),
        replay=rows(40, seed=1),
        corrections=corrections,
        validation=rows(10, seed=2),
        config=config,
        version="toys-fake-r1",
        created=NOW,
        score=lambda task: lambda labels, probabilities: 0.5,
        **kwargs,
    )


def test_corrections_are_learnt():
    corrections = rows(12, seed=9, colour=2)
    before = predict_scores(make_model(), corrections.features)["colour"].probabilities[:, 2]
    model = retrain(corrections).model
    after = predict_scores(model, corrections.features)["colour"].probabilities[:, 2]
    assert after.mean() > before.mean() + 0.2
    assert (after > 1 / 3).all()


def test_an_ensemble_learns_corrections_together():
    heads = {
        key: replace(
            head,
            module=Ensemble(make_head(head.kind, head.labels, seed=seed).module for seed in (1, 2)),
        )
        for key, head in make_model().heads.items()
    }
    together = replace(make_model(), heads=heads)
    corrections = rows(12, seed=9, colour=0)
    taught = retrain(corrections, model=together).model
    assert all(isinstance(head.module, Ensemble) for head in taught.heads.values())
    before, after = (
        (predict_scores(model, corrections.features)["colour"].probabilities.argmax(1) == 0).mean()
        for model in (together, taught)
    )
    # By the answers: validation rows with labels by chance make every probability a low one.
    assert after > before + 0.2
    for old, new in zip(
        list_members(together.heads["colour"].module),
        list_members(taught.heads["colour"].module),
        strict=True,
    ):
        weights = zip(old.parameters(), new.parameters(), strict=True)
        assert any(not torch.equal(a, b) for a, b in weights), "every member learns"


def test_tasks_without_corrections_stay_bit_equal():
    result = retrain(rows(6, seed=3, tags=False))
    for a, b in zip(
        make_model().heads["tags"].module.parameters(),
        result.model.heads["tags"].module.parameters(),
        strict=True,
    ):
        assert torch.equal(a, b)
    assert result.counts == {"colour": 6}


def test_the_candidate_names_its_parent():
    model = retrain(rows(6, seed=3)).model
    assert (model.version, model.parent, model.origin) == ("toys-fake-r1", "toy", "retrained")
    assert model.created == NOW


def test_the_same_rows_give_the_same_bytes():
    first, second = (retrain(rows(6, seed=3)).model for _ in range(2))
    for task in first.heads:
        for a, b in zip(
            first.heads[task].module.parameters(),
            second.heads[task].module.parameters(),
            strict=True,
        ):
            assert torch.equal(a, b)


def test_weights_decay():
    def size(weight_decay: float) -> float:
        config = replace(CONFIG, epochs=4, weight_decay=weight_decay)
        head = retrain(rows(6, seed=3), config=config).model.heads["colour"].module
        return sum(float(weights.abs().sum()) for weights in head.parameters())

    assert size(5.0) < 0.7 * size(0.0)


def test_progress_reaches_the_end():
    seen = []
    retrain(rows(6, seed=3), on_progress=seen.append)
    assert [p.done for p in seen] == list(range(1, 41))
    assert {p.total for p in seen} == {40}
    assert seen[-1].message == "tags: epoch 20 of 20"


def test_stopping_leaves_no_candidate():
    with pytest.raises(JobError, match="cancelled"):
        retrain(rows(6, seed=3), should_stop=lambda: True)


def test_nothing_to_learn_from():
    empty = LabelledRows(
        features=make_features(2),
        labels={"colour": np.full(2, MISSING), "tags": np.full((2, 2), MISSING)},
    )
    with pytest.raises(JobError, match="nothing to learn from"):
        retrain(empty)


def test_few_corrections_weigh_at_most_fifty_rows_each():
    mixed = mix_examples(make_model(), "colour", rows(400, seed=1), rows(2, seed=3), CONFIG)
    assert mixed.weights[:400].tolist() == [1.0] * 400
    assert mixed.weights[400:].tolist() == [50.0, 50.0]


def test_many_corrections_weigh_what_a_row_weighs():
    mixed = mix_examples(make_model(), "colour", rows(30, seed=1), rows(90, seed=3), CONFIG)
    assert set(mixed.weights.tolist()) == {1.0}


def test_the_share_of_the_corrections():
    mixed = mix_examples(make_model(), "colour", rows(90, seed=1), rows(10, seed=3), CONFIG)
    # A quarter of the weight: 30 of 120, on ten rows.
    assert mixed.weights[90:].tolist() == [3.0] * 10


def test_replay_is_drawn_down():
    config = RetrainConfig(replay_rows=20)
    mixed = mix_examples(make_model(), "colour", rows(50, seed=1), rows(5, seed=3), config)
    assert len(mixed) == 25


def test_calibration_is_that_of_the_retrained_weights():
    before = make_model()
    wrong = {
        key: replace(
            head,
            temperature=16.0,
            lines=((0.01, 3.0), (0.01, 3.0)) if head.kind == "multilabel" else (),
            threshold=0.99 if head.kind == "multilabel" else None,
        )
        for key, head in before.heads.items()
    }
    scores = {"colour": accuracy, "tags": micro}
    corrections = rows(12, seed=9)
    common = {"replay": rows(40, seed=1), "corrections": corrections, "config": CONFIG,
              "version": "r1", "created": NOW, "score": scores.__getitem__}  # fmt: skip
    model = retrain_heads(replace(before, heads=wrong), validation=rows(60, seed=2), **common).model
    colour, tags = model.heads["colour"], model.heads["tags"]
    assert colour.temperature != 16.0
    assert tags.threshold not in (0.99, None)
    assert len(tags.lines) == 2 and (0.01, 3.0) not in tags.lines
    none = rows(60, seed=2).take(np.zeros(0, np.int64))
    kept = retrain_heads(replace(before, heads=wrong), validation=none, **common).model
    assert (kept.heads["tags"].threshold, kept.heads["colour"].temperature) == (0.99, 16.0)


def accuracy(labels, probabilities):
    return float((probabilities.argmax(1) == labels).mean())


def micro(labels, probabilities):
    return float(((probabilities >= 0.5) == labels).mean())


def test_a_head_that_learns_by_retrieval_learns_corrections_so(monkeypatch):
    dry = {f"{place}_dropout": 0.0 for place in ("projection", "fused", "output")}
    settings = complete_config("rgcl", {"map_dim": 32, **dry})
    model = make_model()
    heads = {
        key: replace(
            head,
            module=build_head(
                "rgcl", dims=DIMS, num_classes=len(head.labels), kind=head.kind, config=settings
            ).eval(),
        )
        for key, head in model.heads.items()
    }
    model = replace(model, head="rgcl", config=settings, heads=heads)
    known = []
    monkeypatch.setattr(
        Retrieval,
        "refresh",
        lambda self, module, own=Retrieval.refresh: (own(self, module), known.append(self.known)),
    )
    corrections = rows(12, seed=9, colour=2)
    before = predict_scores(model, corrections.features)["colour"].probabilities[:, 2]
    found = retrain(corrections, model=model).model
    after = predict_scores(found, corrections.features)["colour"].probabilities[:, 2]
    assert after.mean() > before.mean() + 0.05
    # The replayed and the corrected memes, of which each task knows its own.
    assert {len(rows) for rows in known} == {40 + 12}
    again = from_manifest(to_manifest(found), load(save(to_tensor_dict(found))))
    np.testing.assert_array_equal(
        predict_scores(again, corrections.features)["tags"].probabilities,
        predict_scores(found, corrections.features)["tags"].probabilities,
    )
