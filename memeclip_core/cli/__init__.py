"""The terminal's edge: one file per verb group, joined in ``program``."""

from memeclip_core.cli.program import main

__all__ = ["main"]
