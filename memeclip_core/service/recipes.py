"""How each starter in ``checkpoints/`` is made."""

from __future__ import annotations

from dataclasses import dataclass

from memeclip_core.training.fit import FitConfig
from memeclip_core.training.train import Recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class StarterRecipe:
    """How a starter is made.

    Attributes:
        task_set, recipe: what to train on, and how.
        random_start: tasks whose class weights start at random, where cross-validation favoured
            that: their prompts lie too near to each other in the compact encoder's space.
        notes: sentences for people.
    """

    task_set: str
    recipe: Recipe
    random_start: tuple[str, ...]
    notes: tuple[str, ...]


STARTERS = {
    "pridemm-compact": StarterRecipe(
        task_set="pridemm",
        recipe=Recipe(
            reads="text",
            config={"map_dim": 256, "stand_ins": True},
            fit=FitConfig(
                epochs=6,
                batch_size=128,
                lr=6e-4,
                weight_decay=1e-2,
                schedule="cosine",
                keep="last",
            ),
        ),
        random_start=("target",),
        notes=(
            "These heads read the meme's text only: PrideMM's images are not published with its "
            "labels, so they were trained on its texts.",
        ),
    ),
    "propaganda-compact": StarterRecipe(
        task_set="propaganda",
        recipe=Recipe(
            reads="image+text",
            config={
                "map_dim": 256,
                "stand_ins": True,
                "fused_dropout": 0.1,
                "output_dropout": 0.1,
            },
            fit=FitConfig(
                epochs=12,
                batch_size=32,
                lr=1e-3,
                weight_decay=1e-2,
                schedule="cosine",
                keep="last",
                modality_dropout=0.5,
            ),
        ),
        random_start=("techniques",),
        notes=(),
    ),
}
"""Starter name → how it is made; the settings were chosen by cross-validation, see the README."""
