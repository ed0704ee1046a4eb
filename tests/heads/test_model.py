from dataclasses import replace

import numpy as np
import pytest
import torch

from memeclip_core.errors import EncoderMismatchError
from memeclip_core.heads.model import check_captioner, mask_features, predict_scores, score_head
from tests.factories.heads import make_features, make_model


def test_probabilities_are_softmax_and_sum_to_one():
    scores = predict_scores(make_model(), make_features(7))["colour"]
    assert scores.probabilities.shape == (7, 3)
    np.testing.assert_allclose(scores.probabilities.sum(axis=1), 1.0, atol=1e-12)
    expected = torch.tensor(30 * scores.cosines).softmax(-1).numpy()
    np.testing.assert_allclose(scores.probabilities, expected, atol=1e-5)


def test_multilabel_probabilities_are_independent():
    scores = predict_scores(make_model(), make_features(7))["tags"]
    expected = 1 / (1 + np.exp(-30 * scores.cosines))
    np.testing.assert_allclose(scores.probabilities, expected, atol=1e-5)


def test_cosines_stay_in_bounds():
    scores = predict_scores(make_model(), make_features(50))
    assert all(np.abs(s.cosines).max() <= 1.0 for s in scores.values())


def test_lines_take_the_place_of_the_temperature_class_by_class():
    head = replace(make_model().heads["tags"], temperature=3.0)
    lines = tuple((1.0 + place, -0.5 * place) for place in range(len(head.labels)))
    scores = score_head(replace(head, lines=lines), make_features(20))
    slopes, offsets = np.array(lines).T
    expected = 1 / (1 + np.exp(-(slopes * 30 * scores.cosines + offsets)))
    np.testing.assert_allclose(scores.probabilities, expected, atol=1e-4)


def test_temperature_softens_without_changing_the_winner():
    model, features = make_model(), make_features(20)
    head = model.heads["colour"]
    sharp = score_head(head, features).probabilities
    soft = score_head(replace(head, temperature=10.0), features).probabilities
    assert (soft.max(axis=1) < sharp.max(axis=1)).all()
    np.testing.assert_array_equal(soft.argmax(axis=1), sharp.argmax(axis=1))


def test_chunks_do_not_show():
    model, features = make_model(), make_features(1100)
    whole = predict_scores(model, features)["colour"].probabilities
    tail = predict_scores(model, features.take(range(1000, 1100)))["colour"].probabilities
    np.testing.assert_allclose(whole[1000:], tail, atol=1e-6)


def test_no_rows():
    scores = predict_scores(make_model(), make_features(0))
    assert scores["colour"].probabilities.shape == (0, 3)


def test_another_encoder_is_refused():
    features = replace(make_features(1), fingerprint="f" * 64)
    with pytest.raises(EncoderMismatchError, match=r"model 'toy'.*fingerprint ffffffffffff"):
        predict_scores(make_model(), features)


def test_a_text_head_never_sees_the_image():
    model = replace(make_model(), reads="text")
    features = make_features(4)
    other = replace(features, image=features.image + 5)
    first, second = predict_scores(model, features), predict_scores(model, other)
    np.testing.assert_array_equal(first["colour"].cosines, second["colour"].cosines)


def test_an_image_head_never_sees_the_text():
    hidden = mask_features(make_features(4), "image")
    assert not hidden.has_text.any()
    assert not hidden.text.any()
    assert hidden.has_image.all()


def test_captions_must_be_the_model_s_own():
    model = make_model()
    check_captioner(model, "")
    with pytest.raises(EncoderMismatchError, match=r"with no captions .* another captioner"):
        check_captioner(model, "e" * 64)
    tag = replace(model.encoder, captioner="c", captioner_fingerprint="d" * 64)
    reader = replace(model, encoder=tag)
    check_captioner(reader, "d" * 64)
    with pytest.raises(EncoderMismatchError, match=r"captions by 'c' .*here are none"):
        predict_scores(reader, make_features(1))
