"""Labels that are probably wrong, by models that never saw them: confident learning.

The ranking is cleanlab's (Northcutt, Jiang and Chuang 2021). The probabilities come from a linear
probe on frozen features, cross-validated: heads that were trained on a label would defend it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from memeclip_core.tasks import TaskKind

FOLDS = 5
MIN_ROWS = 20
"""Below this many labelled memes nothing can be said."""

_WIDTH = 256
_FITTED_ON = 4_000
_TRAINED_ON = 10_000
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
    # Each class, or number of labels, is dealt to the folds in turn.
    groups = chosen.sum(axis=1) if kind == "multilabel" else chosen
    folds = np.empty(len(chosen), np.int64)
    folds[np.lexsort((generator.random(len(chosen)), groups))] = np.arange(len(chosen)) % FOLDS
    for fold in range(FOLDS):
        train = np.flatnonzero(folds != fold)
        if len(train) > _TRAINED_ON:
            train = np.sort(generator.choice(train, _TRAINED_ON, replace=False))
        held = np.flatnonzero(folds == fold)
        probabilities[places[held]] = _probe(rows[train], chosen[train], rows[held], classes)
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


def _reduce(rows: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Return rows of unit variance on average, at most 256 columns wide."""
    from sklearn.decomposition import PCA

    if rows.shape[1] > _WIDTH:
        sample = generator.permutation(len(rows))[:_FITTED_ON]
        axes = min(_WIDTH, len(sample))
        rows = PCA(axes, svd_solver="covariance_eigh").fit(rows[sample]).transform(rows)
    return np.asarray(rows / max(float(rows.std()), 1e-6), np.float64)


def _probe(
    train: np.ndarray, labels: np.ndarray, held: np.ndarray, classes: int, decay: float = _DECAY
) -> np.ndarray:
    """Return (M, C) of a logistic regression; a class that no label is of has the probability 0."""
    from sklearn.linear_model import LogisticRegression

    if labels.ndim == 2:
        each = [_probe(train, column, held, 2, classes * decay)[:, 1] for column in labels.T]
        return np.stack(each, axis=1)
    found = np.zeros((len(held), classes))
    known = np.unique(labels)
    if len(known) == 1:
        found[:, known] = 1.0
    else:
        # The decay is of the mean loss; scikit-learn weighs the sum of the losses instead.
        model = LogisticRegression(C=0.5 / (decay * len(train)), max_iter=1_000)
        found[:, known] = model.fit(train, labels).predict_proba(held)
    return found
