"""Do people agree who may choose several labels for a meme? As a whole, and label by label."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from memeclip_core.evaluation.agreement import Answers, compute_agreement, measure
from memeclip_core.marks import mark
from memeclip_core.records.agreement import Agreement

SETS = mark("not for sets of labels; see them label by label")
ONE_SET = mark(
    "everybody chose one and the same set of labels, so nothing tells agreement from chance"
)
MAX_MEMES = 2_000
"""Chance agreement compares every set with every other: its cost grows with the square."""

_CHUNK = 512
_DENSE = 2_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAgreement:
    """How people agree on sets of labels.

    Attributes:
        whole: raw agreement on exactly the same set, and alpha with the MASI distance between
            sets (Passonneau, 2006); kappa and AC1 are not defined. Beyond ``MAX_MEMES`` shared
            memes it is of a random sample of that many, as each n says.
        labels: one per label, chosen or not, without pairs.
    """

    whole: Agreement
    labels: tuple[Agreement, ...]


def compute_set_agreement(
    answers: Answers, members: np.ndarray, *, whole_only: bool = False, seed: int = 0
) -> SetAgreement:
    """Measure how people agree on a question that takes any number of labels.

    Args:
        answers: ids of sets.
        members: (V, L), whether each of the V sets holds each of the L labels.
        whole_only: leaves out single labels and pairs of people.
    """
    shared = answers.rows(answers.shared)
    sample = shared
    if len(shared.values) > MAX_MEMES:
        chosen = np.random.default_rng(seed).choice(len(shared.values), MAX_MEMES, replace=False)
        sample = shared.rows(np.sort(chosen))

    statistics = partial(_set_statistics, members=members)
    reasons = {"alpha": ONE_SET, "kappa": SETS, "ac1": SETS}
    return SetAgreement(
        whole=measure(sample, statistics, reasons=reasons, pairs=not whole_only, seed=seed),
        labels=tuple(
            compute_agreement(
                Answers(values=member[shared.values].astype(int), given=shared.given, width=2),
                pairs=False,
                seed=seed,
            )
            for member in ([] if whole_only else members.T)
        ),
    )


def masi_distance(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return the MASI distance (Passonneau, 2006) between sets, as memberships (..., L).

    One minus Jaccard's index times how the sets lie to each other: 1 if equal, 2/3 if one holds
    the other, 1/3 if they overlap, 0 if they are disjoint. Two empty sets are equal.
    """
    return _masi((first & second).sum(axis=-1), first.sum(axis=-1), second.sum(axis=-1))


def compute_dispute(answers: Answers, members: np.ndarray) -> np.ndarray:
    """Return how far the people of each meme differ, in [0, 1], (N,): the mean over pairs.

    Of single labels the share of pairs that are not the same, of sets the MASI distance. NaN where
    fewer than two people answered.

    Args:
        answers: of N memes.
        members: (V, L), the labels of each answer; the identity if each is one label.
    """
    apart = np.full(len(answers.values), np.nan)
    shared = answers.rows(answers.shared)
    if len(shared.values):
        slots, raters = _pack(shared)
        apart[answers.shared] = _compare_pairs(slots, raters, members)[1] / (raters * (raters - 1))
    return apart


def _masi(common: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return the distance, given the sizes of the sets and of what they have in common."""
    union = first + second - common
    smaller = np.minimum(first, second)
    kinship = np.where(union == common, 1.0, np.where(smaller == common, 2 / 3, 1 / 3))
    return np.asarray(1 - np.where(union == 0, 1.0, common / np.maximum(union, 1)) * kinship)


def _set_statistics(
    answers: Answers, weights: np.ndarray, members: np.ndarray
) -> dict[str, np.ndarray]:
    """Compute raw agreement and alpha of patterns; see ``agreement.nominal``."""
    slots, raters = _pack(answers)
    equal, apart = _compare_pairs(slots, raters, members)
    used, places = np.unique(slots, return_inverse=True)
    heap = _count_values(places.reshape(slots.shape), raters, weights, len(used))
    n = heap.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        raw = weights @ (equal / (raters * (raters - 1))) / weights.sum(axis=1)
        observed = weights @ (apart / (raters - 1))
        alpha = 1 - observed * (n - 1) / _expected_distance(heap, members[used])
    nothing = np.full(len(weights), np.nan)
    return {"raw": raw, "alpha": alpha, "ac1": nothing, "kappa": nothing}


def _compare_pairs(
    slots: np.ndarray, raters: np.ndarray, members: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return how many ordered pairs of people say the same, and their summed distances: (P,)."""
    equal, apart = np.zeros(len(slots)), np.zeros(len(slots))
    for first in range(slots.shape[1]):
        for second in range(first):
            rows = raters > first  # whoever has a later slot has the earlier one
            one, two = slots[rows, first], slots[rows, second]
            equal[rows] += 2.0 * (one == two)
            apart[rows] += 2.0 * masi_distance(members[one], members[two])
    return equal, apart


def _pack(answers: Answers) -> tuple[np.ndarray, np.ndarray]:
    """Return given values moved to the left, (P, most), padded with the row's first; and counts."""
    raters = answers.given.sum(axis=1)
    order = np.argsort(~answers.given, axis=1, kind="stable")[:, : int(raters.max())]
    slots = np.take_along_axis(answers.values, order, axis=1)
    padding = np.arange(slots.shape[1]) >= raters[:, None]
    return np.where(padding, slots[:, :1], slots), raters


def _count_values(
    slots: np.ndarray, raters: np.ndarray, weights: np.ndarray, width: int
) -> np.ndarray:
    """Return how often each value occurs under each weighting: (R, V)."""
    rows, places = np.nonzero(np.arange(slots.shape[1]) < raters[:, None])
    values = slots[rows, places]
    if len(slots) * width <= _DENSE:
        counts = np.bincount(rows * width + values, minlength=len(slots) * width)
        return np.asarray(weights @ counts.reshape(len(slots), width).astype(np.float64))
    return np.stack([np.bincount(values, weights=row[rows], minlength=width) for row in weights])


def _expected_distance(heap: np.ndarray, members: np.ndarray) -> np.ndarray:
    """Return the summed distances of all values in one heap, (R,), some sets at a time."""
    sizes = members.sum(axis=1).astype(np.float64)
    marks = members.astype(np.float64)
    total = np.zeros(len(heap))
    for start in range(0, len(members), _CHUNK):
        part = slice(start, start + _CHUNK)
        distances = _masi(marks @ marks[part].T, sizes[:, None], sizes[part])
        total += ((heap @ distances) * heap[:, part]).sum(axis=1)
    return total
