"""A comparison of two models as tables: scores, changed answers, confusion, groups, thresholds."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from memeclip_core.records.model import CLEAR, NearMeme
from memeclip_core.tasks import Task
from memeclip_core.ui.components import render_table
from memeclip_core.ui.formats import count, decimal, escape, listed, signed
from memeclip_core.ui.pages.models.comparison import LEARNT, render_learnt

SHOWN: Final = 100
"""How many changed answers are listed."""
GROUPS: Final = 30
"""How many groups are listed, the largest: a column of names has as many as there are memes."""

SIDES: Final = ("first", "second")
SEVERAL: Final = ("right not to", "wrongly", "missed", "rightly")
"""What the counts of a class are if a meme may have several labels."""

CURVES: Final = "<h3>How sure, how often right, and what leaving the unsure to people gains</h3>"

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
        "Score", "n", f"{escape(item['first'])} (95 %)", f"{escape(item['second'])} (95 %)",
        "Difference (95 %)", "p, corrected",
    )  # fmt: skip
    test = item["mcnemar"]
    tossed = (
        f'<p class="mc-hint">Only the first is right on {count(test["first_only"], "row")}, only '
        f"the second on {test['second_only']:,}: p = {decimal(test['p'])} (McNemar's exact test, "
        "corrected for the number of questions).</p>"
    )
    return render_table(heads, rows, "Scores of both models") + tossed


def _metric(plain: Plain, *, gain: bool = False) -> str:
    if plain["value"] is None:
        return f"n/a <em>{escape(plain['reason'])}</em>"
    value, low, high = (
        (signed if gain else decimal)(plain[key], 3) for key in ("value", "low", "high")
    )
    return f"{value} ({low} to {high})"


def _verdict(own: Plain) -> str:
    p, gain = own["p"], own["gain"]["value"]
    if p is None or gain is None:
        return ""
    if p >= CLEAR:
        return f"{decimal(p)} <em>no clear change</em>"
    # An expected calibration error is better where it is lower.
    better = (gain > 0) != (own["gain"]["name"] == "ECE")
    return f"{decimal(p)} <strong>{'better' if better else 'worse'}</strong>"


def render_changed(item: Plain, task: Task | None, *, own: bool) -> str:
    """List the answers that differ; ``own`` memes have a button to look at them."""
    changed = item.get("changed")
    if changed is None:
        return ""
    if not changed["n"]:
        return "<h3>Changed answers</h3><p>Both models answer every row alike.</p>"
    classes = ", ".join(
        f"{escape(_names(task).get(name, name))} {signed(step, 0)}"
        for name, step in changed["classes"].items()
        if step
    )
    rest = changed["n"] - changed["put_right"] - changed["now_wrong"]
    said = (
        f"{count(changed['n'], 'answer')} of {item['n']:,} change: {changed['put_right']:,} put "
        f"right by the second, {changed['now_wrong']:,} now wrong, {rest:,} wrong both times"
        f"{f'. How often the second names a class more: {classes}' if classes else ''}."
    )
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
    heads = ("Row", "True", "First says", "Second says", *([LEARNT] if learnt else []))
    more = changed["n"] - len(rows)
    below = f'<p class="mc-hint">{more:,} more stand in the downloaded page.</p>' if more else ""
    table = render_table(heads, rows, "Changed answers", wide=False)
    return f"<h3>Changed answers</h3><p>{said}</p>{table}{below}"


def _near(row: Plain) -> list[NearMeme]:
    return [NearMeme(**one) for one in row.get("near", ())]


def _mark(row: Plain) -> str:
    was, now = (set(row[side]) == set(row["truth"]) for side in SIDES)
    if was == now:
        return ""
    return "<strong>put right</strong>" if now else "<strong>now wrong</strong>"


def render_confusion(found: Plain, key: str, task: Task | None) -> str:
    """Show both confusion matrices; each cell is a button that opens its rows."""
    item = pick_item(found, key)
    parts = []
    for side, details in enumerate(pick_cells(found, key)):
        names = name_classes(task, details["labels"])
        exclusive = details["kind"] == "multiclass"
        heads = names if exclusive else list(SEVERAL)
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
        title = f"{SIDES[side].capitalize()} model, {item[SIDES[side]]}: what it says of each class"
        first = "true \N{DOWNWARDS ARROW} said \N{RIGHTWARDS ARROW}" if exclusive else "class"
        table = render_table([first, *map(escape, heads)], rows, title, wide=len(heads) > 4)
        parts.append(f"<div><h4>{escape(item[SIDES[side]])}</h4>{table}</div>")
    hint = '<p class="mc-hint">Press a number to see its rows, the surest first.</p>'
    return f'<h3>Confusion</h3>{hint}<div class="mc-matrices">{"".join(parts)}</div>'


def tell_cell(true: str, said: str, n: int, *, exclusive: bool) -> str:
    """Say what a cell counts: a true class and an answer, or a class and how it was decided."""
    if exclusive:
        return f"{count(n, 'row')} of {true} where it says {said}"
    return f"{true}, {said}: {count(n, 'row')}"


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
    more = f" The first {len(places)} are named." if total > len(places) else ""
    return f'<p>{escape(said)}.{more}</p><ul class="mc-places">{rows}</ul>'


def _place(place: str, index: int, *, own: bool) -> str:
    if not own:
        return f"<code>{escape(place)}</code>"
    return (
        f'<button type="button" data-index="{index}" class="mc-look">Look at '
        f"<code>{escape(place[:8])}</code></button>"
    )


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
    heads = ("Group", "n", *(f"Right, {escape(item[side])} (95 %)" for side in SIDES))
    table = render_table(heads, rows, f"Rates by {by}", wide=False)
    more = len(item["groups"]) - len(groups)
    below = (
        f'<p class="mc-hint">These are the {len(groups)} largest groups. '
        f"{count(more, 'smaller one')} stand{'s' * (more == 1)} in the downloaded page.</p>"
    )
    below = below if more else ""
    return f"<h3>Rates by {escape(by)}</h3>{table}{below}{_class_rates(groups, names)}"


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
        "Group", "Class", "Found, first", "Found, second", "False alarms, first",
        "False alarms, second",
    )  # fmt: skip
    return (
        '<details class="mc-classes"><summary>Class by class: how many of its rows are found, and '
        f"how many others are taken for it</summary>{render_table(heads, rows, 'Rates by class')}"
        "</details>"
    )


def _rate(rate: Plain, *, n: bool = True) -> str:
    if rate["value"] is None:
        return "no rows"
    said = f"{rate['value']:.0%} ({rate['low']:.0%} to {rate['high']:.0%})"
    return said.replace("%", "\N{NO-BREAK SPACE}%") + (f", n = {rate['n']:,}" if n else "")


ROWS_OF_A_SWEEP: Final = {
    "micro_f1": "micro-F1",
    "macro_f1": "macro-F1",
    "precision": "Precision",
    "recall": "Recall",
    "named": "Labels a row",
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
            name,
            *(f'<span data-cell="{key}-{i}">{sweep[start][f"{key}-{i}"]}</span>' for i in (0, 1)),
        )
        for key, name in ROWS_OF_A_SWEEP.items()
    ]
    thresholds = " and ".join(decimal(d["threshold"] or 0.5, 2) for d in (first, second))
    table = render_table(
        ("Score", *(escape(item[side]) for side in SIDES)), rows, "At this threshold", wide=False
    )
    return (
        f'<h3>Another threshold</h3><label class="mc-slider">A label counts from '
        f'<strong data-cell="threshold">{sweep[start]["threshold"]}</strong>'
        f'<input type="range" min="0" max="{len(sweep) - 1}" value="{start}" '
        f'data-sweep="{escape(json.dumps(sweep))}" aria-label="Threshold" '
        f'aria-valuetext="{sweep[start]["threshold"]}"></label>{table}'
        f'<p class="mc-hint">The models\' own are {thresholds}. A threshold chosen by these rows '
        f"is better on them than on others; n = {item['n']:,}.</p>"
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
    return escape(listed([known.get(name, name) for name in names]) or "none")
