"""One setting after the other over a range, and encoder against encoder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from memeclip_core.errors import ConfigError
from memeclip_core.experiments.grids import OpenMaterial, Point
from memeclip_core.experiments.overrides import read_recipe

ENCODER = "encoder"

RANGES = {
    "ratio": ("0", "0.1", "0.2", "0.4", "0.6", "0.8", "1"),
    "scale": ("1", "5", "10", "20", "30", "50", "100"),
}
"""What is swept unless something else is asked for: the paper's alpha and sigma."""


def read_ranges(words: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return settings with their values from words like ``ratio=0,0.2,0.4``.

    Raises:
        ConfigError: on a word of another form.
    """
    ranges: dict[str, tuple[str, ...]] = {}
    for word in words:
        key, _, rest = word.partition("=")
        values = tuple(value.strip() for value in rest.split(",") if value.strip())
        if not key.strip() or not values:
            raise ConfigError(
                f"--vary is '{word}'; it needs a setting and its values, as in ratio=0,0.2,0.4."
            )
        ranges[key.strip()] = tuple(dict.fromkeys(values))
    return ranges


def plan_sweep(
    head: str,
    pairs: Sequence[str],
    seeds: Sequence[int],
    *,
    ranges: Mapping[str, Sequence[str]],
    material: OpenMaterial,
    encoders: Mapping[str, OpenMaterial],
) -> list[Point]:
    """Return the points of a sweep: every value of one setting with the others as given.

    Args:
        head, pairs: the head and what ``--set`` says; see ``given.read_recipe``.
        seeds: of the trainings.
        ranges: setting → values as written.
        material: the dataset in the features of the command's encoder.
        encoders: encoder → the dataset in its features.

    Raises:
        HeadError, ConfigError: if a setting or value is impossible.
    """
    points = []
    for key, values in ranges.items():
        for value in values:
            recipe = read_recipe(head, [*pairs, f"{key}={value}"])
            axes = {"setting": key, "value": value}
            points += [Point(axes=axes, recipe=recipe, seed=s, material=material) for s in seeds]
    recipe = read_recipe(head, pairs)
    for name, opener in encoders.items():
        axes = {"setting": ENCODER, "value": name}
        points += [Point(axes=axes, recipe=recipe, seed=s, material=opener) for s in seeds]
    return points
