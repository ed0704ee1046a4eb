"""Shares of rows with n and interval, of all rows and of each group of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from memeclip_core.records.schemas import Number

NO_GROUP = "(none)"
"""What rows without a group are called."""

_Z = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How many of n rows, as a share, with its 95 % interval; NaN of no rows."""

    hits: float
    n: int
    value: Number
    low: Number
    high: Number


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRates:
    """One group of rows.

    Attributes:
        group: its name.
        n: how many rows it has.
        right: those that are right in every class.
        found: of the rows with a class, those where it is decided, by class (true positive rate).
        alarms: of the rows without it, those where it is decided (false positive rate).
    """

    group: str
    n: int
    right: Rate
    found: tuple[Rate, ...]
    alarms: tuple[Rate, ...]


def find_rate(hits: float, n: int) -> Rate:
    """Return a share with the score interval (Wilson, 1927), which holds for few rows too.

    Rows are taken one by one: near duplicates among them make it too narrow.
    """
    if n == 0:
        return Rate(hits=0, n=0, value=math.nan, low=math.nan, high=math.nan)
    share, z2 = hits / n, _Z**2 / n
    middle = (share + z2 / 2) / (1 + z2)
    half = _Z * math.sqrt(share * (1 - share) / n + z2 / (4 * n)) / (1 + z2)
    return Rate(
        hits=hits, n=n, value=share, low=max(0.0, middle - half), high=min(1.0, middle + half)
    )


def compute_group_rates(
    labels: np.ndarray, decisions: np.ndarray, groups: Sequence[Sequence[str]]
) -> tuple[GroupRates, ...]:
    """Return the rates of each group, the largest first.

    Args:
        labels, decisions: (N, C) of 0 and 1.
        groups: the groups of each of N rows; a row of several counts in each.
    """
    places: dict[str, list[int]] = {}
    for place, own in enumerate(groups):
        for name in own or (NO_GROUP,):
            places.setdefault(name, []).append(place)
    return tuple(
        _measure(name, labels[own], decisions[own])
        for name, own in sorted(places.items(), key=lambda item: (-len(item[1]), item[0]))
    )


def _measure(group: str, labels: np.ndarray, decisions: np.ndarray) -> GroupRates:
    def rates(rows: np.ndarray) -> tuple[Rate, ...]:
        hits = (rows * decisions).sum(axis=0).tolist()
        return tuple(map(find_rate, hits, rows.sum(axis=0).tolist()))

    right = int((labels == decisions).all(axis=1).sum())
    return GroupRates(
        group=group,
        n=len(labels),
        right=find_rate(right, len(labels)),
        found=rates(labels),
        alarms=rates(1 - labels),
    )
