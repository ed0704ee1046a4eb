"""Do people who label the same memes say the same? Four numbers, since each misleads somewhere.

Raw agreement flatters where one label is frequent; kappa and alpha then fall to nothing although
everybody agrees (Feinstein and Cicchetti, 1990), and AC1 does not. They stand side by side, each
with n and a 95 % bootstrap interval over memes, and a number that is not defined says why.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from memeclip_core.evaluation.bootstrap import RESAMPLES, make_metric, undefined_metric
from memeclip_core.marks import mark
from memeclip_core.records.agreement import Agreement, Pair

NO_OVERLAP = mark("no meme was labelled by two people")
ONE_LABEL = mark("everybody chose one and the same label, so nothing tells agreement from chance")
NAMES = ("raw", "kappa", "alpha", "ac1")
MAX_PAIRS = 300
"""Of more pairs of people, those with the most memes in common are measured."""

_LARGEST = 2**62
_CELLS = 4_000_000
_FEWEST_RESAMPLES = 200

Statistics = Callable[["Answers", np.ndarray], dict[str, np.ndarray]]
"""Answers, and how often each of P patterns of them counts, (R, P) → R values by name."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answers:
    """What M people said of N memes, on one question.

    Attributes:
        values: (N, M) ids of labels; meaningless where nothing is given.
        given: (N, M), whether this person labelled this meme.
        width: how many labels there are to choose from: ids lie in [0, width).
    """

    values: np.ndarray
    given: np.ndarray
    width: int

    def rows(self, which: np.ndarray) -> Answers:
        """Return some of the memes, by a mask or by their places."""
        return Answers(values=self.values[which], given=self.given[which], width=self.width)

    def people(self, *which: int) -> Answers:
        """Return what some of the people said."""
        return Answers(values=self.values[:, which], given=self.given[:, which], width=self.width)

    @property
    def shared(self) -> np.ndarray:
        """Which memes at least two people labelled, (N,)."""
        return np.asarray(self.given.sum(axis=1) >= 2)


def compute_agreement(answers: Answers, *, pairs: bool = True, seed: int = 0) -> Agreement:
    """Measure how people agree on a question with one label per answer.

    Args:
        answers: of N memes, of which those that fewer than two people labelled are left out.
        pairs: whether each pair is reported, too.
    """
    return measure(answers, nominal, pairs=pairs, seed=seed)


def measure(
    answers: Answers,
    statistics: Statistics,
    *,
    reasons: dict[str, str] | None = None,
    pairs: bool,
    seed: int,
) -> Agreement:
    """Report statistics of answers, of all people and of each pair; see ``compute_agreement``.

    Args:
        answers: of N memes.
        statistics: names "raw", "alpha" and "ac1", and for two people "kappa".
        reasons: why a number is undefined, by name, where it is not for ``ONE_LABEL``.
        pairs: whether each pair is reported, too.
    """
    answers = answers.rows(answers.shared)
    n, labels = len(answers.values), int(answers.given.sum())
    if not n:
        none: dict[str, Any] = {name: undefined_metric(name, 0, NO_OVERLAP) for name in NAMES}
        return Agreement(labels=0, **none)
    patterns, counts = find_patterns(answers)
    weights = draw_patterns(counts, seed=seed)
    found = statistics(patterns, weights)

    def report(numbers: dict[str, np.ndarray], n: int) -> dict[str, Any]:
        return {
            name: make_metric(
                name,
                float(numbers[name][0]),
                numbers[name][1:],
                n,
                reason=(reasons or {}).get(name, ONE_LABEL),
                least=-1.0,
            )
            for name in NAMES
        }

    together, left_out = _find_pairs(answers.given)
    measured, sums, totals = [], np.zeros(len(weights)), np.zeros(len(weights))
    for first, second in together:
        two = patterns.people(first, second)
        both = np.asarray(two.given.all(axis=1))
        part = weights[:, both]
        numbers = statistics(two.rows(both), part)
        size = part.sum(axis=1)
        defined = ~np.isnan(numbers["kappa"])
        sums[defined] += (numbers["kappa"] * size)[defined]
        totals[defined] += size[defined]
        if pairs:
            measured.append(Pair(first=first, second=second, **report(numbers, int(size[0]))))
    with np.errstate(invalid="ignore"):
        found["kappa"] = sums / totals
    return Agreement(
        labels=labels, **report(found, n), pairs=tuple(measured), pairs_left_out=left_out
    )


def nominal(answers: Answers, weights: np.ndarray) -> dict[str, np.ndarray]:
    """Compute all four numbers of patterns, each of which has at least two labels.

    Args:
        answers: (P, M) patterns.
        weights: (R, P), how often each counts.

    Returns:
        values (R,) by name; NaN where undefined. "kappa" only if M is 2.
    """
    steps = np.arange(answers.width)
    marks = (answers.values[:, :, None] == steps) & answers.given[:, :, None]
    counts = marks.sum(axis=1).astype(np.float64)
    raters = counts.sum(axis=1)
    equal = (counts * (counts - 1)).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        memes = weights.sum(axis=1)
        raw = weights @ (equal / (raters * (raters - 1))) / memes
        # Krippendorff (2011): coincidences within memes against those of all labels in one heap.
        totals = weights @ counts
        n = totals.sum(axis=1)
        apart = n - weights @ (equal / (raters - 1))
        alpha = 1 - apart * (n - 1) / (n**2 - (totals**2).sum(axis=1))
        # Gwet (2008): chance is what guessing adds where a label is hard to tell.
        share = weights @ (counts / raters[:, None]) / memes[:, None]
        chance = (share * (1 - share)).sum(axis=1) / (answers.width - 1)
        found = {"raw": raw, "alpha": alpha, "ac1": (raw - chance) / (1 - chance)}
        if answers.values.shape[1] == 2:
            first, second = (weights @ marks[:, m] / memes[:, None] for m in (0, 1))
            chance = (first * second).sum(axis=1)
            found["kappa"] = (raw - chance) / (1 - chance)
    return found


def find_patterns(answers: Answers) -> tuple[Answers, np.ndarray]:
    """Return the different rows (P, M) of answers, and how many memes have each, (P,).

    Memes answered alike count alike, so that a hundred thousand memes cost as little as their few
    hundred patterns.
    """
    base, room, keys = answers.width + 1, 1, np.zeros(len(answers.values), np.int64)
    for column in np.where(answers.given, answers.values, answers.width).T:
        if room > _LARGEST // base:
            known, keys = np.unique(keys, return_inverse=True)
            room = len(known)
        keys, room = keys * base + column, room * base
    _, first, counts = np.unique(keys, return_index=True, return_counts=True)
    return answers.rows(first), counts


def draw_patterns(counts: np.ndarray, *, seed: int, resamples: int = RESAMPLES) -> np.ndarray:
    """Return how often each pattern occurs: as it is in the first row, then resampled: (R + 1, P).

    To draw memes with replacement is to draw their patterns from a multinomial distribution.
    Where there are very many patterns, fewer resamples keep the answer quick.
    """
    fewest = min(resamples, _FEWEST_RESAMPLES)
    draws = max(fewest, min(resamples, _CELLS // len(counts)))
    total = counts.sum()
    drawn = np.random.default_rng(seed).multinomial(total, counts / total, size=draws)
    return np.vstack([counts, drawn]).astype(np.float64)


def _find_pairs(given: np.ndarray) -> tuple[list[tuple[int, int]], int]:
    """Return the pairs of people who share memes, the most first, and how many are left out."""
    marks = given.astype(np.float32)
    common = np.triu(marks.T @ marks, k=1)
    first, second = np.nonzero(common)
    order = np.argsort(-common[first, second], kind="stable")
    pairs = [(int(first[k]), int(second[k])) for k in order]
    return pairs[:MAX_PAIRS], max(0, len(pairs) - MAX_PAIRS)
