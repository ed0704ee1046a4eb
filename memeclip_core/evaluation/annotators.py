"""How good are the people who label, and what do they say together?

With a model's probabilities: CROWDLAB (Goh, Tkachenko and Mueller, 2022; package cleanlab), which
weighs people by how often they agree with others and the model by how well it fits them. Without:
how often a person's labels equal the others' labels of the same memes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from memeclip_core.evaluation.agreement import Answers
from memeclip_core.marks import mark
from memeclip_core.records.quality import Method

ALONE = mark("nobody else labelled a meme that this person labelled")
NOBODY = mark("no meme was labelled by two people, so nobody can be compared")
NO_MODEL = mark("there are no predictions of a model for these memes")
NEVER_ALIKE = mark("no two people ever agreed, which CROWDLAB needs")


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotatorQuality:
    """One person's quality on one question.

    Attributes:
        person: the person's place.
        labelled, shared: memes that the person labelled; those that somebody else labelled too.
        quality: in [0, 1], or NaN; by the method that the whole names.
        chance: what quality would be if the person gave the same answers to other memes: how often
            they would equal the others' labels all the same; or NaN.
        with_consensus: the share of the person's shared memes with the consensus label, without
            those on which people are even; or NaN.
        worst: the label that is most often not the consensus where the person chose it, or
            ``None`` where every shared label is the consensus.
        reason: why quality is NaN, or "".
    """

    person: int
    labelled: int
    shared: int
    quality: float
    chance: float
    with_consensus: float
    worst: int | None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Consensus:
    """What people say together, and how good each of them is.

    Attributes:
        method: ``crowdlab``; ``others`` where there is no model to weigh in; ``none`` where
            nobody can be compared.
        why: why it is not CROWDLAB, or "".
        people: one per person who labelled anything, the lowest quality first, NaN last.
        labels: (N,) the consensus label of each meme; meaningless where nobody labelled it.
        certainty: (N,) in [0, 1]; NaN where nobody labelled the meme.
    """

    method: Method
    why: str
    people: tuple[AnnotatorQuality, ...]
    labels: np.ndarray
    certainty: np.ndarray


def find_consensus(answers: Answers, probabilities: np.ndarray | None) -> Consensus:
    """Find what people say together and how good each of them is.

    Args:
        answers: of N memes by M people, one label each.
        probabilities: (N, K) of a model, rows summing to 1; a row of NaN says that there are
            none for this meme, ``None`` that there are none at all. They should not come from a
            model that was trained on these very labels: it would side with them.
    """
    shared = answers.rows(answers.shared)
    alike = _agree_with_others(shared)
    labels = np.zeros(len(answers.values), np.int64)
    certainty = np.full(len(answers.values), np.nan)
    even = np.zeros(len(answers.values), bool)
    method: Method = "none"
    why, quality = NOBODY, alike
    if len(shared.values):
        method, why = "others", NO_MODEL
        labelled = np.asarray(answers.given.any(axis=1))
        known = np.nan_to_num(alike, nan=float(np.nanmean(alike)))
        labels[labelled], certainty[labelled], even[labelled] = _vote(answers.rows(labelled), known)
        if probabilities is not None:
            usable = labelled & ~np.isnan(probabilities).any(axis=1)
            compared = usable & answers.shared
            if compared.any():
                ever = np.nansum(_agree_with_others(answers.rows(compared)))
                why = "" if ever else NEVER_ALIKE
            if not why:
                method = "crowdlab"
                quality, labels[usable], certainty[usable] = _crowdlab(
                    answers.rows(usable), probabilities[usable]
                )
                even[usable] = False  # the model decides
    return Consensus(
        method=method,
        why=why,
        people=_judge(answers, quality, labels, even),
        labels=labels,
        certainty=certainty,
    )


def _crowdlab(
    answers: Answers, probabilities: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return qualities (M,), NaN for people without labels here, consensus and certainty (N,)."""
    # Imported when needed: it takes a second, and most of the program does without.
    from cleanlab.multiannotator import get_label_quality_multiannotator

    present = np.flatnonzero(answers.given.any(axis=0))
    given = answers.given[:, present]
    table = np.where(given, answers.values[:, present].astype(np.float64), np.nan)
    found = get_label_quality_multiannotator(
        table, probabilities.astype(np.float64), return_detailed_quality=False, verbose=False
    )
    quality = np.full(answers.given.shape[1], np.nan)
    stats = found["annotator_stats"]
    quality[present[stats.index.to_numpy()]] = stats["annotator_quality"].to_numpy()
    whole = found["label_quality"]
    return (
        quality,
        whole["consensus_label"].to_numpy().astype(np.int64),
        whole["consensus_quality_score"].to_numpy().astype(np.float64),
    )


def _agree_with_others(answers: Answers) -> np.ndarray:
    """Return for each person the mean share of others' labels that equal theirs; NaN if alone."""
    counts = _count_votes(answers, np.ones(answers.given.shape[1]))
    own = np.take_along_axis(counts, answers.values * answers.given, axis=1)
    others = np.maximum(counts.sum(axis=1, keepdims=True) - 1, 1)
    share = np.where(answers.given, (own - 1) / others, 0.0).sum(axis=0)
    with np.errstate(invalid="ignore"):
        return np.asarray(share / answers.given.sum(axis=0))


def _vote(answers: Answers, trust: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the label with the most trust behind it, (N,), its share, and where it is tied."""
    votes = _count_votes(answers, np.maximum(trust, 1e-6))
    most = votes.max(axis=1)
    even = (votes > most[:, None] - 1e-9).sum(axis=1) > 1
    return votes.argmax(axis=1), most / votes.sum(axis=1), even


def _count_votes(answers: Answers, trust: np.ndarray) -> np.ndarray:
    """Return the summed trust behind each label of each meme: (N, K)."""
    rows, people = np.nonzero(answers.given)
    places = rows * answers.width + answers.values[rows, people]
    size = len(answers.values) * answers.width
    votes = np.bincount(places, weights=trust[people], minlength=size)
    return np.asarray(votes.reshape(-1, answers.width))


def _chance(own: np.ndarray, votes: np.ndarray) -> float:
    """Return how often answers equal those of others on whatever memes they are given to.

    Args:
        own: (N,) a person's answers.
        votes: (N, K) how many people, the person included, gave each answer.
    """
    if not len(own):
        return math.nan
    mine = np.bincount(own, minlength=votes.shape[1])
    others = votes.sum(axis=0) - mine
    return float(mine / mine.sum() @ (others / others.sum()))


def _judge(
    answers: Answers, quality: np.ndarray, labels: np.ndarray, even: np.ndarray
) -> tuple[AnnotatorQuality, ...]:
    votes = _count_votes(answers, np.ones(answers.given.shape[1]))
    people = []
    for person in np.flatnonzero(answers.given.any(axis=0)):
        given = answers.given[:, person]
        rows = np.flatnonzero(given & answers.shared)
        own = answers.values[rows, person]
        decided = ~even[rows]
        right = (own == labels[rows])[decided]
        wrong = np.bincount(own[decided][~right], minlength=answers.width)
        reason = "" if not math.isnan(quality[person]) else NO_MODEL if len(rows) else ALONE
        people.append(
            AnnotatorQuality(
                person=int(person),
                labelled=int(given.sum()),
                shared=len(rows),
                quality=float(quality[person]),
                chance=_chance(own, votes[rows]),
                with_consensus=float(right.mean()) if len(right) else math.nan,
                worst=int(wrong.argmax()) if wrong.any() else None,
                reason=reason,
            )
        )
    return tuple(sorted(people, key=lambda one: (math.isnan(one.quality), one.quality)))
