"""Checks of a head's settings: all faults are told at once."""

from __future__ import annotations

from memeclip_core.errors import HeadError

MAX_WEIGHTS = 100_000_000
"""No head may have more weights in one layer: 400 MB, three times that while it is trained."""


def layer_size(what: str, weights: int) -> list[str]:
    """Return a fault if a layer would not fit into memory."""
    if weights <= MAX_WEIGHTS:
        return []
    return [
        f"{what} needs a layer of {weights:,} weights, at most {MAX_WEIGHTS:,} fit; choose a "
        "smaller map_dim"
    ]


def refuse(faults: list[str]) -> None:
    """Raise HeadError if there are any faults."""
    if faults:
        raise HeadError("The head cannot be built: " + "; ".join(faults) + ".")
