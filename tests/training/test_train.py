from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
import torch

from memeclip_core.heads.ensemble import list_members, member_seed
from memeclip_core.heads.model import EncoderTag, predict_scores
from memeclip_core.heads.parts.initialisation import semantic_weights
from memeclip_core.models.selection import judge_task
from memeclip_core.tasks import Label, Task, TaskSet
from memeclip_core.training.config import FitConfig
from memeclip_core.training.rows import MISSING, LabelledRows
from memeclip_core.training.train import Recipe, train_model
from tests.factories.heads import FINGERPRINT, make_features

NOW = datetime(2026, 2, 3, tzinfo=UTC)
TAG = EncoderTag(name="fake", fingerprint=FINGERPRINT, image_dim=4, text_dim=6)


def task(key: str, kind: str, names: str) -> Task:
    labels = tuple(Label(name=n, display=n, prompt=n, value=n) for n in names)
    return Task(key=key, title=key, kind=kind, labels=labels, column=key)


TASKS = TaskSet(
    key="toys",
    title="Toys",
    tasks=(task("sign", "multiclass", "pm"), task("signs", "multilabel", "pq")),
)
RECIPE = Recipe(
    config={"map_dim": 32, "stand_ins": True},
    fit=FitConfig(epochs=12, lr=3e-2, batch_size=64),
    tasks={"signs": {"epochs": 15}},
)


def rows(count: int, seed: int) -> LabelledRows:
    features = make_features(count, seed=seed)
    first, second = features.text[:, 0] > 0, features.image[:, 0] > 0
    sign = np.where(np.arange(count) % 10 == 0, MISSING, first.astype(np.int64))
    return LabelledRows(
        features=features, labels={"sign": sign, "signs": np.stack([first, second], 1) * 1}
    )


def train(**changes):
    return train_model(
        TASKS,
        rows(600, 0),
        rows(100, 1),
        **{
            "recipe": RECIPE,
            "encoder": TAG,
            "prompts": {},
            "judge": judge_task,
            "version": "toys-fake",
            "created": NOW,
        }
        | changes,
    )


@pytest.fixture(scope="module")
def model():
    return train()


def test_every_task_gets_a_head_that_learnt(model):
    fresh = rows(200, 5)
    scores = predict_scores(model, fresh.features)
    places = fresh.for_task("sign")
    hits = scores["sign"].probabilities.argmax(1)[places] == fresh.labels["sign"][places]
    assert hits.mean() > 0.85
    assert list(model.heads) == ["sign", "signs"]


def test_multilabel_heads_get_a_threshold(model):
    assert model.heads["sign"].threshold is None
    assert 0.05 <= model.heads["signs"].threshold <= 0.95


def test_the_settings_of_one_task(model):
    assert model.recipe["fit"]["sign"]["epochs"] == 12
    assert model.recipe["fit"]["signs"]["epochs"] == 15


def test_the_model_is_its_own_replay(model):
    assert (model.version, model.replay, model.origin) == ("toys-fake", "toys-fake", "starter")
    assert model.config["scale"] == 30.0


def test_a_head_that_reads_text_cannot_learn_the_image():
    fresh = rows(200, 5)
    scores = predict_scores(
        train(recipe=Recipe(config=RECIPE.config, fit=RECIPE.fit, reads="text")), fresh.features
    )["signs"]
    correct = (scores.probabilities > 0.5) == fresh.labels["signs"]
    assert correct[:, 0].mean() > 0.85
    assert correct[:, 1].mean() < 0.65


def test_members_of_an_ensemble_are_trained_alone():
    def members_of(seed: int, **config) -> list:
        fit = replace(RECIPE.fit, epochs=2, seed=seed)
        recipe = Recipe(config=RECIPE.config | config, fit=fit)
        return list_members(train(recipe=recipe).heads["sign"].module)

    together = members_of(4, members=2)
    assert len(together) == 2
    for place, member in enumerate(together):
        (alone,) = members_of(member_seed(4, place, 2))
        for name, tensor in alone.state_dict().items():
            assert torch.equal(tensor, member.state_dict()[name])


def test_progress_counts_the_epochs_of_all_members():
    seen = []
    fit = replace(RECIPE.fit, epochs=2)
    recipe = Recipe(config=RECIPE.config | {"members": 2}, fit=fit)
    train(recipe=recipe, on_progress=seen.append)
    assert [p.done for p in seen] == list(range(1, 9))
    assert {p.total for p in seen} == {8}


def test_a_line_for_each_class_calibrates_where_it_is_asked_for():
    fit = replace(RECIPE.fit, epochs=2)
    model = train(recipe=Recipe(config=RECIPE.config, fit=replace(fit, calibration="each")))
    plain = train(recipe=Recipe(config=RECIPE.config, fit=fit))
    assert (len(model.heads["signs"].lines), model.heads["sign"].lines) == (2, ())
    assert plain.heads["signs"].lines == ()
    fresh = rows(300, 5)
    found = predict_scores(model, fresh.features)["signs"].probabilities.mean(0)
    np.testing.assert_allclose(found, fresh.labels["signs"].mean(0), atol=0.08)


def test_prompts_are_where_class_weights_start():
    prompts = np.array([[1.0, 0.0], [0.0, 1.0]], dtype=np.float32)
    still = Recipe(config=RECIPE.config, fit=FitConfig(epochs=1, lr=1e-12, weight_decay=0))
    model = train(recipe=still, prompts={"sign": prompts})
    expected = semantic_weights(torch.from_numpy(prompts), map_dim=32)
    torch.testing.assert_close(model.heads["sign"].module.classifier.weight, expected)


def test_progress_counts_all_epochs():
    seen = []
    short = replace(RECIPE, fit=replace(RECIPE.fit, epochs=2), tasks={"signs": {"epochs": 3}})
    train(recipe=short, on_progress=seen.append)
    assert [p.done for p in seen] == list(range(1, 6))
    assert {p.total for p in seen} == {5}
