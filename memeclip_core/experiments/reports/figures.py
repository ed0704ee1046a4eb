"""Plotly figures of results; names in them are escaped, since plotly reads markup."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final

import plotly.graph_objects as go

from memeclip_core.experiments.reports.document import Figure
from memeclip_core.experiments.reports.summary import Line, Spread

ACCENT: Final = "#2f8f86"
QUIET: Final = "#8a949c"
NAMES: Final = {"type": "category", "automargin": True}


def draw_confusion(title: str, labels: Sequence[str], counts: Sequence[Sequence[int]]) -> Figure:
    """Draw a confusion matrix: a row per true class, a column per decision; shares by row."""
    names = [_plain(label) for label in labels]
    heat = go.Heatmap(
        x=names,
        y=names,
        z=[[count / max(1, sum(row)) for count in row] for row in counts],
        zmin=0,
        zmax=1,
        text=[[str(count) for count in row] for row in counts],
        texttemplate="%{text}",
        colorscale=[[0, "#ffffff"], [1, ACCENT]],
        colorbar={"title": "share of the true class"},
        hovertemplate="true %{y}<br>predicted %{x}<br>%{text} rows<extra></extra>",
    )
    plot = _lay_out(
        [heat],
        height=160 + 44 * len(names),
        x={"title": "predicted", "type": "category"},
        y={"title": "true", "type": "category", "autorange": "reversed", "automargin": True},
    )
    right = sum(row[i] for i, row in enumerate(counts))
    total = sum(sum(row) for row in counts)
    return Figure(title=title, plot=plot, alt=f"{right} of {total} rows lie on the diagonal.")


def draw_reliability(title: str, bins: Sequence[Mapping[str, float]]) -> Figure:
    """Draw how often a model is right against how sure it is; the diagonal is perfect."""
    largest = max((item["n"] for item in bins), default=1)
    sizes = [6 + 18 * (item["n"] / largest) ** 0.5 for item in bins]
    points = go.Scatter(
        x=[item["confidence"] for item in bins],
        y=[item["right"] for item in bins],
        mode="lines+markers",
        marker={"size": sizes, "color": ACCENT},
        line={"color": ACCENT},
        customdata=[item["n"] for item in bins],
        hovertemplate="sure %{x:.3f}<br>right %{y:.3f}<br>n = %{customdata}<extra></extra>",
        name="model",
    )
    perfect = go.Scatter(
        x=[0, 1], y=[0, 1], mode="lines", line={"color": QUIET, "dash": "dot"}, name="perfect"
    )
    plot = _lay_out(
        [perfect, points],
        height=360,
        x={"title": "confidence", "range": [0, 1.02]},
        y={"title": "share that is right", "range": [0, 1.02]},
    )
    worst = max((abs(b["confidence"] - b["right"]) for b in bins), default=0.0)
    return Figure(title=title, plot=plot, alt=f"The largest gap of a bin is {worst:.3f}.")


def draw_sweep(title: str, setting: str, lines: Sequence[Line], metric: str) -> Figure:
    """Draw a metric against a setting's values, a line per task, with deviations as bars."""
    traces = []
    for task in dict.fromkeys(line.task for line in lines):
        known = _list_known([line for line in lines if line.task == task], metric)
        traces.append(
            go.Scatter(
                x=[_plain(line.axes["value"]) for line, _, _ in known],
                y=[mean for _, _, mean in known],
                error_y={"type": "data", "array": [spread.sd or 0.0 for _, spread, _ in known]},
                mode="lines+markers",
                name=_plain(task),
            )
        )
    x = {"title": _plain(setting), "type": "category"}
    plot = _lay_out(traces, height=380, x=x, y={"title": metric})
    return Figure(title=title, plot=plot, alt=f"{metric} by {setting}; the table has the numbers.")


def draw_bars(title: str, axis: str, lines: Sequence[Line], metric: str) -> Figure:
    """Draw a metric as one bar per line, with its deviation or interval."""
    # The first belongs on top, where y is largest.
    known = _list_known(lines, metric)[::-1]
    above = [s.sd if s.sd is not None else max(0.0, (s.high or v) - v) for _, s, v in known]
    below = [
        s.sd if s.sd is not None else max(0.0, v - (v if s.low is None else s.low))
        for _, s, v in known
    ]
    bar = go.Bar(
        orientation="h",
        x=[mean for _, _, mean in known],
        y=[_plain(line.axes[axis]) for line, _, _ in known],
        text=[f"{mean:.3f}" for _, _, mean in known],
        textposition="inside",
        insidetextanchor="start",
        marker={"color": ACCENT},
        error_x={"type": "data", "array": above, "arrayminus": below, "color": "#33424c"},
        hovertemplate="%{y}: %{x:.4f}<extra></extra>",
    )
    x = {"title": metric, "range": [0, 1]}
    plot = _lay_out([bar], height=120 + 30 * len(known), x=x, y=NAMES)
    return Figure(title=title, plot=plot, alt=f"{metric} by {axis}; the table has the numbers.")


def draw_gains(title: str, differences: Sequence[Mapping[str, Any]]) -> Figure:
    """Draw the gain of each metric with its paired 95 % interval; 0 means no difference."""
    known = [d["gain"] for d in reversed(differences) if d["gain"]["value"] is not None]
    points = go.Scatter(
        x=[gain["value"] for gain in known],
        y=[_plain(gain["name"]) for gain in known],
        mode="markers",
        marker={"color": ACCENT, "size": 10},
        error_x={
            "type": "data",
            "array": [gain["high"] - gain["value"] for gain in known],
            "arrayminus": [gain["value"] - gain["low"] for gain in known],
        },
        hovertemplate="%{y}: %{x:+.4f}<extra></extra>",
    )
    x = {"title": "second less first"}
    plot = _lay_out([points], height=120 + 32 * len(known), x=x, y=NAMES)
    plot.add_vline(x=0, line={"color": QUIET, "dash": "dot"})
    sure = sum(1 for gain in known if gain["low"] > 0 or gain["high"] < 0)
    return Figure(title=title, plot=plot, alt=f"{sure} of {len(known)} intervals lie apart from 0.")


def _list_known(lines: Sequence[Line], metric: str) -> list[tuple[Line, Spread, float]]:
    """Return the lines where a metric is defined, with it and its mean."""
    found = [(line, line.metric(metric)) for line in lines]
    return [(line, m, m.mean) for line, m in found if m is not None and m.mean is not None]


def _lay_out(
    traces: Sequence[Any], *, height: int, x: Mapping[str, Any], y: Mapping[str, Any]
) -> Any:
    return go.Figure(traces).update_layout(
        template="plotly_white",
        height=height,
        margin={"l": 70, "r": 20, "t": 20, "b": 60},
        font={"size": 13},
        xaxis=x,
        yaxis=y,
    )


def _plain(text: str) -> str:
    return escape(text, quote=False)
