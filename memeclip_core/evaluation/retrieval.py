"""How well texts find their pictures."""

from __future__ import annotations

import numpy as np


def compute_recall(
    images: np.ndarray, texts: np.ndarray, owners: np.ndarray, *, k: int = 10
) -> float:
    """Return the share of texts whose picture is among the k nearest of all pictures.

    Args:
        images: (N, S) unit rows.
        texts: (M, S) unit rows.
        owners: (M,), the row in ``images`` that each text describes.
        k: how many pictures a text may name. Pictures as near as the right one count before it.

    Returns:
        In [0, 1]; NaN without texts.
    """
    if len(texts) == 0:
        return float("nan")
    near = texts @ images.T  # [m, n]
    own = near[np.arange(len(texts)), owners][:, None]
    ahead = (near >= own).sum(1) - 1
    return float((ahead < k).mean())
