"""What holds for every registered head, and for one that is added tomorrow."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
import torch
from safetensors.torch import load, save

from memeclip_core.encoders.features import Tokens
from memeclip_core.heads.manifest import from_manifest, to_manifest, to_tensor_dict
from memeclip_core.heads.model import HeadModel, predict_scores
from memeclip_core.heads.registry import HEADS, build_head
from memeclip_core.models.selection import judge_task
from memeclip_core.tasks import Label, Task, TaskSet
from memeclip_core.training.preparation import SharedSpace
from memeclip_core.training.recipes import build_recipe
from memeclip_core.training.rows import MISSING, LabelledRows
from memeclip_core.training.train import train_model
from tests.factories.heads import (
    DIMS,
    EVERYTHING,
    TAG,
    ToyTower,
    equip,
    make_batch,
    make_features,
    small_settings,
)

EVERY_HEAD = pytest.mark.parametrize("name", HEADS)


def task(key: str, kind: str, names: str) -> Task:
    labels = tuple(Label(name=n, display=n, prompt=n, value=n) for n in names)
    return Task(key=key, title=key, kind=kind, labels=labels, column=key)


TASKS = TaskSet(
    key="toys",
    title="Toys",
    tasks=(task("sign", "multiclass", "pmz"), task("signs", "multilabel", "pq")),
)


def rows(count: int, seed: int) -> LabelledRows:
    """The first features decide; a third of the rows lacks a modality, a tenth a label."""
    features = make_features(count, seed=seed, needs=EVERYTHING)
    places = np.arange(count)
    sign = (features.text[:, 0] > 0) + (features.text[:, 0] > 1) * (features.image[:, 0] > 0)
    signs = np.stack([features.text[:, 1] > 0, features.image[:, 1] > 0], 1) * 1
    signs[places % 10 == 3] = MISSING
    # The ids of the words say of the text what its vector says.
    words = np.digitize(features.text[:, 0], [0.0, 1.0]).astype(np.int32)
    features = replace(
        features,
        has_image=places % 6 != 1,
        has_text=places % 6 != 2,
        word_ids=Tokens(values=words[:, None], mask=np.ones((count, 1), bool)),
    )
    return LabelledRows(features=features, labels={"sign": sign.astype(np.int64), "signs": signs})


def train(name: str, *, epochs: int = 2, count: int = 60) -> HeadModel:
    generator = np.random.default_rng(0)
    return train_model(
        TASKS,
        rows(count, 0),
        rows(30, 1),
        recipe=build_recipe(
            name, config=small_settings(name), fit={"epochs": epochs, "lr": 1e-2, "patience": 0}
        ),
        encoder=TAG,
        prompts={t.key: generator.normal(size=(len(t.labels), 2)) for t in TASKS},
        space=SharedSpace(
            image_map=generator.normal(size=(4, 2)),
            text_map=generator.normal(size=(6, 2)),
            plain={t.key: generator.normal(size=2) for t in TASKS},
            text_tower=ToyTower(),
        ),
        judge=judge_task,
        version="toys-fake",
        created=datetime(2026, 2, 3, tzinfo=UTC),
    )


@pytest.fixture(scope="module")
def models() -> dict[str, HeadModel]:
    return {name: train(name) for name in HEADS}


def build(name: str):
    made = build_head(name, dims=DIMS, num_classes=3, config=small_settings(name), seed=3)
    return equip(made)


def round_trip(model: HeadModel) -> HeadModel:
    manifest = json.loads(json.dumps(to_manifest(model), allow_nan=False))
    read = from_manifest(manifest, load(save(to_tensor_dict(model))))
    for head in read.heads.values():
        equip(head.module)
    return read


@EVERY_HEAD
def test_it_trains_saves_and_loads_bit_equal(name: str, models):
    model, features = models[name], rows(20, 5).features
    before, after = predict_scores(model, features), predict_scores(round_trip(model), features)
    for key in TASKS.keys:
        np.testing.assert_array_equal(before[key].probabilities, after[key].probabilities)
        np.testing.assert_array_equal(before[key].cosines, after[key].cosines)
    assert model.reads == HEADS[name].reads


@EVERY_HEAD
def test_same_seed_same_bytes(name: str, models):
    again = to_tensor_dict(train(name))
    for key, tensor in to_tensor_dict(models[name]).items():
        assert torch.equal(tensor, again[key]), key


@EVERY_HEAD
def test_scores_keep_their_bounds(name: str, models):
    scores = predict_scores(models[name], rows(40, 6).features)
    np.testing.assert_allclose(scores["sign"].probabilities.sum(axis=1), 1.0, atol=1e-12)
    for found in scores.values():
        assert np.isfinite(found.probabilities).all()
        assert 0 <= found.probabilities.min() <= found.probabilities.max() <= 1
        assert np.abs(found.cosines).max() <= 1
        assert found.cosines.shape == found.probabilities.shape


@EVERY_HEAD
def test_rows_do_not_depend_on_each_other(name: str, models):
    features = rows(30, 7).features
    order = np.random.default_rng(0).permutation(30)
    whole = predict_scores(models[name], features)
    shuffled = predict_scores(models[name], features.take(order))
    alone = predict_scores(models[name], features.take([4]))
    for key in TASKS.keys:
        expected = whole[key].probabilities
        np.testing.assert_allclose(shuffled[key].probabilities, expected[order], atol=1e-5)
        np.testing.assert_allclose(alone[key].probabilities, expected[4:5], atol=1e-5)


@EVERY_HEAD
def test_no_rows_and_rows_of_nothing(name: str, models):
    features = rows(3, 8).features
    assert predict_scores(models[name], features.take([]))["sign"].cosines.shape == (0, 3)
    nothing = predict_scores(models[name], features.without_image().without_text())
    for found in nothing.values():
        assert np.isfinite(found.probabilities).all()
        # Nothing to tell the rows apart by.
        np.testing.assert_allclose(found.probabilities, found.probabilities[[0, 0, 0]], atol=1e-7)


@EVERY_HEAD
@pytest.mark.parametrize("gone", ["image", "text"])
def test_what_is_missing_is_never_read(name: str, gone: str):
    head, batch = build(name).eval(), make_batch(5)
    has = torch.tensor([True, False, True, False, True])
    masks = {"has_image": batch.has_image, "has_text": batch.has_text, f"has_{gone}": has}
    clean = batch.hide(**masks)
    garbage = getattr(batch, gone).clone()
    garbage[~has] = float("nan")
    tokens = getattr(batch, f"{gone}_tokens")
    wild = tokens.values.clone()
    wild[~has] = float("nan")
    dirty = replace(clean, **{gone: garbage, f"{gone}_tokens": replace(tokens, values=wild)})
    assert torch.equal(head(clean).logits, head(dirty).logits)
    assert torch.isfinite(head(dirty).logits).all()


@EVERY_HEAD
def test_padding_is_never_read(name: str):
    head, batch = build(name).eval(), make_batch(6)
    wild = {}
    for what in ("image_tokens", "text_tokens"):
        tokens = getattr(batch, what)
        values = torch.where(tokens.mask[:, :, None], tokens.values, 99.0).half()
        wild[what] = replace(tokens, values=values)
    words = batch.word_ids
    wild["word_ids"] = replace(words, values=torch.where(words.mask, words.values, 3))
    assert torch.equal(head(batch).logits, head(replace(batch, **wild)).logits)


@EVERY_HEAD
def test_gradients_reach_its_own_parameters_and_nothing_else(name: str):
    head, batch = build(name).train(), make_batch(8)
    masks = torch.tensor([True] * 6 + [False] * 2), torch.tensor([False] * 2 + [True] * 6)
    inputs = replace(
        batch.hide(*masks), image=batch.image.requires_grad_(), text=batch.text.requires_grad_()
    )
    output = head(inputs)
    parameters = list(head.parameters())
    assert bool(parameters) == HEADS[name].trained
    if not parameters:
        return
    sides = sum(logits.square().sum() for logits, _ in output.side)
    (output.logits.square().sum() + output.cosines.sum() + sides).backward()
    missing = [n for n, p in head.named_parameters() if p.grad is None]
    assert not missing


@EVERY_HEAD
def test_only_what_it_reads_changes_its_answer(name: str):
    head, batch = build(name).eval(), make_batch(4)
    reads = HEADS[name].reads
    before = head(batch).logits
    for modality in ("image", "text"):
        if modality not in reads:
            changed = replace(batch, **{modality: getattr(batch, modality) + 3})
            assert torch.equal(before, head(changed).logits)


@pytest.mark.parametrize("name", [n for n, p in HEADS.items() if p.trained and "text" in p.reads])
def test_training_beats_the_majority(name: str):
    fresh = rows(300, 9)
    found = predict_scores(train(name, epochs=10, count=400), fresh.features)["sign"]
    seen = fresh.features.has_text & fresh.features.has_image
    hits = (found.probabilities.argmax(1) == fresh.labels["sign"])[seen]
    # Half of the rows have the largest class.
    assert hits.mean() > 0.65


@pytest.mark.parametrize(("field", "need"), [("text_tokens", "tokens"), ("word_ids", "words")])
def test_sequences_matter_to_the_heads_that_read_them(field: str, need: str):
    for name in HEADS:
        head, batch = build(name).eval(), make_batch(4)
        other = make_batch(4, seed=9)
        changed = replace(batch, **{field: getattr(other, field)})
        same = torch.equal(head(batch).logits, head(changed).logits)
        assert same != getattr(HEADS[name].needs, need), name


def test_nothing_of_a_text_tower_is_saved(models):
    for name in HEADS:
        names = to_tensor_dict(models[name])
        assert not [n for n in names if "tower" in n or "lent" in n], name
