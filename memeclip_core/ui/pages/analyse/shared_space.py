"""How well picture and text go together, beside the memes of the training."""

from __future__ import annotations

from itertools import pairwise

from memeclip_core.api.texts import _
from memeclip_core.records.explanation import Agreement, Distribution
from memeclip_core.ui.formats import escape, percent, signed


def render_agreement(found: Agreement) -> str:
    """Show the cosine of picture and text among those of training memes."""
    lines = []
    if found.cosine is not None:
        said = _("Picture and text have a cosine of {cosine}.")
        lines.append(said.format(cosine=signed(found.cosine)))
    if found.training is not None and found.below is not None:
        said = _("That of {share} of {n} training memes is lower ({source}).")
        lines.append(
            said.format(
                share=percent(found.below),
                n=f"{found.training.n:,}",
                source=found.training.source,
            )
        )
    if found.reason:
        lines.append(found.reason)
    chart = "" if found.training is None else _draw(found.training, found.cosine)
    title = _("Match of picture and text")
    return f"<h3>{title}</h3><p>{escape(' '.join(lines))}</p>{chart}"


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
    first, middle, third = training.quantiles[1:4]
    said = _(
        "Half of the training memes lie between {low} and {high}, the middle at {middle}."
    ).format(low=signed(first), high=signed(third), middle=signed(middle))
    mark = f'<span class="mc-here">{_("this meme")}</span>' if cosine is not None else ""
    return (
        '<svg class="mc-histogram" viewBox="0 0 100 40" preserveAspectRatio="none" '
        f'aria-hidden="true">{bars}{line}</svg><p class="mc-scale" aria-hidden="true">'
        f"<span>{signed(low)}</span>{mark}<span>{signed(high)}</span></p>"
        f'<p class="mc-hint">{said}</p>'
    )
