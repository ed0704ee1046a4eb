"""One head, one dataset, one seed: trained and judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from memeclip_core.experiments.material import Material, Part
from memeclip_core.experiments.outcomes import Outcome, pool_outcomes, score_outcome
from memeclip_core.heads.model import HeadModel
from memeclip_core.models.selection import judge_task
from memeclip_core.records.job import Progress
from memeclip_core.training.train import Recipe, train_model


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trial:
    """What one seed came to.

    Attributes:
        model: trained on the published split; ``None`` where folds were judged.
        outcomes: by task key, over all judged rows.
    """

    model: HeadModel | None
    outcomes: dict[str, Outcome]


def seed_recipe(recipe: Recipe, seed: int) -> Recipe:
    """Return the recipe with another seed of weights, order and dropout."""
    return replace(recipe, fit=replace(recipe.fit, seed=seed))


def train_part(
    material: Material,
    part: Part,
    recipe: Recipe,
    *,
    version: str,
    created: datetime,
    on_progress: Callable[[Progress], None] | None = None,
) -> HeadModel:
    """Train a model on one part of a material; the judged rows play no role in it.

    Raises:
        HeadError: if the head cannot be built for this encoder.
        ConfigError: if there is nothing to learn from.
    """
    model = train_model(
        material.task_set,
        material.rows.take(part.learn),
        material.rows.take(part.choose),
        recipe=recipe,
        encoder=material.encoder.tag,
        prompts=material.encoder.prompts,
        space=material.encoder.space,
        judge=judge_task,
        version=version,
        created=created,
        on_progress=on_progress,
        device=material.device,
    )
    # Nothing of the training rows is kept beside the model.
    return replace(model, replay="", data=material.data)


def run_trial(
    material: Material,
    recipe: Recipe,
    *,
    version: str,
    created: datetime,
    on_progress: Callable[[Progress], None] | None = None,
) -> Trial:
    """Train and judge one model, or one per fold; see ``train_part``."""
    parts = material.parts_of(recipe.fit.seed)
    models = [
        train_part(
            material, part, recipe, version=version, created=created, on_progress=on_progress
        )
        for part in parts
    ]
    outcomes = {
        task: pool_outcomes(
            [
                score_outcome(
                    model,
                    task,
                    material.rows.take(part.judge),
                    [material.places[i] for i in part.judge],
                    material.groups[part.judge],
                )
                for model, part in zip(models, parts, strict=True)
            ]
        )
        for task in material.task_set.keys
    }
    return Trial(model=models[0] if len(models) == 1 else None, outcomes=outcomes)
