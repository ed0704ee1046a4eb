"""Sentences of the core that the page says in its own language."""

from __future__ import annotations


def mark(text: str) -> str:
    """Return a sentence as it is, so that catalogues have it.

    The core speaks English. Where the page shows such a sentence, it says it with ``_`` of
    ``memeclip_core.api.texts``; scripts/texts.py finds those that are marked.
    """
    return text
