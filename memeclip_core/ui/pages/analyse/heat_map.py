"""What a picture adds, place by place, and what a change of it does: as the drawer shows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from memeclip_core.api.texts import _, ngettext
from memeclip_core.marks import mark
from memeclip_core.records.explanation import ClassEffect, HeatMap, PictureChange
from memeclip_core.records.prediction import ClassScore, TaskPrediction
from memeclip_core.tasks import Task
from memeclip_core.ui.components import render_table
from memeclip_core.ui.formats import escape, percent, signed
from memeclip_core.ui.pages.analyse.bars import FEW, render_bars

LEAST: Final = 0.005
"""A smaller change of a probability is none that people would notice."""

_PLACES: Final = (
    (mark("upper left"), mark("upper centre"), mark("upper right")),
    (mark("middle left"), mark("middle centre"), mark("middle right")),
    (mark("lower left"), mark("lower centre"), mark("lower right")),
)


def render_heat(found: HeatMap, task: Task, label: str) -> str:
    """Show what each place adds to a class: as a map to be laid over the meme, and in numbers.

    The script of the page takes the map out of its template and lays it over the picture.
    """
    if found.reason:
        return f'<h3>{_("Picture")}</h3><p class="mc-hint">{escape(_(found.reason))}</p>'
    name, cells = task.label(label).display, found.maps[task.key][label]
    end = max(LEAST, *(abs(cell) for row in cells for cell in row))
    squares = "".join(
        f'<rect class="{"mc-for" if cell >= 0 else "mc-against"}" x="{x}" y="{y}" width="1" '
        f'height="1" style="--shade:{abs(cell) / end:.3f}"><title>{_points(cell)}</title></rect>'
        for y, row in enumerate(cells)
        for x, cell in enumerate(row)
    )
    side = found.grid
    ends = f"<span>{_points(-end)}</span><span>0</span><span>{_points(end)}</span>"
    rows = [
        (_("Row {n}").format(n=y), *(signed(100 * cell, 1) for cell in row))
        for y, row in enumerate(cells, 1)
    ]
    heads = (_("Place"), *(str(x) for x in range(1, side + 1)))
    caption = _("What each place adds to {answer}, in points").format(answer=name)
    table = render_table(heads, rows, caption, wide=False)
    title = _("Picture for “{answer}”").format(answer=name)
    return (
        f"<h3>{escape(title)}</h3><p>{escape(_most(cells, name))}</p>"
        f'<template class="mc-map"><svg class="mc-heat" viewBox="0 0 {side} {side}" '
        f'preserveAspectRatio="none" aria-hidden="true">{squares}</svg></template>'
        '<p class="mc-key" aria-hidden="true">'
        f'<span class="mc-against">{_("speaks against it")}</span>'
        f'<span class="mc-for">{_("speaks for it")}</span></p><p class="mc-scale">{ends}</p>'
        f'<label class="mc-opacity">{_("Opacity over the meme")} '
        '<input type="range" min="0" max="100" step="5" value="70"></label>'
        f'<details class="mc-numbers"><summary>{_("Every place in numbers")}</summary>'
        f"{table}</details>"
    )


def _most(cells: Sequence[Sequence[float]], name: str) -> str:
    place = max(
        ((y, x) for y, row in enumerate(cells) for x in range(len(row))),
        key=lambda at: abs(cells[at[0]][at[1]]),
    )
    most = cells[place[0]][place[1]]
    if abs(most) < LEAST:
        return _("No place changes “{answer}” by a point.").format(answer=name)
    side, n = len(cells), round(abs(100 * most))
    said = (
        ngettext(
            "Hiding what is at the {place} takes {n} point from “{answer}”.",
            "Hiding what is at the {place} takes {n} points from “{answer}”.",
            n,
        )
        if most > 0
        else ngettext(
            "Hiding what is at the {place} gives {n} point to “{answer}”.",
            "Hiding what is at the {place} gives {n} points to “{answer}”.",
            n,
        )
    )
    where = _PLACES[3 * place[0] // side][3 * place[1] // side]
    return said.format(place=_(where), n=n, answer=name)


def _points(share: float) -> str:
    return _("{points} points").format(points=signed(100 * share, 1))


def render_change(
    found: PictureChange, task: Task, item: TaskPrediction, label: str, axis: float
) -> str:
    """Show every class after a change of the picture as a bar, and before it as a ghost.

    Args:
        found: the classes before and after.
        task, item: the question, and what was answered before.
        label: the class that the sentence is about.
        axis: the cosine at either end of the bars.
    """
    if found.reason:
        title = _("Change of the picture")
        return f'<h3>{title}</h3><p class="mc-hint">{escape(_(found.reason))}</p>'
    effects = found.tasks[task.key]
    own = next(effect for effect in effects if effect.label == label)
    if len(effects) > FEW:
        effects = tuple(sorted(effects, key=lambda one: -abs(one.change))[:FEW])
    after = [_score(one, one.without, one.cosine_without) for one in effects]
    before = {one.label: _score(one, one.probability, one.cosine) for one in effects}
    title = _("With the region painted out") if found.region else _("With the other picture")
    was, now = percent(own.probability), percent(own.without)
    if was == now:
        said = _("{answer} stays at {was}.")
    elif own.change > 0:
        said = _("{answer} falls from {was} to {now}.")
    else:
        said = _("{answer} rises from {was} to {now}.")
    said = said.format(answer=own.display, was=was, now=now)
    return (
        f"<h3>{title}</h3><p>{escape(said)}</p>"
        f"{render_bars(after, _answer(found.tasks[task.key], item), axis, before)}"
    )


def _score(one: ClassEffect, probability: float, cosine: float) -> ClassScore:
    return ClassScore(
        label=one.label, display=one.display, probability=probability, cosine=cosine, base=None
    )


def _answer(effects: Sequence[ClassEffect], item: TaskPrediction) -> tuple[str, ...]:
    """Return what would be answered after the change."""
    if item.threshold is not None:
        return tuple(one.label for one in effects if one.without >= item.threshold)
    return (max(effects, key=lambda one: one.without).label,)
