"""Plotly figures of results; names in them are escaped, since plotly reads markup."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final

from memeclip_core.experiments.reports.document import Figure
from memeclip_core.experiments.reports.summary import Line

ACCENT: Final = "#2f8f86"
QUIET: Final = "#8a949c"


def draw_confusion(title: str, labels: Sequence[str], counts: Sequence[Sequence[int]]) -> Figure:
    """Draw a confusion matrix: a row per true class, a column per decision; shares by row."""
    import plotly.graph_objects as go

    names = [_plain(label) for label in labels]
    shares = [[count / max(1, sum(row)) for count in row] for row in counts]
    heat = go.Heatmap(
        x=names,
        y=names,
        z=shares,
        zmin=0,
        zmax=1,
        text=[[str(count) for count in row] for row in counts],
        texttemplate="%{text}",
        colorscale=[[0, "#ffffff"], [1, ACCENT]],
        colorbar={"title": "share of the true class"},
        hovertemplate="true %{y}<br>predicted %{x}<br>%{text} rows<extra></extra>",
    )
    plot = _layout(go.Figure(heat), height=160 + 44 * len(names))
    plot.update_xaxes(title="predicted", type="category")
    plot.update_yaxes(title="true", type="category", autorange="reversed", automargin=True)
    right = sum(row[i] for i, row in enumerate(counts))
    total = sum(sum(row) for row in counts)
    return Figure(title=title, plot=plot, alt=f"{right} of {total} rows lie on the diagonal.")


def draw_reliability(title: str, bins: Sequence[Mapping[str, float]]) -> Figure:
    """Draw how often a model is right against how sure it is; the diagonal is perfect."""
    import plotly.graph_objects as go

    largest = max((item["n"] for item in bins), default=1)
    points = go.Scatter(
        x=[item["confidence"] for item in bins],
        y=[item["right"] for item in bins],
        mode="lines+markers",
        marker={
            "size": [6 + 18 * (item["n"] / largest) ** 0.5 for item in bins],
            "color": ACCENT,
        },
        line={"color": ACCENT},
        customdata=[item["n"] for item in bins],
        hovertemplate="sure %{x:.3f}<br>right %{y:.3f}<br>n = %{customdata}<extra></extra>",
        name="model",
    )
    perfect = go.Scatter(
        x=[0, 1], y=[0, 1], mode="lines", line={"color": QUIET, "dash": "dot"}, name="perfect"
    )
    plot = _layout(go.Figure([perfect, points]), height=360)
    plot.update_xaxes(title="confidence", range=[0, 1.02])
    plot.update_yaxes(title="share that is right", range=[0, 1.02])
    worst = max((abs(b["confidence"] - b["right"]) for b in bins), default=0.0)
    return Figure(title=title, plot=plot, alt=f"The largest gap of a bin is {worst:.3f}.")


def draw_sweep(title: str, setting: str, lines: Sequence[Line], metric: str) -> Figure:
    """Draw a metric against a setting's values, a line per task, with deviations as bars."""
    import plotly.graph_objects as go

    plot = go.Figure()
    for task in dict.fromkeys(line.task for line in lines):
        own = [(line, line.metric(metric)) for line in lines if line.task == task]
        known = [(line, m) for line, m in own if m is not None and m.mean is not None]
        plot.add_trace(
            go.Scatter(
                x=[_plain(line.axes["value"]) for line, _ in known],
                y=[m.mean for _, m in known],
                error_y={"type": "data", "array": [m.sd or 0.0 for _, m in known]},
                mode="lines+markers",
                name=_plain(task),
            )
        )
    _layout(plot, height=380)
    plot.update_xaxes(title=_plain(setting), type="category")
    plot.update_yaxes(title=metric)
    return Figure(title=title, plot=plot, alt=f"{metric} by {setting}; the table has the numbers.")


def draw_bars(title: str, axis: str, lines: Sequence[Line], metric: str) -> Figure:
    """Draw a metric as one bar per line, with its deviation or interval."""
    import plotly.graph_objects as go

    known = [(line, line.metric(metric)) for line in lines]
    drawn = [(line, m) for line, m in known if m is not None and m.mean is not None]
    drawn.reverse()  # the first belongs on top, where y is largest
    mean = [m.mean or 0.0 for _, m in drawn]
    above = [
        m.sd if m.sd is not None else max(0.0, (m.high or v) - v)
        for (_, m), v in zip(drawn, mean, strict=True)
    ]
    below = [
        m.sd if m.sd is not None else max(0.0, v - (m.low if m.low is not None else v))
        for (_, m), v in zip(drawn, mean, strict=True)
    ]
    bar = go.Bar(
        orientation="h",
        x=mean,
        y=[_plain(line.axes[axis]) for line, _ in drawn],
        text=[f"{value:.3f}" for value in mean],
        textposition="inside",
        insidetextanchor="start",
        marker={"color": ACCENT},
        error_x={"type": "data", "array": above, "arrayminus": below, "color": "#33424c"},
        hovertemplate="%{y}: %{x:.4f}<extra></extra>",
    )
    plot = _layout(go.Figure(bar), height=120 + 30 * len(drawn))
    plot.update_xaxes(title=metric, range=[0, 1])
    plot.update_yaxes(type="category", automargin=True)
    return Figure(title=title, plot=plot, alt=f"{metric} by {axis}; the table has the numbers.")


def draw_gains(title: str, differences: Sequence[Mapping[str, Any]]) -> Figure:
    """Draw the gain of each metric with its paired 95 % interval; 0 means no difference."""
    import plotly.graph_objects as go

    known = [d["gain"] for d in differences if d["gain"]["value"] is not None]
    known.reverse()
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
    plot = _layout(go.Figure(points), height=120 + 32 * len(known))
    plot.add_vline(x=0, line={"color": QUIET, "dash": "dot"})
    plot.update_xaxes(title="second less first")
    plot.update_yaxes(type="category", automargin=True)
    sure = sum(1 for gain in known if gain["low"] > 0 or gain["high"] < 0)
    return Figure(title=title, plot=plot, alt=f"{sure} of {len(known)} intervals lie apart from 0.")


def _layout(plot: Any, *, height: int) -> Any:
    return plot.update_layout(
        template="plotly_white",
        height=height,
        margin={"l": 70, "r": 20, "t": 20, "b": 60},
        font={"size": 13},
    )


def _plain(text: str) -> str:
    return escape(text, quote=False)
