"""Signed bars of cosines, with the probabilities beside them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

from memeclip_core.api.texts import _
from memeclip_core.records.prediction import ClassScore
from memeclip_core.ui.formats import escape, percent, signed

FEW: Final = 8
"""Up to so many classes keep the task's order; more are sorted, and so many are drawn."""


def render_bars(
    scores: Sequence[ClassScore],
    chosen: Sequence[str],
    scale: float = 1.0,
    before: Mapping[str, ClassScore] | None = None,
    *,
    picked: str | None = None,
) -> str:
    """Draw a signed bar per class; behind it as a ghost what it was before the text was edited.

    Args:
        scores: the classes.
        chosen: those that the model answers; a dot marks them, so that colour is not the only sign.
        scale: the cosine at either end of the axis; the whole range is drawn on demand.
        before: the scores before, by label.
        picked: the class that is explained; the names are then buttons that pick another one.
    """
    past = before or {}
    rows = "".join(
        _bar(one, one.label in chosen, scale, past.get(one.label), picked) for one in scores
    )
    ends = "".join(
        f'<p class="mc-ends {kind}" aria-hidden="true"><span>{signed(-end)}</span><span>0</span>'
        f"<span>{signed(end)}</span></p>"
        for kind, end in (("mc-own", scale), ("mc-whole", 1.0))
    )
    return f'<ul class="mc-bars">{rows}</ul>{ends}'


def render_past(share: float) -> str:
    """Say what a probability was before the text was edited."""
    return escape(_("was {share}").format(share=percent(share)))


def _bar(
    score: ClassScore, chosen: bool, scale: float, before: ClassScore | None, picked: str | None
) -> str:
    classes = "mc-picked" if chosen else ""
    mark = '<i aria-hidden="true">●</i> ' if chosen else ""
    ghost, was = "", ""
    if before is not None:
        ghost = _mark("s", before.cosine, scale)
        was = f" <small>{render_past(before.probability)}</small>"
    name = f"<span>{mark}{escape(score.display)}</span>"
    if picked is not None:
        pressed = str(score.label == picked).lower()
        name = (
            f'<button type="button" class="mc-class" data-label="{escape(score.label)}" '
            f'aria-pressed="{pressed}" title="{escape(_("Explain this class"))}">{name}</button>'
        )
    return (
        f'<li class="{classes}">{name}'
        f'<span class="mc-bar">{ghost}{_mark("i", score.cosine, scale)}</span>'
        f"<b>{signed(score.cosine)}</b><em>{percent(score.probability)}{was}</em></li>"
    )


def _mark(tag: str, cosine: float, scale: float) -> str:
    value = cosine if math.isfinite(cosine) else 0.0
    own = min(1.0, abs(value) / scale)
    side = ' class="mc-minus"' if value < 0 else ""
    return f'<{tag}{side} style="--own:{own:.4f};--whole:{abs(value):.4f}"></{tag}>'
