"""Two models' outcomes that can be counted by hand: 20 rows of two classes in turn."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np

from memeclip_core.experiments.evaluation import Judged
from memeclip_core.experiments.outcomes import Outcome
from tests.factories.page_records import pridemm

TRUTH = np.eye(2, dtype=np.int64)[[0, 1] * 10]


def outcome(right: int, **changes: Any) -> Outcome:
    """Return a model that has the first ``right`` of 20 rows right."""
    flags = (np.arange(20) < right)[:, None]
    facts: dict[str, Any] = {
        "kind": "multiclass",
        "names": pridemm().task("hate").names,
        "places": tuple(f"row {i}" for i in range(20)),
        "labels": TRUTH,
        "probabilities": np.where(flags, TRUTH, 1 - TRUTH) * 0.8 + 0.1,
        "threshold": None,
    }
    return Outcome(**{**facts, **changes})


def judged(version: str, right: int) -> Judged:
    """Return such a model on the task ``hate``."""
    model = SimpleNamespace(version=version, recipe={})
    own = {"hate": outcome(right)}
    return Judged(model=cast(Any, model), rows=20, left_out=0, outcomes=own, answers=own)
