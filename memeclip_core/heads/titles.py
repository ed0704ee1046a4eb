"""What heads are called in tables."""

from __future__ import annotations

LIKE = frozenset(
    {
        "hateclipper-cross",
        "momenta",
        "crossattention-moe",
        "issues",
        "issues-harmeme",
    }
)
"""Heads built after a published network, from which they differ; docs/models.md says in what."""


def title_head(name: str) -> str:
    """Return a head's name, with "-like" behind one that is not the published network."""
    return f"{name}-like" if name in LIKE else name
