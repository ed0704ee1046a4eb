"""The published training recipe of every head, ready to be changed setting by setting."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from memeclip_core.errors import ConfigError
from memeclip_core.heads.registry import find_preset
from memeclip_core.training.config import FitConfig
from memeclip_core.training.train import Recipe

_CLIP_STYLE = FitConfig()
"""AdamW 1e-4, batches of 16, 10 epochs, no schedule: MemeCLIP's and MemeSense's."""

RECIPES: dict[str, FitConfig] = {
    "memeclip": _CLIP_STYLE,
    "memesense": _CLIP_STYLE,
    "text-only": _CLIP_STYLE,
    "image-only": _CLIP_STYLE,
    "hateclipper-align": FitConfig(batch_size=64, epochs=20, gradient_clip=0.1),
    "hateclipper-cross": FitConfig(batch_size=64, epochs=20, gradient_clip=0.1),
    "rgcl": FitConfig(batch_size=64, epochs=30, weight_decay=1e-2, gradient_clip=0.1),
    "simclip": FitConfig(batch_size=32, epochs=20, warmup=0.1, class_weights="balanced"),
    "momenta": FitConfig(batch_size=64, lr=1e-3, epochs=25, patience=5),
    "crossattention-moe": FitConfig(
        batch_size=32, lr=2e-4, weight_decay=1e-2, epochs=15, schedule="cosine", warmup=0.1
    ),
    "issues": FitConfig(batch_size=64, epochs=60),
    "issues-harmeme": FitConfig(batch_size=64, lr=1.3e-5, epochs=60),
    "caption": FitConfig(batch_size=64, epochs=20),
    "linear": FitConfig(batch_size=64, lr=1e-3, weight_decay=0.1, epochs=30, schedule="cosine"),
    "knn": FitConfig(epochs=1),
    "majority": FitConfig(epochs=1),
    "zero-shot": FitConfig(epochs=1),
}
"""Head name → how it is trained. Only MemeCLIP's and MemeSense's recipes are published in full;
the others take what their papers and code say and fill the rest."""


def build_recipe(
    head: str,
    *,
    config: dict[str, Any] | None = None,
    fit: dict[str, Any] | None = None,
) -> Recipe:
    """Return a head's recipe with some settings of the head and of the training changed.

    Semantic-aware initialisation belongs to cosine classifiers: other heads start at random.

    Raises:
        HeadError: on an unknown head or setting of it.
        ConfigError: on an unknown setting of the training, or a value that cannot be.
    """
    preset = find_preset(head)
    known = [f.name for f in fields(FitConfig)]
    unknown = sorted(set(fit or {}) - set(known))
    if unknown:
        raise ConfigError(
            f"Training has no setting '{unknown[0]}'. Its settings: {', '.join(known)}."
        )
    return Recipe(
        head=head,
        config=config or {},
        reads=preset.reads,
        fit=replace(RECIPES[head], **(fit or {})),
    )
