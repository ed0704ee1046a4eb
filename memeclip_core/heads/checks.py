"""Checks of a head's settings: all faults are told at once."""

from __future__ import annotations

from collections.abc import Collection

from memeclip_core.errors import HeadError

MAX_WEIGHTS = 100_000_000
"""No head may have more weights in one layer: 400 MB, three times that while it is trained."""


def at_least(least: int, **values: float) -> list[str]:
    """Return a fault for every value below ``least``."""
    return [
        f"{name} is {value}, at least {least} is needed"
        for name, value in values.items()
        if value < least
    ]


def rates(**values: float) -> list[str]:
    """Return a fault for every value outside [0, 1)."""
    return [
        f"{name} is {value}, allowed is 0 up to below 1"
        for name, value in values.items()
        if not 0 <= value < 1
    ]


def above_zero(**values: float) -> list[str]:
    """Return a fault for every value that is not above 0."""
    return [
        f"{name} is {value}, it must be above 0" for name, value in values.items() if value <= 0
    ]


def one_of(name: str, value: str, known: Collection[str]) -> list[str]:
    """Return a fault if the value is not known."""
    return [] if value in known else [f"{name} is '{value}', known are {', '.join(known)}"]


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
