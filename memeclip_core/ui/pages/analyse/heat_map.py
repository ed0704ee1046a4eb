"""What a picture adds, place by place, and what a change of it does: as the drawer shows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from memeclip_core.records.explanation import ClassEffect, HeatMap, PictureChange
from memeclip_core.records.prediction import ClassScore, TaskPrediction
from memeclip_core.tasks import Task
from memeclip_core.ui.components import render_table
from memeclip_core.ui.formats import count, escape, percent, signed
from memeclip_core.ui.pages.analyse.bars import FEW, render_bars

LEAST: Final = 0.005
"""A smaller change of a probability is none that people would notice."""

_ROWS: Final = ("upper", "middle", "lower")
_COLUMNS: Final = ("left", "centre", "right")


def render_heat(found: HeatMap, task: Task, label: str) -> str:
    """Show what each place adds to a class: as a map to be laid over the meme, and in numbers.

    The script of the page takes the map out of its template and lays it over the picture.
    """
    if found.reason:
        return f'<h3>Picture</h3><p class="mc-hint">{escape(found.reason)}</p>'
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
        (f"Row {y}", *(signed(100 * cell, 1) for cell in row)) for y, row in enumerate(cells, 1)
    ]
    heads = ("Place", *(str(x) for x in range(1, side + 1)))
    table = render_table(heads, rows, f"What each place adds to {name}, in points", wide=False)
    return (
        f"<h3>Picture for “{escape(name)}”</h3><p>{_most(cells, name)}</p>"
        f'<template class="mc-map"><svg class="mc-heat" viewBox="0 0 {side} {side}" '
        f'preserveAspectRatio="none" aria-hidden="true">{squares}</svg></template>'
        '<p class="mc-key" aria-hidden="true"><span class="mc-against">speaks against it</span>'
        f'<span class="mc-for">speaks for it</span></p><p class="mc-scale">{ends}</p>'
        '<label class="mc-opacity">Opacity over the meme '
        '<input type="range" min="0" max="100" step="5" value="70"></label>'
        f'<details class="mc-numbers"><summary>Every place in numbers</summary>{table}</details>'
    )


def _most(cells: Sequence[Sequence[float]], name: str) -> str:
    place = max(
        ((y, x) for y, row in enumerate(cells) for x in range(len(row))),
        key=lambda at: abs(cells[at[0]][at[1]]),
    )
    most = cells[place[0]][place[1]]
    if abs(most) < LEAST:
        return f"No place changes “{escape(name)}” by a point."
    side = len(cells)
    where = f"{_ROWS[3 * place[0] // side]} {_COLUMNS[3 * place[1] // side]}"
    way = "takes" if most > 0 else "gives"
    to = "from" if most > 0 else "to"
    points = count(round(abs(100 * most)), "point")
    return f"Hiding what is at the {where} {way} {points} {to} “{escape(name)}”."


def _points(share: float) -> str:
    return f"{signed(100 * share, 1)} points"


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
        return f'<h3>Change of the picture</h3><p class="mc-hint">{escape(found.reason)}</p>'
    effects = found.tasks[task.key]
    own = next(effect for effect in effects if effect.label == label)
    if len(effects) > FEW:
        effects = tuple(sorted(effects, key=lambda one: -abs(one.change))[:FEW])
    after = [_score(one, one.without, one.cosine_without) for one in effects]
    before = {one.label: _score(one, one.probability, one.cosine) for one in effects}
    lead = "the region painted out" if found.region else "the other picture"
    was, now = percent(own.probability), percent(own.without)
    way = "falls" if own.change > 0 else "rises"
    said = f"stays at {was}" if was == now else f"{way} from {was} to {now}"
    return (
        f"<h3>With {lead}</h3><p>{escape(own.display)} {said}.</p>"
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
