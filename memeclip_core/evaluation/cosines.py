"""How the cosine with each class lies in the rows that have the class, and in the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from memeclip_core.evaluation.ranking import rank_class
from memeclip_core.records.schemas import Number

QUANTILES: Final = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """How many rows, and the ``QUANTILES`` of their cosines; none of no rows."""

    n: int
    quantiles: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassCosines:
    """The cosine with one class.

    Attributes:
        own, others: of the rows that have the class, and of those that have not.
        apart: the share of pairs of one of each in which that with the class has the higher
            cosine (AUROC); NaN where one side is empty.
    """

    label: str
    own: Box
    others: Box
    apart: Number


def spread_cosines(
    labels: np.ndarray, cosines: np.ndarray, names: Sequence[str]
) -> tuple[ClassCosines, ...]:
    """Return each class's cosines; ``cosines`` are (N, C) in [-1, 1]."""
    found = []
    for place, name in enumerate(names):
        has, values = labels[:, place] == 1, cosines[:, place]
        apart = rank_class(labels[:, place], values) if len(values) else float("nan")
        found.append(
            ClassCosines(label=name, own=_box(values[has]), others=_box(values[~has]), apart=apart)
        )
    return tuple(found)


def _box(values: np.ndarray) -> Box:
    places = np.quantile(values, QUANTILES).tolist() if len(values) else []
    return Box(n=len(values), quantiles=tuple(places))
