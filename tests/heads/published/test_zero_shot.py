import numpy as np
import pytest
import torch

from memeclip_core.encoders.features import FeatureDims
from memeclip_core.errors import HeadError
from memeclip_core.heads.published.zero_shot import (
    SCALE,
    PromptConfig,
    build_prompts,
    join_modalities,
    normalize_rows,
    score_prompts,
)
from tests.factories.heads import DIMS, make_batch, one_row

PROMPTS = np.array([[1.0, 0.0], [0.0, 2.0], [-1.0, 0.0]])
PLAIN = np.array([0.6, 0.8])


def test_cosines_are_those_of_the_directions():
    scores = score_prompts(np.array([[3.0, 4.0]]), PROMPTS, kind="multiclass", plain=PLAIN)
    assert scores.cosines == pytest.approx(np.array([[0.6, 0.8, -0.6]]))


def test_multiclass_probabilities_are_a_softmax_at_scale_100():
    meme = np.array([[1.0, 1.02]])
    scores = score_prompts(meme, PROMPTS, kind="multiclass", plain=PLAIN)
    first, second = scores.cosines[0, :2]
    odds = np.exp(SCALE * (second - first))
    assert scores.probabilities[0, 1] == pytest.approx(odds / (1 + odds))
    assert scores.probabilities.sum(axis=1) == pytest.approx(1)


def test_a_multilabel_class_is_weighed_against_the_plain_sentence():
    # cos(meme, plain) = 0.6: the first class lies 0.4 above, which is certain at scale 100.
    scores = score_prompts(np.array([[1.0, 0.0]]), PROMPTS, kind="multilabel", plain=PLAIN)
    assert scores.probabilities[0] == pytest.approx([1, 0, 0], abs=1e-9)
    same = score_prompts(PLAIN[None], PLAIN[None], kind="multilabel", plain=PLAIN)
    assert same.probabilities[0, 0] == pytest.approx(0.5)


@pytest.mark.parametrize("kind", ["multiclass", "multilabel"])
def test_nothing_to_go_by_prefers_no_class(kind):
    scores = score_prompts(np.zeros((1, 2)), PROMPTS, kind=kind, plain=PLAIN)
    expected = 1 / 3 if kind == "multiclass" else 0.5
    assert scores.probabilities[0] == pytest.approx([expected] * 3)
    assert np.isfinite(scores.cosines).all()


def test_modalities_count_the_same_whatever_their_length():
    joined = join_modalities([np.array([[10.0, 0.0]]), np.array([[0.0, 0.1]])])
    assert joined == pytest.approx(np.array([[0.5, 0.5]]))
    assert normalize_rows(joined) == pytest.approx(np.sqrt([[0.5, 0.5]]))


PROMPT_SCALE = PromptConfig().scale


def build(dims: FeatureDims = DIMS, classes: int = 3, **space):
    head = build_prompts(dims=dims, num_classes=classes, config=PromptConfig())
    head.set_space(**space)
    return head


def draw() -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    shapes = {"image_map": (4, 2), "text_map": (6, 2), "sentences": (3, 2), "plain": (2,)}
    return {name: torch.randn(*shape, generator=generator) for name, shape in shapes.items()}


def test_by_hand():
    head = build(
        FeatureDims(image=2, text=2, shared=2),
        2,
        image_map=torch.eye(2),
        text_map=torch.tensor([[0.0, 1.0], [1.0, 0.0]]),
        sentences=torch.tensor([[2.0, 0.0], [0.0, 5.0]]),
        plain=torch.tensor([1.0, 1.0]),
    )
    # The image points along [3, 4] / 5; the text, its axes swapped, too.
    out = head(one_row([3.0, 4.0], [40.0, 30.0]))
    torch.testing.assert_close(out.cosines, torch.tensor([[0.6, 0.8]]))
    base = 1.4 / 2**0.5
    torch.testing.assert_close(out.logits, PROMPT_SCALE * torch.tensor([[0.6 - base, 0.8 - base]]))


@pytest.mark.parametrize("kind", ["multiclass", "multilabel"])
def test_the_page_s_numbers(kind: str):
    space, batch = draw(), make_batch(5)
    memes = join_modalities(
        [(batch.image @ space["image_map"]).numpy(), (batch.text @ space["text_map"]).numpy()]
    )
    expected = score_prompts(
        memes, space["sentences"].numpy(), kind=kind, plain=space["plain"].numpy()
    )
    out = build(**space)(batch)
    found = out.logits.softmax(-1) if kind == "multiclass" else out.logits.sigmoid()
    np.testing.assert_allclose(found.numpy(), expected.probabilities, atol=1e-4)
    np.testing.assert_allclose(out.cosines.numpy(), expected.cosines, atol=1e-5)


def test_offsets_shift_only_what_is_there():
    space = draw() | {"image_offset": torch.tensor([50.0, 0.0])}
    batch = make_batch(2)
    both = build(**space)(batch.hide(batch.has_image, torch.zeros(2).bool())).cosines
    along = torch.nn.functional.normalize(space["sentences"], dim=-1)[:, 0]
    torch.testing.assert_close(both, along.expand(2, 3), atol=0.1, rtol=0)
    text = batch.hide(torch.zeros(2).bool(), batch.has_text)
    torch.testing.assert_close(build(**space)(text).cosines, build(**draw())(text).cosines)


def test_one_modality_alone_decides():
    space, batch = draw(), make_batch(3)
    alone = build(**space)(batch.hide(batch.has_image, torch.zeros(3).bool()))
    expected = torch.nn.functional.cosine_similarity(
        (batch.image @ space["image_map"])[:, None], space["sentences"][None], dim=-1
    )
    torch.testing.assert_close(alone.cosines, expected)


def test_shapes_must_fit():
    with pytest.raises(HeadError, match=r"sentences .* must be \(3, 2\); got \(2, 2\)"):
        build(**draw() | {"sentences": torch.zeros(2, 2)})
