"""Labelling played through on a labelled dataset: does the order in which memes come pay?

A start of rows drawn at random is labelled; round by round a head is trained on what is labelled,
judged on rows that nobody labels, and the next rows are those that an order puts first. Answers
come from the file, a share of them wrong. Every order starts from the same rows and is judged on
the same ones, so that differences from ``random`` are paired by seed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from statistics import fmean, stdev
from typing import Final

import numpy as np

from memeclip_core.errors import ConfigError
from memeclip_core.evaluation.active_learning import (
    UNCERTAINTY,
    combine_scores,
    compute_divergence,
    order_diverse,
    order_highest,
)
from memeclip_core.evaluation.metrics import STATISTICS, metric_names
from memeclip_core.experiments.choices import Labelling, Study
from memeclip_core.experiments.correction_simulation import simulate_corrections
from memeclip_core.experiments.grids import take_up
from memeclip_core.experiments.material import Material, Part, find_one_class, read_material
from memeclip_core.experiments.overrides import read_recipe
from memeclip_core.experiments.results import Cell, Results, write_results
from memeclip_core.experiments.train_run import seed_recipe, train_part
from memeclip_core.experiments.workbench import Show, Workbench
from memeclip_core.heads.model import HeadModel, mask_features, score_head
from memeclip_core.heads.registry import find_needs
from memeclip_core.models.selection import decide_task
from memeclip_core.records.job import Progress
from memeclip_core.records.model import Metric
from memeclip_core.training.rows import LabelledRows
from memeclip_core.training.train import Recipe

CORRECTIONS: Final = "corrections"
RANDOM: Final = "random"
ORDERS: Final = (RANDOM, "margin", "entropy", "diversity", "disagreement")
"""Those of a project's queue that need no people's answers; see ``records.project.Order``."""

CHOOSE_SHARE: Final = 0.2
"""How much of what is labelled is set aside to choose temperature and threshold on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """What an order adds to random, on average over all rounds after the first training.

    Attributes:
        order, task, metric: what it is of.
        mean: the gain, over seeds.
        low, high: its 95 % interval by Student's t over seeds; NaN of fewer than two.
        seeds: how many.
    """

    order: str
    task: str
    metric: str
    mean: float
    low: float
    high: float
    seeds: int


def run_simulation(
    bench: Workbench,
    study: Study,
    labelling: Labelling,
    orders: Sequence[str] = ORDERS,
    corrections: Sequence[int] = (),
) -> Results:
    """Play labelling through for every order and seed; see ``simulate_labelling``.

    With numbers of ``corrections``, a model is corrected instead; see ``simulate_corrections``.
    What a killed run left in the results file is not played again.

    Raises:
        ConfigError: on an unknown order, numbers that cannot be, or fewer rows than are to be
            labelled.
        DatasetError: if a file cannot be used.
        StoreError: if the results file is of another run, or cannot be read or written.
    """
    check_labelling(labelling, orders)
    recipe = read_recipe(study.head, study.overrides)
    if not corrections:
        # A few rows cannot choose an epoch.
        recipe = replace(recipe, fit=replace(recipe.fit, keep="last", patience=0))
    material = read_material(bench, study.files, study.deal, needs=find_needs(recipe.head))
    fresh = bench.begin(
        "simulation",
        dataset=study.files.names,
        task_set=material.task_set.key,
        encoder=bench.settings.encoder,
        head=study.head,
        set=sorted(study.overrides),
        **({"corrections": list(corrections)} if corrections else asdict(labelling)),
        data=material.data["hash"],
    )
    results = fresh if study.grid.again else take_up(study.grid.path, fresh)
    done = {(cell.axes.get("order", CORRECTIONS), cell.seed) for cell in results.cells}
    names = (CORRECTIONS,) if corrections else tuple(dict.fromkeys(orders))
    plays = [(name, seed) for seed in study.grid.seeds for name in names]
    left = [play for play in plays if play not in done]
    with bench.bar("simulation") as show:
        for place, (order, seed) in enumerate(left):
            report = _scale(show, place, len(left), f"{order}, seed {seed}")
            if corrections:
                cells = simulate_corrections(material, recipe, corrections, seed, report)
            else:
                cells = simulate_labelling(material, recipe, labelling, order, seed, report)
            results = results.add(*cells)
            write_results(study.grid.path, results)
    return results


def check_labelling(labelling: Labelling, orders: Sequence[str]) -> None:
    """Raise ConfigError on an unknown order, and on numbers that cannot be."""
    unknown = [order for order in orders if order not in ORDERS]
    if unknown:
        raise ConfigError(f"Unknown order '{unknown[0]}'. Known: {', '.join(ORDERS)}.")
    if min(labelling.start, labelling.step, labelling.rounds) < 1:
        raise ConfigError("--start, --step and --rounds must be 1 or more.")
    if not 0 <= labelling.wrong < 1:
        raise ConfigError(f"--wrong is {labelling.wrong}; it must be a share from 0 to below 1.")


def simulate_labelling(
    material: Material,
    recipe: Recipe,
    labelling: Labelling,
    order: str,
    seed: int,
    on_round: Callable[[int, int], None] | None = None,
) -> list[Cell]:
    """Play labelling through once; a cell for every task and training.

    Args:
        material: what to label: the rows that its part learns from or chooses on. With folds the
            seed chooses which fold is judged.
        recipe: of the head that is trained anew in every round, without looking at judged rows.
        labelling, order, seed: how; the first rows, the errors and the training follow the seed.
        on_round: called with the round and how many there are.

    Raises:
        ConfigError: if there are fewer rows than are to be labelled.
    """
    part = material.parts[seed % len(material.parts)]
    alone = len(material.parts) == 1
    pool = part.learn if alone else np.concatenate([part.learn, part.choose])
    wanted = labelling.start + labelling.step * labelling.rounds
    if wanted > len(pool):
        raise ConfigError(
            f"{wanted:,} rows are to be labelled, and there are {len(pool):,}. Choose a smaller "
            "--start, --step or --rounds."
        )
    generator = np.random.default_rng(seed)
    chance = generator.permutation(len(pool))
    told = replace(material, rows=_answer(material.rows, pool, labelling.wrong, generator))
    judged = material.rows.take(part.judge)
    labelled = chance[: labelling.start]
    cells: list[Cell] = []
    for number in range(labelling.rounds + 1):
        models = [
            _train(told, pool[labelled], recipe, own)
            for own in ((seed, seed + 1_000) if order == "disagreement" else (seed,))
        ]
        cells += _measure(models[0], judged, order, len(labelled), seed)
        if on_round is not None:
            on_round(number + 1, labelling.rounds + 1)
        places = _order(order, models, told, pool, labelled, chance, seed)
        fresh = places[~np.isin(places, labelled)][: labelling.step]
        labelled = np.concatenate([labelled, fresh])
    return cells


def _answer(
    rows: LabelledRows, pool: np.ndarray, wrong: float, generator: np.random.Generator
) -> LabelledRows:
    """Return the rows with a share of the pool's answers, task by task, those of other rows."""
    labels = {}
    for task, own in rows.labels.items():
        labels[task] = own.copy()
        known = np.intersect1d(pool, rows.for_task(task))
        lied = known[generator.random(len(known)) < wrong]
        labels[task][lied] = own[generator.permutation(known)[: len(lied)]]
    return replace(rows, labels=labels)


def _train(told: Material, labelled: np.ndarray, recipe: Recipe, seed: int) -> HeadModel:
    """Train on what is labelled, a part of which chooses temperature and threshold."""
    aside = max(1, round(CHOOSE_SHARE * len(labelled)))
    part = Part(learn=labelled[aside:], choose=labelled[:aside], judge=labelled[:0])
    learn = told.rows.take(part.learn)
    # Tasks of which one answer is known teach nothing yet; nor can others depend on them.
    tasks = tuple(
        task
        for task in (replace(task, applies=None) for task in told.task_set)
        if len(learn.for_task(task.key))
        and not find_one_class(replace(told.task_set, tasks=(task,)), learn)
    )
    return train_part(
        replace(told, task_set=replace(told.task_set, tasks=tasks)), part, seed_recipe(recipe, seed)
    )


def _measure(
    model: HeadModel, judged: LabelledRows, order: str, labelled: int, seed: int
) -> Iterator[Cell]:
    for task, head in model.heads.items():
        truth, said = decide_task(model, task, judged)
        yield Cell(
            axes={"order": order, "labelled": str(labelled)},
            task=task,
            seed=seed,
            # Intervals are drawn over seeds; those over rows would cost more than the training.
            metrics=tuple(
                Metric(
                    name=name,
                    value=STATISTICS[name](truth, said),
                    n=len(truth),
                    low=math.nan,
                    high=math.nan,
                )
                for name in metric_names(head.kind)
            ),
        )


def _order(
    order: str,
    models: Sequence[HeadModel],
    told: Material,
    pool: np.ndarray,
    labelled: np.ndarray,
    chance: np.ndarray,
    seed: int,
) -> np.ndarray:
    """Return the places in the pool, the most worth a look first."""
    if order == RANDOM:
        return chance
    features = told.rows.features.take(pool)
    if order == "diversity":
        known = np.zeros(len(pool), np.bool_)
        known[labelled] = True
        vectors = np.hstack([features.text, features.image])
        return order_diverse(vectors, known=known, seed=seed)
    scores = []
    for key, head in models[0].heads.items():
        seen = mask_features(features, models[0].reads)
        opinions = [score_head(m.heads[key], seen).probabilities for m in models if key in m.heads]
        if order == "disagreement":
            scores.append(compute_divergence(opinions, head.kind))
        else:
            scores.append(UNCERTAINTY[order](opinions[0], head.kind))
    return order_highest(combine_scores(scores))


def measure_gains(results: Results) -> list[Gain]:
    """Return what each order adds to random, by task and metric, over the seeds that both have.

    The first training is left out: its rows are the same for all.
    """
    curves: dict[tuple[str, str, str], dict[int, list[float]]] = {}
    if not all("order" in cell.axes for cell in results.cells):
        return []
    first = min((int(cell.axes["labelled"]) for cell in results.cells), default=0)
    for cell in results.cells:
        if int(cell.axes["labelled"]) == first or cell.seed is None:
            continue
        for metric in cell.metrics:
            own = curves.setdefault((cell.axes["order"], cell.task, metric.name), {})
            own.setdefault(cell.seed, []).append(metric.value)
    gains = []
    for (order, task, name), seeds in curves.items():
        base = curves.get((RANDOM, task, name), {})
        paired = [
            fmean(values) - fmean(base[seed])
            for seed, values in seeds.items()
            if len(base.get(seed, ())) == len(values)
        ]
        if order != RANDOM and paired:
            gains.append(_gain(order, task, name, paired))
    return gains


def _gain(order: str, task: str, metric: str, paired: Sequence[float]) -> Gain:
    mean, n = fmean(paired), len(paired)
    half = math.nan
    if n > 1:
        from scipy.stats import t as student  # takes long to import, and every report comes by here

        half = float(student.ppf(0.975, n - 1)) * stdev(paired) / math.sqrt(n)
    return Gain(
        order=order, task=task, metric=metric, mean=mean, low=mean - half, high=mean + half, seeds=n
    )


def _scale(show: Show, place: int, of: int, what: str) -> Callable[[int, int], None]:
    def on_round(done: int, total: int) -> None:
        show(Progress(done=place * total + done, total=of * total, message=f"{what}: round {done}"))

    return on_round
