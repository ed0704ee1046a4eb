"""What a model said of labelled rows, and everything that is reported of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from memeclip_core.evaluation.calibration import BINS, place_in_bins
from memeclip_core.evaluation.cosines import spread_cosines
from memeclip_core.evaluation.coverage import CoveragePoint, compute_coverage, measure_sureness
from memeclip_core.evaluation.measure import measure_scores
from memeclip_core.evaluation.memeclip_protocol import PROTOCOL, measure_batched
from memeclip_core.evaluation.metrics import Threshold, decide
from memeclip_core.evaluation.thresholds import sweep_thresholds
from memeclip_core.heads.model import HeadModel, mask_features, score_head
from memeclip_core.models.selection import as_matrix
from memeclip_core.records.model import Metric
from memeclip_core.records.schemas import to_plain
from memeclip_core.tasks import TaskKind
from memeclip_core.training.rows import MISSING, LabelledRows

MISTAKES = 20
"""How many of the most confident mistakes a result keeps, by the place of their rows."""

IN_A_CELL = 100
"""Of how many rows a result keeps the place, for each cell of a confusion matrix."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outcome:
    """One model's scores on N rows, which are all labelled for the task unless said otherwise.

    Attributes:
        kind, names: the task's, and its C classes.
        places: where each row stands.
        labels: (N, C) of 0 and 1; ``MISSING`` in a row without a label, see ``score_rows``.
        probabilities: (N, C).
        threshold: the multilabel threshold; (N, 1) where rows were scored by different models.
        logits: (N, C) of the head, before any calibration; ``None`` where it has none.
        groups: (N,), the same number for near duplicates; ``None`` if all differ.
        folds: (N,), which model scored each row; ``None`` if one did.
        cosines: (N, C) of the head; ``None`` where rows were scored by different models.
    """

    kind: TaskKind
    names: tuple[str, ...]
    places: tuple[str, ...]
    labels: np.ndarray
    probabilities: np.ndarray
    threshold: Threshold | None
    logits: np.ndarray | None = None
    groups: np.ndarray | None = None
    folds: np.ndarray | None = None
    cosines: np.ndarray | None = None

    @property
    def decisions(self) -> np.ndarray:
        """(N, C) of 0 and 1."""
        return decide(self.probabilities, self.kind, self.threshold)

    @property
    def labelled(self) -> np.ndarray:
        """(N,), whether a row is labelled for the task."""
        return np.asarray((self.labels != MISSING).all(axis=1))

    def take(self, rows: np.ndarray) -> Outcome:
        """Return the rows at these places, in this order."""

        def part(values: np.ndarray | None) -> np.ndarray | None:
            return None if values is None else values[rows]

        threshold = self.threshold
        return replace(
            self,
            places=tuple(self.places[i] for i in rows),
            labels=self.labels[rows],
            probabilities=self.probabilities[rows],
            threshold=threshold[rows] if isinstance(threshold, np.ndarray) else threshold,
            logits=part(self.logits),
            groups=part(self.groups),
            folds=part(self.folds),
            cosines=part(self.cosines),
        )

    @property
    def sureness(self) -> np.ndarray:
        """(N,); see ``measure_sureness``."""
        return measure_sureness(self.probabilities, self.kind, self.threshold)


def score_outcome(
    model: HeadModel,
    task: str,
    rows: LabelledRows,
    places: Sequence[str],
    groups: np.ndarray | None = None,
) -> Outcome:
    """Score the rows that are labelled for a task, of N that stand at ``places``.

    ``groups`` (N,) has the same number for near duplicates; ``None`` if all differ.
    """
    return keep_labelled(score_rows(model, task, rows, places, groups))


def score_rows(
    model: HeadModel,
    task: str,
    rows: LabelledRows,
    places: Sequence[str],
    groups: np.ndarray | None = None,
) -> Outcome:
    """Score all rows for a task, labelled or not; see ``score_outcome``."""
    head = model.heads[task]
    scores = score_head(head, mask_features(rows.features, model.reads))
    return Outcome(
        kind=head.kind,
        names=head.labels,
        places=tuple(places),
        labels=spread_labels(rows.labels.get(task), len(rows), len(head.labels)),
        probabilities=scores.probabilities,
        threshold=head.threshold,
        logits=scores.logits,
        groups=groups,
        cosines=scores.cosines,
    )


def spread_labels(labels: np.ndarray | None, size: int, classes: int) -> np.ndarray:
    """Return labels (N,) or (N, C), or none at all, as ``Outcome`` has them: (N, C)."""
    truth = np.full((size, classes), MISSING, np.int64)
    if labels is not None:
        known = labels != MISSING
        known = known if known.ndim == 1 else known.all(axis=1)
        truth[known] = as_matrix(labels[known], classes)
    return truth


def keep_labelled(outcome: Outcome) -> Outcome:
    """Return the rows that are labelled, which alone can be measured."""
    known = outcome.labelled
    return outcome if known.all() else outcome.take(np.flatnonzero(known))


def pool_outcomes(parts: Sequence[Outcome]) -> Outcome:
    """Put the folds' rows together: every row is scored by the model that did not see it.

    Decisions are counted over all rows; what ranks rows is averaged over the folds.
    """
    first = parts[0]
    if len(parts) == 1:
        return first
    thresholds = [
        np.full((len(part.labels), 1), 0.5 if part.threshold is None else part.threshold)
        for part in parts
    ]
    return Outcome(
        kind=first.kind,
        names=first.names,
        places=tuple(place for part in parts for place in part.places),
        labels=np.concatenate([part.labels for part in parts]),
        probabilities=np.concatenate([part.probabilities for part in parts]),
        threshold=np.concatenate(thresholds) if first.kind == "multilabel" else None,
        logits=_join([part.logits for part in parts]),
        groups=_join([part.groups for part in parts]),
        folds=np.repeat(np.arange(len(parts)), [len(part.labels) for part in parts]),
    )


def _join(parts: Sequence[np.ndarray | None]) -> np.ndarray | None:
    known = [part for part in parts if part is not None]
    return np.concatenate(known) if len(known) == len(parts) else None


def report_outcome(
    outcome: Outcome, *, protocol: str | None = None
) -> tuple[tuple[Metric, ...], dict[str, Any]]:
    """Measure an outcome; the protocol ``memeclip-code`` adds scores as that code averages them.

    Returns:
        the metrics over all rows, and as JSON values what figures and tables need besides:
        ``classes``, ``confusion``, ``cells`` (the places behind it), ``reliability``,
        ``coverage``, ``cosines``, ``thresholds`` of several labels, ``mistakes`` and perhaps
        ``batched``.
    """
    report = measure_scores(
        outcome.labels,
        outcome.probabilities,
        kind=outcome.kind,
        names=outcome.names,
        threshold=outcome.threshold,
        groups=outcome.groups,
        folds=outcome.folds,
    )
    details: dict[str, Any] = {
        "kind": outcome.kind,
        "labels": list(outcome.names),
        "classes": to_plain(report.classes),
        "confusion": to_plain(report.confusion),
        "cells": list_cells(outcome),
        "reliability": bin_confidence(outcome),
        "coverage": to_plain(_cover(outcome)),
        "mistakes": list_mistakes(outcome),
    }
    if outcome.cosines is not None:
        spread = spread_cosines(outcome.labels, outcome.cosines, outcome.names)
        details["cosines"] = to_plain(spread)
    if outcome.kind == "multilabel" and outcome.folds is None:
        details["threshold"] = outcome.threshold
        details["thresholds"] = to_plain(sweep_thresholds(outcome.labels, outcome.probabilities))
    if protocol == PROTOCOL:
        batched = measure_batched(
            outcome.labels,
            outcome.probabilities,
            logits=outcome.logits,
            kind=outcome.kind,
            threshold=outcome.threshold,
        )
        details["batched"] = to_plain(batched)
    return report.metrics, details


def bin_confidence(outcome: Outcome) -> list[dict[str, float]]:
    """Return, for each filled bin, how confident the model was, how often right, and n.

    Multiclass counts each row's winning class; multilabel every class of every row.
    """
    if outcome.kind == "multiclass":
        confidence = outcome.probabilities.max(axis=1, initial=0.0)
        right = (outcome.labels * outcome.decisions).sum(axis=1)
    else:
        confidence, right = outcome.probabilities.ravel(), outcome.labels.ravel()
    bins = place_in_bins(confidence)
    return [
        {
            "confidence": float(confidence[bins == b].mean()),
            "right": float(right[bins == b].mean()),
            "n": int((bins == b).sum()),
        }
        for b in range(BINS)
        if (bins == b).any()
    ]


def list_cells(outcome: Outcome) -> list[list[list[str]]]:
    """Return the places of the rows behind every cell of the confusion matrix, the surest first."""
    surest = np.argsort(-outcome.sureness, kind="stable")
    labels, decisions = outcome.labels[surest], outcome.decisions[surest]
    if outcome.kind == "multiclass":
        truth, said = labels.argmax(axis=1), decisions.argmax(axis=1)
    cells = []
    for i in range(len(outcome.names)):
        if outcome.kind == "multiclass":
            own = [(truth == i) & (said == j) for j in range(len(outcome.names))]
        else:
            own = [2 * labels[:, i] + decisions[:, i] == cell for cell in range(4)]
        cells.append([[outcome.places[r] for r in surest[mask][:IN_A_CELL]] for mask in own])
    return cells


def _cover(outcome: Outcome) -> tuple[CoveragePoint, ...]:
    right = (outcome.labels == outcome.decisions).all(axis=1)
    return compute_coverage(right, outcome.sureness)


def name_labels(row: np.ndarray, names: Sequence[str]) -> list[str]:
    """Return the names of the labels that a row (C,) of 0 and 1 has."""
    return [name for name, holds in zip(names, row, strict=True) if holds]


def list_mistakes(outcome: Outcome) -> list[dict[str, Any]]:
    """Return the wrong rows that the model was surest of, by place: no text, no image.

    A multilabel row is as sure as its surest wrong class.
    """
    decisions = outcome.decisions
    wrong = decisions != outcome.labels
    sure = np.where(decisions == 1, outcome.probabilities, 1 - outcome.probabilities)
    confidence = np.where(wrong, sure, 0.0).max(axis=1, initial=0.0)
    if outcome.kind == "multiclass":
        confidence = np.where(wrong.any(axis=1), outcome.probabilities.max(axis=1, initial=0.0), 0)
    order = [i for i in np.argsort(-confidence, kind="stable") if wrong[i].any()]
    return [
        {
            "place": outcome.places[i],
            "truth": name_labels(outcome.labels[i], outcome.names),
            "predicted": name_labels(decisions[i], outcome.names),
            "confidence": float(confidence[i]),
        }
        for i in order[:MISTAKES]
    ]
