"""Labels that are probably wrong, by models that never saw them: confident learning.

The ranking is cleanlab's (Northcutt, Jiang and Chuang 2021). The probabilities come from a linear
probe on frozen features, cross-validated: heads that were trained on a label would defend it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from memeclip_core.tasks import TaskKind

FOLDS = 5
MIN_ROWS = 20
"""Below this many labelled memes nothing can be said."""

_WIDTH = 256
_TRAINED_ON = 10_000
_STEPS = 60
_DECAY = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LabelErrors:
    """What speaks for each of N labels.

    Attributes:
        quality: (N,) float64 in [0, 1], low where the label is probably wrong; NaN where there
            is no label or nothing is known.
        suspect: bool (N,), where more speaks for another label than for this one.
        reason: why nothing could be said, in one sentence, or "".
    """

    quality: np.ndarray
    suspect: np.ndarray
    reason: str = ""


def find_label_errors(labels: np.ndarray, probabilities: np.ndarray, kind: TaskKind) -> LabelErrors:
    """Return which labels are probably wrong.

    Args:
        labels: int (N,), -1 where there is none; multilabel bool or 0/1 (N, C), -1 throughout a
            row where there is none.
        probabilities: (N, C) of models that did not see the row; NaN where unknown.
        kind: of the task.

    Returns:
        one entry per row; multiclass quality is the probability of the given label.
    """
    given = (labels >= 0).all(axis=1) if kind == "multilabel" else labels >= 0
    places = np.flatnonzero(given & ~np.isnan(probabilities).any(axis=1))
    quality = np.full(len(labels), np.nan)
    suspect = np.zeros(len(labels), bool)
    reason = _too_little(labels[places], int(given.sum()))
    if not reason:
        find = _find_multilabel if kind == "multilabel" else _find_multiclass
        quality[places], suspect[places] = find(labels[places], probabilities[places])
    return LabelErrors(quality=quality, suspect=suspect, reason=reason)


def compute_probe_probabilities(
    features: np.ndarray, labels: np.ndarray, kind: TaskKind, classes: int, *, seed: int = 0
) -> np.ndarray:
    """Return cross-validated probabilities of a linear probe.

    Each of five folds is predicted by a logistic regression of the other four (at most 10,000
    rows of them). More than 256 columns are first reduced to their principal components.

    Args:
        features: (N, D); a row of zeros stands for nothing known.
        labels: as in ``find_label_errors``.
        kind: of the task.
        classes: C.
        seed: of the folds, which keep the shares of the classes.

    Returns:
        (N, C) float64; NaN where there is no label or no feature, and everywhere if fewer than
        ``MIN_ROWS`` rows remain.
    """
    given = (labels >= 0).all(axis=1) if kind == "multilabel" else labels >= 0
    places = np.flatnonzero(given & features.any(axis=1))
    probabilities = np.full((len(features), classes), np.nan)
    if len(places) < MIN_ROWS:
        return probabilities
    generator = np.random.default_rng(seed)
    rows = _reduce(np.asarray(features[places], np.float32), generator)
    chosen = labels[places]
    folds = _split(chosen, kind, generator)
    for fold in range(FOLDS):
        train = np.flatnonzero(folds != fold)
        if len(train) > _TRAINED_ON:
            train = np.sort(generator.choice(train, _TRAINED_ON, replace=False))
        held = np.flatnonzero(folds == fold)
        probabilities[places[held]] = _probe(rows[train], chosen[train], rows[held], kind, classes)
    return probabilities


def _too_little(labels: np.ndarray, given: int) -> str:
    if given < MIN_ROWS:
        return f"Only {given} memes have a label; finding wrong ones takes {MIN_ROWS}."
    if len(labels) < MIN_ROWS:
        return f"Of {given} labelled memes only {len(labels)} have features; it takes {MIN_ROWS}."
    if (labels == labels[0]).all():
        return "All labels are the same, so that none can be told to be wrong."
    return ""


def _find_multiclass(
    labels: np.ndarray, probabilities: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    # Imported when needed: cleanlab takes a second, and most of the house does without.
    from cleanlab.filter import find_label_issues
    from cleanlab.rank import get_label_quality_scores

    # Confident thresholds exist for classes that occur.
    occurring, places = np.unique(labels, return_inverse=True)
    shares = probabilities[:, occurring]
    shares = shares / np.maximum(shares.sum(axis=1, keepdims=True), 1e-12)
    suspect = find_label_issues(labels=places, pred_probs=shares, n_jobs=1)
    return get_label_quality_scores(labels=places, pred_probs=shares), np.asarray(suspect, bool)


def _find_multilabel(
    labels: np.ndarray, probabilities: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    from cleanlab.multilabel_classification import get_label_quality_scores
    from cleanlab.multilabel_classification.filter import find_label_issues

    lists = [np.flatnonzero(row).tolist() for row in labels]
    # A label that nobody or everybody has tells nothing about itself.
    varied = np.flatnonzero((labels.min(axis=0) == 0) & (labels.max(axis=0) == 1))
    quality = get_label_quality_scores(labels=lists, pred_probs=probabilities)
    suspect = np.zeros(len(labels), bool)
    if len(varied):
        renamed = [np.flatnonzero(row).tolist() for row in labels[:, varied]]
        found = find_label_issues(labels=renamed, pred_probs=probabilities[:, varied], n_jobs=1)
        suspect |= np.asarray(found, bool)
    return quality, suspect


def _split(labels: np.ndarray, kind: TaskKind, generator: np.random.Generator) -> np.ndarray:
    """Deal the rows of each class, or of each number of labels, to the folds in turn."""
    groups = labels.sum(axis=1) if kind == "multilabel" else labels
    folds = np.empty(len(labels), np.int64)
    start = 0
    for group in np.unique(groups):
        places = generator.permutation(np.flatnonzero(groups == group))
        folds[places] = (np.arange(len(places)) + start) % FOLDS
        start += len(places)
    return folds


def _reduce(rows: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Return centred rows of unit variance on average, at most 256 columns wide."""
    sample = rows
    if len(rows) > 4_000:
        sample = rows[np.sort(generator.choice(len(rows), 4_000, replace=False))]
    middle = sample.mean(axis=0)
    rows = rows - middle
    if rows.shape[1] > _WIDTH:
        centred = sample - middle
        _, axes = np.linalg.eigh(centred.T @ centred)
        rows = rows @ axes[:, ::-1][:, :_WIDTH]
    return rows / max(float(rows.std()), 1e-6)


def _probe(
    train: np.ndarray, labels: np.ndarray, held: np.ndarray, kind: TaskKind, classes: int
) -> np.ndarray:
    """Fit a logistic regression with a fixed number of L-BFGS steps; return (M, C)."""
    inputs, asked = torch.from_numpy(train), torch.from_numpy(held)
    weights = torch.zeros(train.shape[1], classes, requires_grad=True)
    bias = torch.zeros(classes, requires_grad=True)
    multilabel = kind == "multilabel"
    truth = torch.from_numpy(labels.astype(np.float32 if multilabel else np.int64))
    measure = (
        torch.nn.functional.binary_cross_entropy_with_logits
        if multilabel
        else torch.nn.functional.cross_entropy
    )
    solver = torch.optim.LBFGS([weights, bias], max_iter=_STEPS, line_search_fn="strong_wolfe")

    def step() -> torch.Tensor:
        solver.zero_grad()
        loss = measure(inputs @ weights + bias, truth) + _DECAY * weights.square().sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    with torch.enable_grad():
        solver.step(step)  # type: ignore[no-untyped-call]
    with torch.inference_mode():
        logits = (asked @ weights + bias).double()
        found = logits.sigmoid() if multilabel else logits.softmax(dim=1)
    return np.asarray(found.numpy())
