import numpy as np
import pytest

from memeclip_core.evaluation.label_errors import (
    MIN_ROWS,
    compute_probe_probabilities,
    find_label_errors,
)


def clear_cut(number=60):
    """Return two classes told apart with certainty, and their labels."""
    labels = np.arange(number) % 2
    probabilities = np.where(labels[:, None] == np.arange(2), 0.95, 0.05)
    return labels, probabilities


def test_a_label_against_certain_probabilities_is_suspect_and_of_lowest_quality():
    labels, probabilities = clear_cut()
    wrong = labels.copy()
    wrong[[3, 10]] = 1 - wrong[[3, 10]]
    found = find_label_errors(wrong, probabilities, "multiclass")
    assert np.flatnonzero(found.suspect).tolist() == [3, 10]
    assert found.quality[3] == pytest.approx(0.05)
    assert found.quality[4] == pytest.approx(0.95)
    assert found.reason == ""


def test_rows_without_label_or_probability_are_not_judged():
    labels, probabilities = clear_cut()
    labels, probabilities = labels.copy(), probabilities.copy()
    labels[0], probabilities[1] = -1, np.nan
    found = find_label_errors(labels, probabilities, "multiclass")
    assert np.isnan(found.quality[:2]).all()
    assert not found.suspect[:2].any()
    assert not np.isnan(found.quality[2:]).any()


def test_a_class_that_nobody_chose_does_not_disturb():
    labels, probabilities = clear_cut()
    wider = np.concatenate([probabilities * 0.9, np.full((60, 1), 0.1)], axis=1)
    found = find_label_errors(labels, wider, "multiclass")
    assert not found.suspect.any()
    assert found.quality == pytest.approx(np.full(60, 0.95))


def test_too_few_and_all_the_same_are_said_in_words():
    labels, probabilities = clear_cut(MIN_ROWS - 1)
    few = find_label_errors(labels, probabilities, "multiclass")
    assert "Only 19 memes have a label" in few.reason
    blank = find_label_errors(clear_cut()[0], np.full((60, 2), np.nan), "multiclass")
    assert "Of 60 labelled memes only 0 have features" in blank.reason
    assert np.isnan(few.quality).all()
    same = find_label_errors(np.zeros(60, int), clear_cut()[1], "multiclass")
    assert "All labels are the same" in same.reason
    none = find_label_errors(np.zeros((60, 2), int), clear_cut()[1], "multilabel")
    assert "All labels are the same" in none.reason


def test_a_label_that_everybody_and_one_that_nobody_has_do_not_disturb():
    labels = np.array([[1, 0, 0], [1, 1, 0]] * 20)
    probabilities = np.where(labels == 1, 0.9, 0.1)
    found = find_label_errors(labels, probabilities, "multilabel")
    assert not found.suspect.any()
    assert not np.isnan(found.quality).any()


def test_a_wrong_label_among_several_is_suspect():
    labels = np.array([[1, 0, 0], [0, 1, 0], [1, 1, 0]] * 20)
    probabilities = np.where(labels == 1, 0.9, 0.1)
    wrong = labels.copy()
    wrong[4] = [1, 0, 0]
    found = find_label_errors(wrong, probabilities, "multilabel")
    assert np.argwhere(found.wrong).tolist() == [[4, 0], [4, 1]]
    assert np.flatnonzero(found.suspect).tolist() == [4]
    assert found.quality.argmin() == 4
    assert found.judged.tolist() == [0, 1]


def test_a_class_that_the_probe_does_not_know_is_not_judged():
    labels = np.array([[1, 1], [0, 0], [1, 0], [0, 1]] * 10)
    probabilities = np.where(labels == 1, 0.95, 0.05)
    probabilities[:, 1] = probabilities[:, 0]  # says nothing of the second one
    labels[4, 0] = 0
    found = find_label_errors(labels, probabilities, "multilabel")
    assert found.judged.tolist() == [0]
    assert np.argwhere(found.wrong).tolist() == [[4, 0]]
    assert found.quality[4] == pytest.approx(0.05)
    assert found.quality[5:] == pytest.approx(np.full(35, 0.95))
    blind = find_label_errors(labels[:, 1:], probabilities[:, 1:], "multilabel")
    assert "agrees with the labels of no class" in blind.reason
    assert np.isnan(blind.quality).all() and not blind.suspect.any()


def test_a_label_of_which_the_probe_is_unsure_is_not_suspect():
    labels = np.array([[1], [0]] * 20)
    probabilities = np.where(labels == 1, 0.9, 0.1)
    wrong = labels.copy()
    wrong[[2, 3]] = 1 - wrong[[2, 3]]
    probabilities[2] = 0.88
    found = find_label_errors(wrong, probabilities, "multilabel")
    assert np.flatnonzero(found.suspect).tolist() == [3]


def test_memes_without_any_of_several_labels_are_judged_too():
    labels = np.array([[1, 0], [0, 0], [0, 1]] * 20)
    probabilities = np.where(labels == 1, 0.9, 0.1)
    wrong = labels.copy()
    wrong[1] = -1
    found = find_label_errors(wrong, probabilities, "multilabel")
    assert np.isnan(found.quality[1])
    assert not found.suspect.any()


def blobs(number, seed=0):
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, 3, number)
    centres = generator.standard_normal((3, 8)) * 3
    return (centres[labels] + generator.standard_normal((number, 8))).astype(np.float32), labels


def test_the_probe_finds_labels_that_were_turned():
    features, labels = blobs(300)
    turned = np.array([5, 17, 100, 250])
    wrong = labels.copy()
    wrong[turned] = (wrong[turned] + 1) % 3
    probabilities = compute_probe_probabilities(features, wrong, "multiclass", 3)
    assert probabilities.sum(axis=1) == pytest.approx(np.ones(300))
    found = find_label_errors(wrong, probabilities, "multiclass")
    assert set(turned) <= set(np.flatnonzero(found.suspect))
    assert set(np.argsort(found.quality)[:4]) == set(turned)


def test_a_row_does_not_see_its_own_label():
    """One meme of a label of its own cannot be learnt from itself."""
    features, labels = blobs(100)
    alone = labels.copy()
    alone[0] = 3
    probabilities = compute_probe_probabilities(features, alone, "multiclass", 4)
    assert probabilities[0, 3] < 0.05


def test_the_probe_leaves_out_what_it_cannot_know_and_repeats_itself():
    features, labels = blobs(100)
    features, labels = features.copy(), labels.copy()
    features[0], labels[1] = 0.0, -1
    first = compute_probe_probabilities(features, labels, "multiclass", 3, seed=4)
    second = compute_probe_probabilities(features, labels, "multiclass", 3, seed=4)
    assert np.isnan(first[:2]).all()
    assert not np.isnan(first[2:]).any()
    assert np.array_equal(first, second, equal_nan=True)


def test_the_probe_says_nothing_of_too_few_rows():
    features, labels = blobs(MIN_ROWS - 1)
    assert np.isnan(compute_probe_probabilities(features, labels, "multiclass", 3)).all()


def test_the_probe_learns_several_labels_on_wide_features():
    generator = np.random.default_rng(1)
    hidden = generator.standard_normal((300, 4)).astype(np.float32)
    features = hidden @ generator.standard_normal((4, 400)).astype(np.float32)
    labels = (hidden[:, :2] > 0).astype(int)
    probabilities = compute_probe_probabilities(features, labels, "multilabel", 2)
    assert ((probabilities > 0.5) == labels).mean() > 0.95
