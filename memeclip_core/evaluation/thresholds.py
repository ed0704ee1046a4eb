"""What another decision threshold would make of a task with several labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from memeclip_core.evaluation.metrics import count_decisions, decide, macro_f1, micro_f1
from memeclip_core.records.schemas import Number

GRID: Final = tuple(step / 100 for step in range(2, 100, 2))


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdScores:
    """The scores at one threshold.

    Attributes:
        precision, recall: over all row-class pairs together.
        named: how many labels a row is given on average.
    """

    threshold: float
    micro_f1: Number
    macro_f1: Number
    precision: Number
    recall: Number
    named: float


def sweep_thresholds(labels: np.ndarray, probabilities: np.ndarray) -> tuple[ThresholdScores, ...]:
    """Return the scores at every threshold of ``GRID``; nothing of no rows.

    Chosen by these rows, a threshold is better on them than on others.
    """
    found = []
    for threshold in GRID if len(labels) else ():
        decisions = decide(probabilities, "multilabel", threshold)
        counts = count_decisions(labels, decisions)(np.ones((1, len(labels)), np.float32))
        hits, decided, labelled = (
            float(part.sum()) for part in (counts.hits, counts.decisions, counts.labels)
        )
        found.append(
            ThresholdScores(
                threshold=threshold,
                micro_f1=micro_f1(labels, decisions),
                macro_f1=macro_f1(labels, decisions),
                precision=hits / decided if decided else float("nan"),
                recall=hits / labelled if labelled else float("nan"),
                named=decided / len(labels),
            )
        )
    return tuple(found)
