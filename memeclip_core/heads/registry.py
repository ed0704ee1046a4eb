"""Every head by name: a preset of the assembly, which single settings can change."""

from __future__ import annotations

from dataclasses import asdict, fields, replace
from typing import Any

from memeclip_core.errors import HeadError
from memeclip_core.heads.assembly import HeadConfig, build_fusion_head
from memeclip_core.heads.fusion_head import FusionHead

HEADS: dict[str, HeadConfig] = {
    "memeclip": HeadConfig(),
}
"""Head name → its published settings."""


def resolve_config(name: str, settings: dict[str, Any] | None = None) -> HeadConfig:
    """Return a head's settings with some of them changed.

    Raises:
        HeadError: on an unknown head, an unknown setting or a value that cannot be.
    """
    if name not in HEADS:
        raise HeadError(f"Unknown head '{name}'. Known: {', '.join(sorted(HEADS))}.")
    known = [field.name for field in fields(HeadConfig)]
    unknown = sorted(set(settings or {}) - set(known))
    if unknown:
        raise HeadError(
            f"The head '{name}' has no setting '{unknown[0]}'. Its settings: {', '.join(known)}."
        )
    return replace(HEADS[name], **(settings or {}))


def complete_config(name: str, settings: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return all settings of a head as plain values; see ``resolve_config``."""
    return asdict(resolve_config(name, settings))


def build_head(
    name: str,
    *,
    image_dim: int,
    text_dim: int,
    num_classes: int,
    config: dict[str, Any] | None = None,
    seed: int = 0,
) -> FusionHead:
    """Build a head from plain values, such as a manifest's.

    Raises:
        HeadError: as ``resolve_config``.
    """
    return build_fusion_head(
        image_dim=image_dim,
        text_dim=text_dim,
        num_classes=num_classes,
        config=resolve_config(name, config),
        seed=seed,
    )
