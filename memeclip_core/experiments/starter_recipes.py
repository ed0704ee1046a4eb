"""Recipes tuned for the compact encoder, one per task set, and the starters made by them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from memeclip_core.errors import ConfigError
from memeclip_core.training.config import FitConfig
from memeclip_core.training.train import Recipe

_FIT: Final = FitConfig(batch_size=128, weight_decay=1e-2, schedule="cosine", keep="last")
"""What the tuned recipes have in common."""

TUNED: Final[dict[str, Recipe]] = {
    "pridemm": Recipe(
        reads="text",
        config={"map_dim": 256, "stand_ins": True},
        fit=replace(_FIT, epochs=6, lr=6e-4),
        random_start=("target",),
    ),
    "propaganda": Recipe(
        config={
            "map_dim": 256, "stand_ins": True, "fused_dropout": 0.1, "output_dropout": 0.1,
            "members": 3,
        },
        fit=replace(_FIT, epochs=12, batch_size=32, lr=1e-3, modality_dropout=0.5),
        random_start=("techniques",),
    ),
    "restore": Recipe(
        head="text-only",
        reads="text",
        config={"map_dim": 256, "projection_dropout": 0.5, "fused_dropout": 0.5, "members": 5},
        fit=replace(_FIT, epochs=3, lr=1e-3, calibration="each"),
        random_start=("depression",),
    ),
    "axiom": Recipe(
        head="linear",
        config={"inputs": "raw", "fusion": "text", "fused_dropout": 0.5, "members": 5},
        reads="text",
        fit=replace(_FIT, epochs=15, lr=1e-3, weight_decay=5.0),
    ),
}  # fmt: skip
"""Task set → what ``memeclip train`` does where no head is named: the recipe that folds of its
training rows, or its validation rows, favoured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StarterRecipe:
    """What a starter is made from: on what to train, and how, and sentences for people."""

    task_set: str
    recipe: Recipe
    notes: tuple[str, ...] = ()


_NO_DIAGNOSIS: Final = (
    "These heads read the meme's text only, and say what a meme expresses: they diagnose nobody."
)

_TEXTS_ALONE: Final = (
    "These heads read the meme's text only: PrideMM's images are not published with its labels, so "
    "they were trained on its texts."
)
_NOTES: Final = {
    "pridemm": (_TEXTS_ALONE,), "restore": (_NO_DIAGNOSIS,), "axiom": (_NO_DIAGNOSIS,),
}  # fmt: skip
STARTERS: Final = {
    f"{key}-compact": StarterRecipe(task_set=key, recipe=recipe, notes=_NOTES.get(key, ()))
    for key, recipe in TUNED.items()
}
"""Starter name → what it is made from; docs/results.md has the figures."""


def find_starter(name: str) -> StarterRecipe:
    """Return a starter's recipe; raise ConfigError listing the known ones if there is none."""
    if name not in STARTERS:
        raise ConfigError(f"Unknown starter '{name}'. Known: {', '.join(STARTERS)}.")
    return STARTERS[name]
