"""Plotly figures. Text and lines take their colours from the page's style sheet, which knows
whether it is dark; the figures themselves are transparent and only colour their marks.

Colour is never the only sign: bars carry their numbers or are named in a legend and on hovering.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from typing import Any, Final

from memeclip_core.api.texts import _, ngettext
from memeclip_core.records.agreement import AgreementReport
from memeclip_core.records.dashboard import BINS, Bucket, TaskProgress, TimeSpent
from memeclip_core.records.model import Metric, ModelInfo
from memeclip_core.records.prediction import ClassScore
from memeclip_core.ui.formats import percent, shortened, signed

ACCENT: Final = "#2f8f86"
CHANGED: Final = "#c98a2d"
QUIET: Final = "rgba(128, 140, 150, 0.55)"
_BAR: Final = 26


def render_cosines(scores: Sequence[ClassScore], chosen: Sequence[str]) -> Any:
    """Draw a signed bar per class, on the whole scale from -1 to 1.

    The chosen classes carry the accent colour and a dot before their name, so that colour is not
    the only sign; every bar carries its number.

    Returns:
        a ``plotly.graph_objects.Figure``.
    """
    rows = list(reversed(scores))  # the first class belongs on top, where y is largest
    values = [s.cosine if math.isfinite(s.cosine) else 0.0 for s in rows]
    bar = _bar(
        orientation="h",
        x=values,
        y=list(range(len(rows))),
        width=0.56,
        text=[signed(s.cosine) for s in rows],
        textposition="outside",
        cliponaxis=False,
        marker={"color": [ACCENT if s.label in chosen else QUIET for s in rows]},
        customdata=[[_plain(s.display), percent(s.probability)] for s in rows],
        hovertemplate="%{customdata[0]}<br>"
        + _("cosine %{x:.3f}, probability %{customdata[1]}")
        + "<extra></extra>",
    )
    figure = _figure(bar, height=30 * len(rows) + 34)
    figure.update_layout(margin={"r": 8, "t": 4, "b": 26}, font={"size": 13}, bargap=0.3)
    figure.update_xaxes(
        range=[-1.02, 1.02],
        tickvals=[-1, -0.5, 0, 0.5, 1],
        ticktext=["\N{MINUS SIGN}1", "", "0", "", "1"],
        zeroline=True,
        zerolinewidth=1.5,
        automargin=False,
    )
    figure.update_yaxes(
        tickvals=list(range(len(rows))),
        ticktext=[_tick(s, s.label in chosen) for s in rows],
        range=[-0.6, len(rows) - 0.4],
        showgrid=False,
    )
    return figure


def render_pace(buckets: Sequence[Bucket], *, hours: bool) -> Any:
    """Draw decisions per hour or per day."""
    if not hours:
        # Days before the first decision say nothing; two weeks are shown in any case.
        first = next((i for i, bucket in enumerate(buckets) if bucket.decisions), len(buckets))
        buckets = buckets[min(first, max(0, len(buckets) - 14)) :]
    written = "%H:%M" if hours else _("%b %d")
    names = [f"{bucket.start:{written}}" for bucket in buckets]
    full = [f"{bucket.start:%Y-%m-%d %H:%M} UTC" for bucket in buckets]
    counts = [bucket.decisions for bucket in buckets]
    n = len(buckets)
    empty = (
        ngettext("no decision in the last {n} hour", "no decision in the last {n} hours", n)
        if hours
        else ngettext("no decision in the last {n} day", "no decision in the last {n} days", n)
    )
    figure = _columns(counts, full, empty=empty.format(n=n))
    step = -(-len(buckets) // 8)
    places = list(range(len(buckets) - 1, -1, -step))[::-1]
    figure.update_xaxes(tickvals=places, ticktext=[names[place] for place in places])
    return figure


def render_times(times: TimeSpent) -> Any:
    """Draw how many decisions took how long."""
    ends = [0, *BINS]
    names = [
        f"{low:.0f}-{high:.0f} s" if math.isfinite(high) else _("over {n} s").format(n=f"{low:.0f}")
        for low, high in itertools.pairwise(ends)
    ]
    figure = _columns(times.bins, names, empty=_("no times are known yet"))
    figure.update_xaxes(tickvals=list(range(len(names))), ticktext=names, tickangle=-40)
    return figure


def render_labels(task: TaskProgress) -> Any:
    """Draw how often each label was chosen: by people, and by the model of the same memes."""
    rows = list(reversed(task.labels))
    bars = [_sideways(_("People"), [row.people for row in rows], task.memes, ACCENT)]
    if task.compared:
        # Drawn first, since a horizontal chart counts from below.
        bars.insert(0, _sideways(_("Model"), [row.model for row in rows], task.compared, QUIET))
    figure = _figure(*bars, height=(2 if task.compared else 1) * 18 * len(rows) + 76, legend=True)
    figure.update_layout(barmode="group", legend={"traceorder": "reversed"})
    _name_axis(figure, [row.display for row in rows])
    top = max(
        [row.people / max(task.memes, 1) for row in rows]
        + [row.model / max(task.compared, 1) for row in rows]
    )
    _share_axis(figure, max(top * 1.18, 0.05))
    return figure


def render_taken(tasks: Sequence[TaskProgress]) -> Any:
    """Draw what became of the suggestions, task by task."""
    answered = [task for task in tasks if task.confirmed + task.corrected + task.unaided]
    rows = list(reversed(answered or tasks))
    parts = (
        (_("Taken over"), [row.confirmed for row in rows], ACCENT),
        (_("Changed"), [row.corrected for row in rows], CHANGED),
        (_("Not shown"), [row.unaided for row in rows], QUIET),
    )
    totals = [max(row.confirmed + row.corrected + row.unaided, 1) for row in rows]
    bars = [
        _bar(
            orientation="h",
            name=name,
            y=list(range(len(rows))),
            x=[n / total for n, total in zip(counts, totals, strict=True)],
            width=0.6,
            text=[
                _share(n / t) if n / t >= 0.08 else "" for n, t in zip(counts, totals, strict=True)
            ],
            textposition="inside",
            insidetextanchor="middle",
            marker={"color": colour},
            customdata=counts,
            hovertemplate=_("{name}: %{{customdata:,}} answers").format(name=name)
            + "<extra></extra>",
        )
        for name, counts, colour in parts
    ]
    figure = _figure(*bars, height=2 * _BAR * len(rows) + 80, legend=True)
    figure.update_layout(barmode="stack", legend={"traceorder": "normal"})
    _name_axis(figure, [row.title for row in rows])
    _share_axis(figure, 1.02)
    if not any(n for __, counts, __ in parts for n in counts):
        _say(figure, _("nobody has seen a suggestion yet"))
    return figure


def render_agreeing(report: AgreementReport) -> Any:
    """Draw alpha and AC1 of each task with their intervals."""
    rows = list(reversed(report.tasks))
    marks: list[dict[str, Any]] = []
    hover = _(
        "{name} %{{x:.2f}} (%{{customdata[0]:.2f}} to %{{customdata[1]:.2f}})<br>"
        "%{{customdata[2]:,}} memes"
    )
    for name, shift, colour, symbol in (
        (_("Krippendorff's alpha"), 0.14, ACCENT, "circle"),
        (_("Gwet's AC1"), -0.14, CHANGED, "diamond"),
    ):
        found = [row.whole.alpha if shift > 0 else row.whole.ac1 for row in rows]
        known = [(y, m) for y, m in enumerate(found) if math.isfinite(m.value)]
        marks.append(
            dict(
                type="scatter",
                name=name,
                mode="markers",
                x=[m.value for __, m in known],
                y=[y + shift for y, __ in known],
                marker={"color": colour, "symbol": symbol, "size": 10},
                error_x=_intervals([m for __, m in known], colour, 1.5),
                customdata=[[m.low, m.high, m.n] for __, m in known],
                hovertemplate=hover.format(name=name) + "<extra></extra>",
            )
        )
    figure = _figure(*marks, height=2 * _BAR * len(rows) + 80, legend=True)
    _name_axis(figure, [row.title for row in rows])
    lows = [low for mark in marks for low, __, __ in mark["customdata"]]
    figure.update_xaxes(range=[min([0.0, *lows]) - 0.03, 1.03], nticks=6)
    return figure


def render_scores(models: Iterable[ModelInfo], tasks: Iterable[tuple[str, str]]) -> Any:
    """Draw held-out scores with their intervals over model versions, the oldest first.

    Args:
        models: the versions.
        tasks: key and title of each task, of which the leading score is drawn.

    Returns:
        the figure, or ``None`` where nothing was measured.
    """
    oldest = sorted(models, key=lambda model: model.created)
    lines = [
        (title, [next(iter(model.metrics.get(key, ())), None) for model in oldest])
        for key, title in tasks
    ]
    if not any(metric for __, metrics in lines for metric in metrics):
        return None
    marks = []
    for place, (title, metrics) in enumerate(lines):
        known = [(x, m) for x, m in enumerate(metrics) if m is not None and math.isfinite(m.value)]
        # Side by side, so that intervals of equal scores do not lie on each other.
        shift = 0.05 * (place - (len(lines) - 1) / 2)
        marks.append(
            dict(
                type="scatter",
                name=_plain(title),
                mode="lines+markers",
                x=[x + shift for x, __ in known],
                y=[m.value for __, m in known],
                line={"color": _COLOURS[place % 4], "dash": _DASHES[place % 4]},
                marker={"symbol": _SYMBOLS[place % 4], "size": 9},
                error_y=_intervals([m for __, m in known], _COLOURS[place % 4], 1.2),
                customdata=[
                    [
                        *(_plain(oldest[x].version), f"{oldest[x].created:%Y-%m-%d}"),
                        *(m.name, m.n, m.low, m.high),
                    ]
                    for x, m in known
                ],
                hovertemplate="%{customdata[0]}, %{customdata[1]}<br>%{customdata[2]} "
                + _("%{y:.3f} (%{customdata[4]:.3f} to %{customdata[5]:.3f})")
                + ", n = %{customdata[3]:,}<extra></extra>",
            )
        )
    figure = _figure(*marks, height=280, legend=True)
    figure.update_xaxes(
        tickvals=list(range(len(oldest))),
        ticktext=[_plain(_shorten_start(model.version, 18)) for model in oldest],
        range=[-0.4, len(oldest) - 0.6],
    )
    figure.update_yaxes(range=[0, 1.03], nticks=6, fixedrange=True)
    return figure


def adapt_figure(figure: Any) -> Any:
    """Have a figure of a report follow the page's theme, and fit a phone."""
    figure.update_layout(
        template="none",
        margin={"l": 8, "r": 12, "t": 34, "b": 44},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"size": 12.5, "family": "inherit"},
        dragmode=False,
        legend={"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "yref": "paper"},
        legend_itemsizing="constant",
    )
    for update in (figure.update_xaxes, figure.update_yaxes):
        update(fixedrange=True, automargin=True, gridwidth=1, zeroline=False, title_standoff=8)
    return figure


_COLOURS = (ACCENT, CHANGED, "#5a7fb8", "#a0628f")
_DASHES = ("solid", "dash", "dot", "dashdot")
_SYMBOLS = ("circle", "diamond", "square", "triangle-up")


def _figure(*marks: Any, height: int, legend: bool = False) -> Any:
    # Plotly takes a third of a second to import, which the page need not wait for.
    import plotly.graph_objects as go

    figure = go.Figure(list(marks))
    figure.update_layout(
        template="none",
        height=height,
        margin={"l": 8, "r": 12, "t": 34 if legend else 8, "b": 30},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"size": 12.5, "family": "inherit"},
        showlegend=legend,
        dragmode=False,
        bargap=0.25,
    )
    if legend:
        figure.update_layout(
            legend={"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "yref": "paper"}
        )
    for update in (figure.update_xaxes, figure.update_yaxes):
        update(
            fixedrange=True, automargin=True, gridwidth=1, zeroline=False, showline=False, ticks=""
        )
    return figure


def _bar(**facts: Any) -> dict[str, Any]:
    return {"type": "bar", **facts}


def _columns(counts: Sequence[int], names: Sequence[str], *, empty: str) -> Any:
    """Draw upright bars of counts on an axis that begins at 0 and shows whole numbers only."""
    bar = _bar(
        x=list(range(len(counts))),
        y=list(counts),
        marker={"color": ACCENT},
        customdata=names,
        hovertemplate="%{customdata}<br>" + _("%{y:,} decisions") + "<extra></extra>",
    )
    figure = _figure(bar, height=230)
    top = max([4, *counts])
    figure.update_yaxes(range=[0, top * 1.06], nticks=5, tickformat=",d", rangemode="tozero")
    figure.update_xaxes(showgrid=False)
    if not any(counts):
        _say(figure, empty)
    return figure


def _intervals(metrics: Sequence[Metric], colour: str, thickness: float) -> dict[str, Any]:
    return {
        "type": "data",
        "array": [m.high - m.value for m in metrics],
        "arrayminus": [m.value - m.low for m in metrics],
        "color": colour,
        "thickness": thickness,
    }


def _sideways(name: str, counts: Sequence[int], total: int, colour: str) -> Any:
    shares = [n / max(total, 1) for n in counts]
    return _bar(
        orientation="h",
        name=name,
        y=list(range(len(counts))),
        x=shares,
        text=[_share(share) for share in shares],
        textposition="outside",
        cliponaxis=False,
        marker={"color": colour},
        customdata=list(counts),
        hovertemplate=_("{name}: %{{customdata:,}} of {total} memes").format(
            name=name, total=f"{total:,}"
        )
        + "<extra></extra>",
    )


def _share(share: float) -> str:
    return f"{100 * share:.0f} %"


def _share_axis(figure: Any, end: float) -> None:
    """Write shares in per cent, as they are written in all other places."""
    step = next(step for step in (0.01, 0.02, 0.05, 0.1, 0.25, 0.5) if end / step < 6)
    ticks = [place * step for place in range(int(end / step) + 1)]
    figure.update_xaxes(range=[0, end], tickvals=ticks, ticktext=[_share(tick) for tick in ticks])


def _name_axis(figure: Any, names: Sequence[str]) -> None:
    figure.update_yaxes(
        tickvals=list(range(len(names))),
        ticktext=[f"{_plain(shortened(name, 24))}  " for name in names],
        range=[-0.6, len(names) - 0.4],
        showgrid=False,
    )


def _say(figure: Any, words: str) -> None:
    """Write into a chart that has nothing to show."""
    figure.add_annotation(
        text=words, x=0.5, y=0.5, xref="paper", yref="paper", showarrow=False, font={"size": 13}
    )


def _shorten_start(version: str, limit: int) -> str:
    """Cut a version at its start: by its end it differs from others."""
    return version if len(version) <= limit else f"…{version[1 - limit :]}"


def _plain(text: str) -> str:
    """Keep a title of a user's own task file from being read as Plotly's markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _tick(score: ClassScore, chosen: bool) -> str:
    name = _plain(shortened(score.display, 26))
    return f"<b>\N{BLACK CIRCLE} {name}</b>  " if chosen else f"{name}  "
