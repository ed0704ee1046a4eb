"""Labels that are probably wrong, by models that never saw them: confident learning.

The rule is that of Northcutt, Jiang and Chuang (JAIR 70, 2021) as cleanlab has it; where several
labels may hold, of each class against the rest (Thyagarajan, Snorrason, Northcutt and Mueller 2022,
arXiv 2211.13895). The probabilities come from a linear probe on frozen features, cross-validated:
heads that were trained on a label would defend it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from memeclip_core.tasks import TaskKind

FOLDS = 5
MIN_ROWS = 20
"""Below this many labelled memes nothing can be said."""
UNKNOWN = (
    "The probe agrees with the labels of no class more often than it disagrees, so that it cannot "
    "tell which are wrong."
)
DOUBT = 0.1
"""Where several labels may hold, one is suspect at this probability or below."""

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
        wrong: bool (N,), where more speaks for another label than for this one; multilabel
            (N, C), where more speaks against what is said of a class.
        judged: int, the classes of which anything could be said.
        reason: why nothing could be said, in one sentence, or "".
    """

    quality: np.ndarray
    wrong: np.ndarray
    judged: np.ndarray
    reason: str = ""

    @property
    def suspect(self) -> np.ndarray:
        """Bool (N,): memes with a label that is probably wrong."""
        return np.asarray(self.wrong.reshape(len(self.wrong), -1).any(axis=1))


def find_label_errors(labels: np.ndarray, probabilities: np.ndarray, kind: TaskKind) -> LabelErrors:
    """Return which labels are probably wrong.

    Args:
        labels: int (N,), -1 where there is none; multilabel bool or 0/1 (N, C), -1 throughout a
            row where there is none.
        probabilities: (N, C) of models that did not see the row; NaN where unknown.

    Returns:
        one entry per row; quality is the probability of the given label, and where several may
        hold, of what is said of the class where that is least likely.
    """
    given = (labels >= 0).all(axis=1) if kind == "multilabel" else labels >= 0
    places = np.flatnonzero(given & ~np.isnan(probabilities).any(axis=1))
    quality, wrong = np.full(len(labels), np.nan), np.zeros(labels.shape, bool)
    reason, judged = _too_little(labels[places], int(given.sum())), np.array([], np.int64)
    if not reason:
        find = _find_multilabel if kind == "multilabel" else _find_multiclass
        found = find(labels[places], probabilities[places])
        quality[places], wrong[places], judged = found
        reason = "" if len(judged) else UNKNOWN
    return LabelErrors(quality=quality, wrong=wrong, judged=judged, reason=reason)


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
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    # Imported when needed: cleanlab takes a second, and most of the house does without.
    from cleanlab.filter import find_label_issues
    from cleanlab.rank import get_label_quality_scores

    # Confident thresholds exist for classes that occur.
    occurring, places = np.unique(labels, return_inverse=True)
    shares = probabilities[:, occurring]
    shares = shares / np.maximum(shares.sum(axis=1, keepdims=True), 1e-12)
    suspect = find_label_issues(labels=places, pred_probs=shares, n_jobs=1)
    quality = get_label_quality_scores(labels=places, pred_probs=shares)
    return quality, np.asarray(suspect, bool), occurring


def _find_multilabel(
    labels: np.ndarray, probabilities: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return quality (N,), what is wrong (N, C) and the classes that were judged.

    The thresholds are of each class: a meme counts for a side whose probability reaches its mean
    among the memes that are labelled so. What is off the diagonal of these counts estimates how
    many labels are wrong. Two rules are of this project: a class of whose counts the diagonal is
    not the largest of each row and column is not judged, since the probe hardly knows it; and of
    the others, labels off the diagonal are suspect that have at most the probability ``DOUBT``,
    since a linear probe errs more often than people do.
    """
    from cleanlab.count import compute_confident_joint

    given = np.where(labels == 1, probabilities, 1 - probabilities)
    wrong, judged = np.zeros(labels.shape, bool), []
    # A label that nobody or everybody has tells nothing about itself.
    for place in np.flatnonzero((labels.min(axis=0) == 0) & (labels.max(axis=0) == 1)):
        column = probabilities[:, place]
        joint, apart = compute_confident_joint(
            labels[:, place],
            np.stack([1 - column, column], axis=1),
            calibrate=False,
            return_indices_of_off_diagonals=True,
        )
        if joint.diagonal().min() > max(joint[0, 1], joint[1, 0]):
            judged.append(place)
            wrong[apart, place] = given[apart, place] <= DOUBT
    quality = given[:, judged].min(axis=1) if judged else np.full(len(labels), np.nan)
    return quality, wrong, np.array(judged, np.int64)


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
