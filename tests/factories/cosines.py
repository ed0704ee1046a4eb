"""How alike two sets of rows are."""

from __future__ import annotations

import numpy as np


def cosines(rows: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return the cosine of each row with the other of its place, in double precision."""
    a, b = rows.astype(np.float64), others.astype(np.float64)
    found: np.ndarray = (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
    return found
