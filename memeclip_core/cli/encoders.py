"""``memeclip encoders``: what can be named with --encoder."""

from __future__ import annotations

from memeclip_core.cli.terminal import render_table, say


def list_encoders() -> None:
    """Print the encoders that can be named with --encoder, and what each of them is."""
    from memeclip_core.encoders.registry import ENCODERS

    say(render_table(("encoder", "what it is"), ENCODERS.items()))
