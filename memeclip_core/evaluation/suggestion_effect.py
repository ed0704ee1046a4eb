"""Does seeing a model's suggestion change what people say? Shown and hidden memes, side by side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from memeclip_core.evaluation.agreement import draw_patterns
from memeclip_core.evaluation.bootstrap import make_metric, undefined_metric
from memeclip_core.marks import mark
from memeclip_core.records.agreement import Effect
from memeclip_core.records.model import Metric

NONE_SHOWN = mark("nobody decided with a suggestion in sight")
NONE_HIDDEN = mark("nobody decided with the suggestion hidden")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Hits:
    """How many of the decisions on each of N memes hit something: both arrays are (N,)."""

    hits: np.ndarray
    decisions: np.ndarray


def compute_effect(shown: Hits, hidden: Hits, *, seed: int = 0) -> Effect:
    """Compare a share of decisions on memes with the suggestion shown and on those without."""
    first, second = _share(shown, seed), _share(hidden, seed + 1)
    n = int(shown.decisions.sum()), int(hidden.decisions.sum())
    if first is None or second is None:
        missing = NONE_SHOWN if first is None else NONE_HIDDEN
        difference = undefined_metric("difference", sum(n), missing)
    else:
        size = min(len(first), len(second))
        gain = first[:size] - second[:size]
        difference = make_metric("difference", float(gain[0]), gain[1:], sum(n), least=-1.0)
    return Effect(
        shown=_metric("shown", first, n[0], NONE_SHOWN),
        hidden=_metric("hidden", second, n[1], NONE_HIDDEN),
        difference=difference,
    )


def compute_share(of: Hits, *, reason: str, seed: int = 0) -> Metric:
    """Return a share of decisions; its n counts decisions, its interval resamples memes.

    Args:
        of: the hits.
        reason: why the share is undefined if there are no decisions.
    """
    return _metric("share", _share(of, seed), int(of.decisions.sum()), reason)


def _metric(name: str, share: np.ndarray | None, n: int, reason: str) -> Metric:
    if share is None:
        return undefined_metric(name, n, reason)
    return make_metric(name, float(share[0]), share[1:], n)


def _share(of: Hits, seed: int) -> np.ndarray | None:
    """Return the share of hits, then of each resample of memes: (R + 1,); None without any."""
    decided = of.decisions > 0
    if not decided.any():
        return None
    pairs = np.stack([of.hits[decided], of.decisions[decided]], axis=1)
    patterns, counts = np.unique(pairs, axis=0, return_counts=True)
    weights = draw_patterns(counts, seed=seed)
    hits, decisions = (weights @ patterns).T
    return np.asarray(hits / decisions)
