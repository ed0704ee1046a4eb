"""How well picture and text go together, beside the memes of the training."""

from __future__ import annotations

from itertools import pairwise

from memeclip_core.records.explanation import Agreement, Distribution
from memeclip_core.ui.formats import escape, percent, signed


def render_agreement(found: Agreement) -> str:
    """Show the cosine of picture and text among those of training memes."""
    lines = []
    if found.cosine is not None:
        lines.append(f"Picture and text have a cosine of {signed(found.cosine)}.")
    if found.training is not None and found.below is not None:
        lines.append(
            f"That of {percent(found.below)} of {found.training.n:,} training memes is lower "
            f"({escape(found.training.source)})."
        )
    if found.reason:
        lines.append(escape(found.reason))
    chart = "" if found.training is None else _draw(found.training, found.cosine)
    return f"<h3>Match of picture and text</h3><p>{' '.join(lines)}</p>{chart}"


def _draw(training: Distribution, cosine: float | None) -> str:
    """Draw the histogram; the axis reaches to the meme, should it lie beyond all others."""
    edges, most = training.edges, max(training.counts)
    here = edges[0] if cosine is None else cosine
    low, high = min(edges[0], here), max(edges[-1], here)
    wide = (high - low) or 1.0

    def place(value: float) -> float:
        return 100 * (value - low) / wide

    bars = "".join(
        f'<rect x="{place(start):.2f}" y="{40 - 40 * n / most:.2f}" '
        f'width="{max(0.2, place(end) - place(start) - 0.4):.2f}" height="{40 * n / most:.2f}"/>'
        for (start, end), n in zip(pairwise(edges), training.counts, strict=True)
    )
    line = ""
    if cosine is not None:
        at = f"{place(cosine):.2f}"
        line = f'<line x1="{at}" x2="{at}" y1="0" y2="40"/>'
    _, first, middle, third, _ = training.quantiles
    said = (
        f"Half of the training memes lie between {signed(first)} and {signed(third)}, the middle "
        f"at {signed(middle)}."
    )
    mark = '<span class="mc-here">this meme</span>' if cosine is not None else ""
    return (
        '<svg class="mc-histogram" viewBox="0 0 100 40" preserveAspectRatio="none" '
        f'aria-hidden="true">{bars}{line}</svg><p class="mc-scale" aria-hidden="true">'
        f"<span>{signed(low)}</span>{mark}<span>{signed(high)}</span></p>"
        f'<p class="mc-hint">{said}</p>'
    )
