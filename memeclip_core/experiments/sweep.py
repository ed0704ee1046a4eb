"""One setting after the other over a range, and encoder against encoder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from memeclip_core.errors import ConfigError
from memeclip_core.experiments.choices import DatasetFiles, Deal
from memeclip_core.experiments.grids import OpenMaterial, Point, open_later, run_points
from memeclip_core.experiments.overrides import read_recipe
from memeclip_core.experiments.results import Results
from memeclip_core.experiments.workbench import Workbench
from memeclip_core.heads.registry import find_needs

ENCODER = "encoder"

RANGES = {
    "ratio": ("0", "0.1", "0.2", "0.4", "0.6", "0.8", "1"),
    "scale": ("1", "5", "10", "20", "30", "50", "100"),
}
"""What is swept unless something else is asked for: the paper's alpha and sigma."""


def run_sweep(
    bench: Workbench,
    files: DatasetFiles,
    deal: Deal,
    path: Path,
    *,
    head: str,
    overrides: Sequence[str],
    vary: Sequence[str],
    encoders: Sequence[str],
    seeds: Sequence[int],
    again: bool = False,
) -> Results:
    """Train a head with every value of some settings; see ``plan_sweep`` and ``run_points``.

    Args:
        bench, files, deal, path, again: where and what.
        head, overrides, seeds: what is trained.
        vary: see ``read_ranges``; without these, and without ``encoders``, ``RANGES``.
        encoders: encoders to compare.
    """
    needs = find_needs(head, read_recipe(head, overrides).config)
    points = plan_sweep(
        head,
        overrides,
        seeds,
        ranges=read_ranges(vary) if vary else {} if encoders else RANGES,
        material=open_later(bench, files, deal, needs),
        encoders={
            name: open_later(bench.change(encoder=name), files, deal, needs) for name in encoders
        },
    )
    return run_points(
        bench,
        path,
        "sweep",
        points,
        again=again,
        dataset=files.names,
        encoder=bench.settings.encoder,
        head=head,
        set=sorted(overrides),
        seeds=list(seeds),
        folds=deal.folds or 0,
    )


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
        head, pairs: the head and what ``--set`` says; see ``read_recipe``.
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
