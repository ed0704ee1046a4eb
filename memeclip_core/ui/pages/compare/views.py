"""A comparison of two models as tables: scores, changed answers, confusion, groups, thresholds."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from memeclip_core.api.texts import _, ngettext
from memeclip_core.marks import mark
from memeclip_core.records.model import CLEAR, NearMeme
from memeclip_core.tasks import Task
from memeclip_core.ui.components import render_table
from memeclip_core.ui.formats import decimal, escape, listed, signed
from memeclip_core.ui.pages.models.comparison import (
    DIRECTIONS,
    LEARNT,
    render_learnt,
    render_looker,
    say_changed,
    say_unclear,
)

SHOWN: Final = 100
"""How many changed answers are listed."""
GROUPS: Final = 30
"""How many groups are listed, the largest: a column of names has as many as there are memes."""

SIDES: Final = ("first", "second")
SEVERAL: Final = (mark("right not to"), mark("wrongly"), mark("missed"), mark("rightly"))
"""What the counts of a class are if a meme may have several labels."""

_TITLES: Final = (
    mark("First model, {model}: what it says of each class"),
    mark("Second model, {model}: what it says of each class"),
)
CURVES: Final = mark("How sure, how often right, and what leaving the unsure to people gains")

Plain = Mapping[str, Any]


def pick_cells(found: Plain, task: str) -> tuple[Plain, Plain]:
    """Return the details of both models on a task; the same ones where they are one model."""
    own = [cell["details"] for cell in found["cells"] if cell["task"] == task]
    return own[0], own[-1]


def pick_item(found: Plain, task: str) -> Plain:
    """Return the comparison on a task."""
    return next(item for item in found["comparisons"] if item["task"] == task)


def render_scores(item: Plain) -> str:
    """Show every metric of both, the difference with its interval, and the tests."""
    rows = [
        (
            escape(own["gain"]["name"]),
            f"{own['gain']['n']:,}",
            _metric(own["first"]),
            _metric(own["second"]),
            _metric(own["gain"], gain=True),
            _verdict(own),
        )
        for own in item["differences"]
    ]
    heads = (
        _("Score"), "n", f"{item['first']} (95 %)", f"{item['second']} (95 %)",
        _("Difference (95 %)"), _("p, corrected"),
    )  # fmt: skip
    test = item["mcnemar"]
    tossed = ngettext(
        "Only the first is right on {n} row, only the second on {second}: p = {p} (McNemar's exact "
        "test, corrected for the number of questions).",
        "Only the first is right on {n} rows, only the second on {second}: p = {p} (McNemar's "
        "exact test, corrected for the number of questions).",
        test["first_only"],
    ).format(n=f"{test['first_only']:,}", second=f"{test['second_only']:,}", p=decimal(test["p"]))
    table = render_table([*map(escape, heads)], rows, _("Scores of both models"))
    return f'{table}<p class="mc-hint">{tossed}</p>'


def _metric(plain: Plain, *, gain: bool = False) -> str:
    if plain["value"] is None:
        return f"{escape(_('n/a'))} <em>{escape(_(plain['reason']))}</em>"
    value, low, high = (
        (signed if gain else decimal)(plain[key], 3) for key in ("value", "low", "high")
    )
    return escape(_("{value} ({low} to {high})").format(value=value, low=low, high=high))


def _verdict(own: Plain) -> str:
    p, gain = own["p"], own["gain"]["value"]
    if p is None or gain is None:
        return ""
    if p >= CLEAR:
        return f"{decimal(p)} {say_unclear()}"
    # An expected calibration error is better where it is lower.
    better = (gain > 0) != (own["gain"]["name"] == "ECE")
    word = DIRECTIONS["better" if better else "worse"]
    return f"{decimal(p)} <strong>{escape(_(word))}</strong>"


def render_changed(item: Plain, task: Task | None, *, own: bool) -> str:
    """List the answers that differ; ``own`` memes have a button to look at them."""
    changed = item.get("changed")
    if changed is None:
        return ""
    title = f"<h3>{escape(_('Changed answers'))}</h3>"
    if not changed["n"]:
        return f"{title}<p>{escape(_('Both models answer every row alike.'))}</p>"
    learnt = any(row.get("near") for row in changed["rows"])
    rows = [
        (
            _place(row["place"], i, own=own),
            _labels(row["truth"], task),
            _labels(row["first"], task),
            f"{_labels(row['second'], task)} {_mark(row)}",
            *([render_learnt(_near(row), _names(task))] if learnt else []),
        )
        for i, row in enumerate(changed["rows"][:SHOWN])
    ]
    heads = [_("Row"), _("True"), _("First says"), _("Second says")]
    heads += [_(LEARNT)] if learnt else []
    table = render_table([*map(escape, heads)], rows, _("Changed answers"), wide=False)
    more = changed["n"] - len(rows)
    rest = escape(_("{n} more stand in the downloaded page.").format(n=f"{more:,}"))
    below = f'<p class="mc-hint">{rest}</p>' if more else ""
    return f"{title}<p>{escape(_say_changes(item, _names(task)))}</p>{table}{below}"


def _say_changes(item: Plain, names: Mapping[str, str]) -> str:
    changed = item["changed"]
    rest = changed["n"] - changed["put_right"] - changed["now_wrong"]
    said = ngettext(
        "{n} answer of {all} change: {right} put right by the second, {wrong} now wrong, {rest} "
        "wrong both times.",
        "{n} answers of {all} change: {right} put right by the second, {wrong} now wrong, {rest} "
        "wrong both times.",
        changed["n"],
    ).format(
        n=f"{changed['n']:,}",
        all=f"{item['n']:,}",
        right=f"{changed['put_right']:,}",
        wrong=f"{changed['now_wrong']:,}",
        rest=f"{rest:,}",
    )
    classes = ", ".join(
        f"{names.get(name, name)} {signed(step, 0)}"
        for name, step in changed["classes"].items()
        if step
    )
    if not classes:
        return said
    more = _("How often the second names a class more: {classes}.").format(classes=classes)
    return f"{said} {more}"


def _near(row: Plain) -> list[NearMeme]:
    return [NearMeme(**one) for one in row.get("near", ())]


def _mark(row: Plain) -> str:
    was, now = (set(row[side]) == set(row["truth"]) for side in SIDES)
    if was == now:
        return ""
    return say_changed(right=now)


def render_confusion(found: Plain, key: str, task: Task | None) -> str:
    """Show both confusion matrices; each cell is a button that opens its rows."""
    item = pick_item(found, key)
    parts = []
    for side, details in enumerate(pick_cells(found, key)):
        names = name_classes(task, details["labels"])
        exclusive = details["kind"] == "multiclass"
        heads = names if exclusive else name_several()
        rows = []
        for i, counts in enumerate(details["confusion"]):
            total = max(1, sum(counts))
            cells = [
                f'<button type="button" class="mc-cell" data-index="{join_index(side, i, j)}" '
                f'style="--share:{n / total:.0%}" '
                f'aria-label="{escape(tell_cell(names[i], heads[j], n, exclusive=exclusive))}">'
                f"{n:,}</button>"
                for j, n in enumerate(counts)
            ]
            rows.append((escape(names[i]), *cells))
        title = _(_TITLES[side]).format(model=item[SIDES[side]])
        first = _("true \N{DOWNWARDS ARROW} said \N{RIGHTWARDS ARROW}") if exclusive else _("class")
        table = render_table([*map(escape, [first, *heads])], rows, title, wide=len(heads) > 4)
        parts.append(f"<div><h4>{escape(item[SIDES[side]])}</h4>{table}</div>")
    hint = escape(_("Press a number to see its rows, the surest first."))
    return (
        f'<h3>{escape(_("Confusion"))}</h3><p class="mc-hint">{hint}</p>'
        f'<div class="mc-matrices">{"".join(parts)}</div>'
    )


def name_several() -> list[str]:
    """Return how a class is decided if a meme may have several labels; see ``SEVERAL``."""
    return [_(name) for name in SEVERAL]


def tell_cell(true: str, said: str, n: int, *, exclusive: bool) -> str:
    """Say what a cell counts: a true class and an answer, or a class and how it was decided."""
    words = (
        ngettext(
            "{n} row of {true} where it says {said}", "{n} rows of {true} where it says {said}", n
        )
        if exclusive
        else ngettext("{true}, {said}: {n} row", "{true}, {said}: {n} rows", n)
    )
    return words.format(true=true, said=said, n=f"{n:,}")


WIDEST: Final = 1000


def join_index(side: int, i: int, j: int) -> int:
    """Return the number of a cell; ``part_index`` takes it apart."""
    return (side * WIDEST + i) * WIDEST + j


def part_index(index: int) -> tuple[int, int, int]:
    """Return side, row and column of a cell's number."""
    return index // WIDEST**2, index // WIDEST % WIDEST, index % WIDEST


def render_behind(places: Sequence[str], total: int, said: str, *, own: bool) -> str:
    """List the rows behind a cell."""
    rows = "".join(f"<li>{_place(place, i, own=own)}</li>" for i, place in enumerate(places))
    more = escape(_("The first {n} are named.").format(n=len(places)))
    more = f" {more}" if total > len(places) else ""
    return f'<p>{escape(said)}.{more}</p><ul class="mc-places">{rows}</ul>'


def _place(place: str, index: int, *, own: bool) -> str:
    if not own:
        return f"<code>{escape(place)}</code>"
    return render_looker(place, index)


def render_groups(item: Plain, by: str, names: Sequence[str], group: Task | None = None) -> str:
    """Show both models' rates in every group, and class by class below.

    Args:
        item: the comparison on a task.
        by: the column that has the groups.
        names: the task's classes, as people read them.
        group: the task whose labels the groups are, if they are any.
    """
    if not item.get("groups"):
        return ""
    by, known, rows = group.title if group else by, _values(group), []
    groups = [
        {
            side: {**own[side], "group": known.get(own[side]["group"], own[side]["group"])}
            for side in SIDES
        }
        for own in item["groups"][:GROUPS]
    ]
    for own in groups:
        first, second = own["first"], own["second"]
        rates = (_rate(first["right"], n=False), _rate(second["right"], n=False))
        rows.append((escape(first["group"]), f"{first['n']:,}", *rates))
    right = _("Right, {model} (95 %)")
    heads = (_("Group"), "n", *(right.format(model=item[side]) for side in SIDES))
    title = _("Rates by {question}").format(question=by)
    table = render_table([*map(escape, heads)], rows, title, wide=False)
    more, below = len(item["groups"]) - len(groups), ""
    if more:
        said = ngettext(
            "These are the {largest} largest groups. {n} smaller one stands in the downloaded "
            "page.",
            "These are the {largest} largest groups. {n} smaller ones stand in the downloaded "
            "page.",
            more,
        ).format(largest=len(groups), n=f"{more:,}")
        below = f'<p class="mc-hint">{escape(said)}</p>'
    return f"<h3>{escape(title)}</h3>{table}{below}{_class_rates(groups, names)}"


def _class_rates(groups: Sequence[Plain], names: Sequence[str]) -> str:
    rows = [
        (
            escape(own["first"]["group"]),
            escape(label),
            *(_rate(own[side][what][i]) for what in ("found", "alarms") for side in SIDES),
        )
        for own in groups
        for i, label in enumerate(names)
    ]
    heads = (
        _("Group"), _("Class"), _("Found, first"), _("Found, second"), _("False alarms, first"),
        _("False alarms, second"),
    )  # fmt: skip
    said = _("Class by class: how many of its rows are found, and how many others are taken for it")
    table = render_table([*map(escape, heads)], rows, _("Rates by class"))
    return f'<details class="mc-classes"><summary>{escape(said)}</summary>{table}</details>'


def _rate(rate: Plain, *, n: bool = True) -> str:
    if rate["value"] is None:
        return escape(_("no rows"))
    shown = {key: f"{rate[key]:.0%}" for key in ("value", "low", "high")}
    said = _("{value} ({low} to {high})").format(**shown).replace("%", "\N{NO-BREAK SPACE}%")
    return escape(said) + (f", n = {rate['n']:,}" if n else "")


ROWS_OF_A_SWEEP: Final = {
    "micro_f1": "micro-F1",
    "macro_f1": "macro-F1",
    "precision": mark("Precision"),
    "recall": mark("Recall"),
    "named": mark("Labels a row"),
}


def render_thresholds(item: Plain, first: Plain, second: Plain) -> str:
    """Show what other thresholds would give, under a slider; "" of a task with one label a row."""
    if not first.get("thresholds") or not second.get("thresholds"):
        return ""
    pairs = list(zip(first["thresholds"], second["thresholds"], strict=True))
    sweep = [
        {"threshold": f"{one['threshold']:.2f}"}
        | {f"{key}-0": decimal(one[key]) for key in ROWS_OF_A_SWEEP}
        | {f"{key}-1": decimal(two[key]) for key in ROWS_OF_A_SWEEP}
        for one, two in pairs
    ]
    own = first["threshold"] or 0.5
    start = min(range(len(pairs)), key=lambda i: abs(pairs[i][0]["threshold"] - own))
    rows = [
        (
            escape(_(name)),
            *(f'<span data-cell="{key}-{i}">{sweep[start][f"{key}-{i}"]}</span>' for i in (0, 1)),
        )
        for key, name in ROWS_OF_A_SWEEP.items()
    ]
    heads = (_("Score"), *(item[side] for side in SIDES))
    table = render_table([*map(escape, heads)], rows, _("At this threshold"), wide=False)
    strong = f'<strong data-cell="threshold">{sweep[start]["threshold"]}</strong>'
    counts = escape(_("A label counts from {threshold}")).format(threshold=strong)
    hint = _(
        "The models' own are {first} and {second}. A threshold chosen by these rows is better on "
        "them than on others; n = {n}."
    ).format(
        first=decimal(first["threshold"] or 0.5, 2),
        second=decimal(second["threshold"] or 0.5, 2),
        n=f"{item['n']:,}",
    )
    return (
        f'<h3>{escape(_("Another threshold"))}</h3><label class="mc-slider">{counts}'
        f'<input type="range" min="0" max="{len(sweep) - 1}" value="{start}" '
        f'data-sweep="{escape(json.dumps(sweep))}" aria-label="{escape(_("Threshold"))}" '
        f'aria-valuetext="{sweep[start]["threshold"]}"></label>{table}'
        f'<p class="mc-hint">{hint}</p>'
    )


def name_classes(task: Task | None, labels: Sequence[str]) -> list[str]:
    """Return what people read of a task's labels."""
    known = _names(task)
    return [known.get(label, label) for label in labels]


def _names(task: Task | None) -> dict[str, str]:
    return {} if task is None else {label.name: label.display for label in task.labels}


def _values(task: Task | None) -> dict[str, str]:
    """Return what people read of a task's labels, also where these stand as a dataset has them."""
    written = {} if task is None else {label.value: label.display for label in task.labels}
    return written | _names(task)


def _labels(names: Sequence[str], task: Task | None) -> str:
    known = _names(task)
    return escape(listed([known.get(name, name) for name in names]) or _("none"))
