import numpy as np
import pytest
import torch

from memeclip_core.errors import HeadError
from memeclip_core.heads.parts.initialisation import semantic_weights
from memeclip_core.heads.registry import build_head
from memeclip_core.training.preparation import SharedSpace, prepare_head
from memeclip_core.training.rows import Examples
from tests.factories.heads import DIMS, make_features, small_settings

PROMPTS = np.array([[1.0, 0.0], [0.0, 1.0]], np.float32)


def examples(kind: str = "multiclass") -> Examples:
    labels = np.array([0, 0, 1]) if kind == "multiclass" else np.array([[1, 0], [1, 1], [0, 0]])
    return Examples(features=make_features(3), kind=kind, labels=labels, num_classes=2)


def build(name: str, **changes):
    return build_head(name, dims=DIMS, num_classes=2, config=small_settings(name) | changes)


def prepare(module, *, prompts=None, space=None, kind: str = "multiclass"):
    prepare_head(module, "toy", examples(kind), prompts=prompts, space=space or SharedSpace())
    return module


def test_cosine_classifiers_start_from_the_prompts():
    head = prepare(build("memeclip"), prompts=PROMPTS)
    expected = semantic_weights(torch.from_numpy(PROMPTS), map_dim=8)
    assert torch.equal(head.classifier.weight, expected)


def test_the_official_way_where_the_encoder_has_the_projection():
    projection = np.arange(16, dtype=np.float32).reshape(2, 8)
    space = SharedSpace(visual_projection=projection)
    head = prepare(build("memeclip"), prompts=PROMPTS, space=space)
    expected = torch.nn.functional.normalize(torch.from_numpy(projection), dim=-1)
    torch.testing.assert_close(head.classifier.weight.data, expected)


@pytest.mark.parametrize("name", ["hateclipper-align", "momenta", "linear"])
def test_linear_classifiers_start_at_random(name: str):
    before = build(name).classifier.weight
    assert torch.equal(prepare(build(name), prompts=PROMPTS).classifier.weight, before)


def test_logistic_regression_learns_its_scales():
    head = prepare(build("linear"))
    np.testing.assert_allclose(
        head.text.scaler.mean.numpy(), make_features(3).text.mean(axis=0), atol=1e-6
    )


@pytest.mark.parametrize("kind", ["multiclass", "multilabel"])
def test_the_majority_counts_labels(kind: str):
    prior = prepare(build("majority"), kind=kind).prior
    found = prior.softmax(-1) if kind == "multiclass" else prior.sigmoid()
    assert found.tolist() == pytest.approx([3 / 5, 2 / 5])


@pytest.mark.parametrize("kind", ["multiclass", "multilabel"])
def test_neighbours_are_kept_with_their_labels(kind: str):
    head = prepare(build("knn"), kind=kind)
    assert len(head.labels) == 3 and bool(head.exclusive) == (kind == "multiclass")
    np.testing.assert_allclose(head.text.float().norm(dim=1).numpy(), 1.0, atol=1e-3)


def test_zero_shot_takes_maps_and_sentences():
    space = SharedSpace(
        image_map=np.ones((4, 2)), text_map=np.ones((6, 2)), plain={"toy": np.ones(2)}
    )
    head = prepare(build("zero-shot"), prompts=PROMPTS, space=space)
    assert torch.equal(head.sentences, torch.from_numpy(PROMPTS))
    assert head.plain.tolist() == [1.0, 1.0]


def test_zero_shot_says_what_it_lacks():
    with pytest.raises(HeadError, match="'toy' lacks image_map, text_map, plain"):
        prepare(build("zero-shot"), prompts=PROMPTS)
