"""Every head by name."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

from memeclip_core.errors import HeadError
from memeclip_core.heads.memeclip import MemeClipConfig, MemeClipHead, build_memeclip

HEADS = {"memeclip": (MemeClipConfig, build_memeclip)}
"""Name → (configuration class, builder)."""


def build_head(
    name: str,
    *,
    image_dim: int,
    text_dim: int,
    num_classes: int,
    config: dict[str, Any] | None = None,
    seed: int = 0,
) -> MemeClipHead:
    """Build a head from plain values, such as a manifest's.

    Raises:
        HeadError: on an unknown name, an unknown setting or a value that cannot be.
    """
    if name not in HEADS:
        raise HeadError(f"Unknown head '{name}'. Known: {', '.join(sorted(HEADS))}.")
    config_class, builder = HEADS[name]
    known = [f.name for f in fields(config_class)]
    unknown = sorted(set(config or {}) - set(known))
    if unknown:
        raise HeadError(
            f"The head '{name}' has no setting '{unknown[0]}'. Its settings: {', '.join(known)}."
        )
    return builder(
        image_dim=image_dim,
        text_dim=text_dim,
        num_classes=num_classes,
        config=config_class(**(config or {})),
        seed=seed,
    )


def complete_config(name: str, config: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return a head's settings with the defaults filled in.

    Raises:
        HeadError: as ``build_head``.
    """
    if name not in HEADS:
        raise HeadError(f"Unknown head '{name}'. Known: {', '.join(sorted(HEADS))}.")
    return asdict(HEADS[name][0](**(config or {})))
