import krippendorff
import numpy as np
import pytest

from memeclip_core.evaluation import set_agreement
from memeclip_core.evaluation.agreement import NO_OVERLAP, Answers, compute_agreement
from memeclip_core.evaluation.set_agreement import (
    ONE_SET,
    SETS,
    compute_dispute,
    compute_set_agreement,
    masi_distance,
)


def sets(*people: list[str], labels: str = "abc") -> tuple[Answers, np.ndarray]:
    """Write down the sets that people chose, "ab" for {a, b}; "-" where they saw nothing."""
    names = sorted({word for row in people for word in row})
    members = np.array([[label in name for label in labels] for name in names])
    values = np.array([[names.index(word) for word in row] for row in people]).T
    given = np.array([[word != "-" for word in row] for row in people]).T
    return Answers(values=values, given=given, width=len(names)), members


def distance(first: str, second: str) -> float:
    a, b = (np.array([label in word for label in "abc"]) for word in (first, second))
    return float(masi_distance(a, b))


def test_masi_by_hand():
    assert distance("ab", "ab") == 0
    assert distance("", "") == 0
    assert distance("ab", "a") == pytest.approx(1 - 1 / 2 * 2 / 3)
    assert distance("ab", "bc") == pytest.approx(1 - 1 / 3 * 1 / 3)
    assert distance("a", "bc") == 1
    assert distance("", "abc") == 1


def test_alpha_of_sets_by_hand():
    said, members = sets(["ab", "c", "a"], ["a", "c", "a"])
    result = compute_set_agreement(said, members).whole
    # Distances: ab and a 2/3, anything and c 1. Within memes: 2/3, 0, 0, each in both directions.
    observed = 2 * (2 / 3) / 6
    # The heap holds ab once, a three times, c twice; ordered pairs of different ones:
    expected = 2 * (1 * 3 * 2 / 3 + 1 * 2 * 1 + 3 * 2 * 1) / (6 * 5)
    assert result.alpha.value == pytest.approx(1 - observed / expected)
    assert result.raw.value == pytest.approx(2 / 3)
    assert result.kappa.reason == result.ac1.reason == SETS


def test_single_labels_are_as_nominal_ones():
    generator = np.random.default_rng(0)
    values = generator.integers(0, 4, (80, 3))
    said = Answers(values=values, given=generator.random((80, 3)) < 0.8, width=4)
    result = compute_set_agreement(said, np.eye(4, dtype=bool))
    nominal = compute_agreement(said)
    assert result.whole.alpha.value == pytest.approx(nominal.alpha.value)
    assert result.whole.raw.value == pytest.approx(nominal.raw.value)


def test_the_package_agrees_given_the_same_distances():
    generator = np.random.default_rng(1)
    members = ((np.arange(8)[:, None] >> np.arange(3)) & 1).astype(bool)
    said = Answers(
        values=generator.integers(0, 8, (60, 4)), given=generator.random((60, 4)) < 0.7, width=8
    )
    shared = said.rows(said.shared)
    table = np.where(shared.given, shared.values.astype(float), np.nan).T

    def apart(a, b, i1, i2, n_v, dtype=np.float64):
        a, b = np.broadcast_arrays(a, b)
        return masi_distance(members[a.astype(int)], members[b.astype(int)]).astype(dtype)

    expected = krippendorff.alpha(table, level_of_measurement=apart)
    assert compute_set_agreement(said, members).whole.alpha.value == pytest.approx(expected)


def test_each_label_is_a_question_of_its_own():
    said, members = sets(["ab", "c", "a", ""], ["a", "c", "b", ""])
    labels = compute_set_agreement(said, members).labels
    assert [one.raw.value for one in labels] == [0.75, 0.5, 1.0]
    # b: one yes and one no twice, no and no twice. Shares 3/4 and 1/4 of "no" and "yes".
    assert labels[1].ac1.value == pytest.approx((0.5 - 0.375) / (1 - 0.375))
    assert all(one.pairs == () for one in labels)


def test_pairs_are_measured_on_their_own_memes():
    said, members = sets(["ab", "c", "-"], ["ab", "a", "a"], ["-", "-", "c"])
    pairs = compute_set_agreement(said, members).whole.pairs
    assert [(p.first, p.second, p.raw.n, p.raw.value) for p in pairs] == [
        (0, 1, 2, 0.5),
        (1, 2, 1, 0.0),
    ]


def test_perfect_agreement_is_1_and_unanimity_undefined_in_words():
    said, members = sets(["ab", "c"], ["ab", "c"])
    assert compute_set_agreement(said, members).whole.alpha.value == 1
    said, members = sets(["ab", "ab"], ["ab", "ab"])
    whole = compute_set_agreement(said, members).whole
    assert (whole.raw.value, whole.alpha.reason) == (1, ONE_SET)
    said, members = sets(["ab", "-"], ["-", "ab"])
    whole = compute_set_agreement(said, members).whole
    assert (whole.alpha.reason, whole.kappa.reason) == (NO_OVERLAP, NO_OVERLAP)


def test_very_many_memes_are_sampled_and_say_so(monkeypatch):
    monkeypatch.setattr(set_agreement, "MAX_MEMES", 50)
    generator = np.random.default_rng(0)
    said = Answers(
        values=generator.integers(0, 2, (200, 2)), given=np.ones((200, 2), bool), width=2
    )
    result = compute_set_agreement(said, np.eye(2, dtype=bool))
    assert (result.whole.alpha.n, result.labels[0].alpha.n) == (50, 200)


def test_many_sets_are_counted_as_few_are(monkeypatch):
    said, members = sets(["ab", "c", "a", "b"], ["a", "c", "ab", "b"])
    expected = compute_set_agreement(said, members)
    monkeypatch.setattr(set_agreement, "_DENSE", 0)
    found = compute_set_agreement(said, members)
    assert found.whole.alpha.value == pytest.approx(expected.whole.alpha.value)


def test_the_whole_only_leaves_out_labels_and_pairs():
    said, members = sets(["ab", "c", "a"], ["a", "c", "a"])
    full, brief = (compute_set_agreement(said, members, whole_only=only) for only in (False, True))
    assert brief.whole.alpha == full.whole.alpha
    assert (brief.labels, brief.whole.pairs) == ((), ())
    assert (len(full.labels), len(full.whole.pairs)) == (3, 1)


def test_a_dispute_is_between_people_and_always_a_number():
    members = np.array([[1, 0, 0], [1, 1, 0], [0, 0, 0], [0, 0, 1]], bool)
    rows = [
        ((0, 0), 0.0),  # one answer from two people
        ((1, 1), 0.0),  # two labels that both chose are no dispute
        ((0, 2), 1.0),  # {A} against nothing
        ((2, 2), 0.0),
        ((0, 1), 1 - 1 / 2 * 2 / 3),
        ((0, 3), 1.0),
        ((0, 0, 3), 2 / 3),
        ((1,), np.nan),  # one person with two labels disputes with nobody
        ((), np.nan),
    ]
    values, given = np.zeros((len(rows), 3), int), np.zeros((len(rows), 3), bool)
    for row, (answers, _) in enumerate(rows):
        values[row, : len(answers)], given[row, : len(answers)] = answers, True
    found = compute_dispute(Answers(values=values, given=given, width=4), members)
    assert found == pytest.approx([wanted for _, wanted in rows], nan_ok=True)
    nobody = Answers(values=np.zeros((2, 0), int), given=np.zeros((2, 0), bool), width=4)
    assert np.isnan(compute_dispute(nobody, members)).tolist() == [True, True]
