"""Labelling played through on a labelled dataset."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from memeclip_core.config import Settings
from memeclip_core.errors import ConfigError, StoreError
from memeclip_core.experiments import simulation
from memeclip_core.experiments.choices import DatasetFiles, Deal, Grid, Labelling, Study
from memeclip_core.experiments.overrides import read_recipe
from memeclip_core.experiments.results import Cell, Results, read_results
from memeclip_core.experiments.simulation import (
    ORDERS,
    check_labelling,
    measure_gains,
    run_simulation,
    simulate_labelling,
)
from memeclip_core.experiments.workbench import Workbench
from memeclip_core.records.model import Metric
from tests.factories.workbench import fresh_results, pridemm_material, write_pridemm

BENCH = Workbench(settings=Settings(encoder="fake", tasks=("pridemm",)), keeps=False)
SHORT = Labelling(start=12, step=4, rounds=2)
RECIPE = read_recipe("linear", ("epochs=2", "lr=0.01"))


@pytest.mark.parametrize("order", ORDERS)
def test_every_order_labels_so_many_rows_more_in_each_round(tmp_path: Path, order: str) -> None:
    cells = simulate_labelling(pridemm_material(tmp_path), RECIPE, SHORT, order, 0)
    hate = [cell for cell in cells if cell.task == "hate"]
    assert [cell.axes["labelled"] for cell in hate] == ["12", "16", "20"]
    assert {cell.axes["order"] for cell in cells} == {order}
    assert all(cell.seed == 0 and cell.n == 12 for cell in hate)


def test_the_first_training_is_the_same_for_every_order_and_another_for_another_seed(
    tmp_path: Path,
) -> None:
    material = pridemm_material(tmp_path)
    alone = replace(SHORT, rounds=1)

    def first(order: str, seed: int) -> list[float]:
        cells = simulate_labelling(material, RECIPE, alone, order, seed)
        return [c.metrics[0].value for c in cells if c.axes["labelled"] == "12"]

    assert first("random", 0) == first("margin", 0) == first("random", 0)
    assert first("random", 0) != first("random", 1)


def test_no_row_is_labelled_twice_and_none_that_is_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[int]] = []
    train = simulation._train

    def watch(told, labelled, recipe, seed):
        seen.append(labelled.tolist())
        return train(told, labelled, recipe, seed)

    monkeypatch.setattr(simulation, "_train", watch)
    material = pridemm_material(tmp_path)
    simulate_labelling(material, RECIPE, SHORT, "margin", 0)
    assert [len(set(own)) for own in seen] == [12, 16, 20]
    assert not set(seen[-1]) & set(material.parts[0].judge.tolist())
    assert set(seen[0]) < set(seen[1]) < set(seen[2])


def test_wrong_answers_are_those_of_other_rows_and_judged_rows_keep_theirs(tmp_path: Path) -> None:
    material = pridemm_material(tmp_path)
    pool, judged = material.parts[0].learn, material.parts[0].judge
    told = simulation._answer(material.rows, pool, 0.5, np.random.default_rng(0))
    before, after = (rows.labels["hate"] for rows in (material.rows, told))
    assert 2 <= (before[pool] != after[pool]).sum() <= 12
    assert (before[judged] == after[judged]).all()
    same = simulation._answer(material.rows, pool, 0.0, np.random.default_rng(0))
    assert all((same.labels[k] == v).all() for k, v in material.rows.labels.items())


def study(folder: Path, **changes: object) -> Study:
    grid = Grid(path=folder / "sim.json", seeds=(0,))
    files = DatasetFiles(source=(write_pridemm(folder),))
    facts = {"files": files, "deal": Deal(), "grid": grid, "head": "linear"}
    return Study(**{**facts, "overrides": ("epochs=1",), **changes})


def test_what_was_played_is_not_played_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = study(tmp_path)
    first = run_simulation(BENCH, own, SHORT, ("random", "margin"))
    assert read_results(own.grid.path).cells == first.cells
    played = []
    monkeypatch.setattr(
        simulation, "simulate_labelling", lambda *args: played.append(args[3:5]) or []
    )
    more = replace(own, grid=replace(own.grid, seeds=(0, 1)))
    run_simulation(BENCH, more, SHORT, ("random", "margin"))
    assert played == [("random", 1), ("margin", 1)]
    with pytest.raises(StoreError, match="of another step"):
        run_simulation(BENCH, own, replace(SHORT, step=5), ("random",))


@pytest.mark.parametrize(
    ("labelling", "orders", "why"),
    [
        (SHORT, ("newest",), "Unknown order 'newest'. Known: random, margin"),
        (replace(SHORT, step=0), ("random",), "must be 1 or more"),
        (replace(SHORT, wrong=1.0), ("random",), "from 0 to below 1"),
    ],
)
def test_what_cannot_be_is_refused(labelling: Labelling, orders: tuple, why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        check_labelling(labelling, orders)


def test_more_rows_than_there_are_cannot_be_labelled(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"52 rows are to be labelled, and there are 24"):
        simulate_labelling(
            pridemm_material(tmp_path), RECIPE, replace(SHORT, rounds=10), "random", 0
        )


def curves(**orders: list[list[float]]) -> Results:
    """Return results with a curve for each seed of each order."""
    return fresh_results().add(
        *(
            Cell(
                axes={"order": order, "labelled": str(10 * i)},
                task="hate",
                seed=seed,
                metrics=(Metric(name="accuracy", value=v, n=9, low=math.nan, high=math.nan),),
            )
            for order, seeds in orders.items()
            for seed, values in enumerate(seeds)
            for i, v in enumerate(values)
        )
    )


def test_a_gain_is_the_mean_over_rounds_and_seeds_with_an_interval_over_seeds() -> None:
    # The first round does not count; the gains of the seeds are 0.1 and 0.3.
    found = curves(
        random=[[0.9, 0.5, 0.5], [0.1, 0.4, 0.6]], margin=[[0.0, 0.5, 0.7], [0.0, 0.7, 0.9]]
    )
    (gain,) = measure_gains(found)
    assert (gain.order, gain.task, gain.metric, gain.seeds) == ("margin", "hate", "accuracy", 2)
    assert gain.mean == pytest.approx(0.2)
    assert gain.high - gain.mean == pytest.approx(12.706 * 0.1, rel=1e-3)
    (alone,) = measure_gains(curves(random=[[0.1, 0.5]], margin=[[0.1, 0.4]]))
    assert alone.mean == pytest.approx(-0.1) and math.isnan(alone.low)
