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
_MARKS: Final = (
    (ACCENT, "solid", "circle"),
    ("#c98a2d", "dash", "diamond"),
    ("#5a7fb8", "dot", "square"),
)
_CURVES: Final = (("score", "y", ACCENT, "solid"), ("loss", "y2", QUIET, "dot"))
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


def draw_reliability(title: str, models: Mapping[str, Sequence[Mapping[str, float]]]) -> Figure:
    """Draw how often models are right against how sure they are; the diagonal is perfect.

    ``models`` are the bins of each by its name; a mark is as large as its bin.
    """
    every = [item for bins in models.values() for item in bins]
    largest = max((item["n"] for item in every), default=1)
    points = [
        _line(
            name,
            place,
            [item["confidence"] for item in bins],
            [item["right"] for item in bins],
            [item["n"] for item in bins],
            "sure %{x:.3f}<br>right %{y:.3f}<br>n = %{customdata}",
            sizes=[6 + 18 * (item["n"] / largest) ** 0.5 for item in bins],
        )
        for place, (name, bins) in enumerate(models.items())
    ]
    perfect = go.Scatter(
        x=[0, 1], y=[0, 1], mode="lines", line={"color": QUIET, "dash": "dot"}, name="perfect"
    )
    plot = _lay_out(
        [perfect, *points],
        height=360,
        x={"title": "confidence", "range": [0, 1.03]},
        y={"title": "share that is right", "range": [-0.05, 1.05]},
    )
    worst = max((abs(b["confidence"] - b["right"]) for b in every), default=0.0)
    return Figure(title=title, plot=plot, alt=f"The largest gap of a bin is {worst:.3f}.")


def draw_coverage(title: str, models: Mapping[str, Sequence[Mapping[str, Any]]]) -> Figure:
    """Draw how often models are wrong if the least sure rows are left to people.

    ``models`` are the points of each by its name; see ``compute_coverage``.
    """
    lines = [
        _line(
            name,
            place,
            [point["coverage"] for point in points],
            [point["wrong"]["value"] for point in points],
            [[point["wrong"][key] for key in ("n", "low", "high")] for point in points],
            "the surest %{x:.0%} (n = %{customdata[0]})<br>wrong %{y:.1%} "
            "(%{customdata[1]:.1%} to %{customdata[2]:.1%})",
        )
        for place, (name, points) in enumerate(models.items())
    ]
    plot = _lay_out(
        lines,
        height=360,
        x={"title": "share left to the model", "range": [0, 1.02], "tickformat": ".0%"},
        y={"title": "wrong", "rangemode": "tozero", "tickformat": ".0%"},
    )
    said = [f"{name}: {line}" for name, own in models.items() if (line := say_coverage(own))]
    return Figure(title=title, plot=plot, alt=" ".join(said) or "There are no rows.")


def draw_curves(title: str, trainings: Sequence[Sequence[Mapping[str, float | None]]]) -> Figure:
    """Draw the loss and the validation score of every epoch, a line for each training."""
    lines = [
        go.Scatter(
            x=[point["epoch"] for point in points],
            y=[point[key] for point in points],
            name=key,
            legendgroup=key,
            showlegend=place == 0,
            yaxis=axis,
            mode="lines+markers",
            line={"color": color, "dash": dash, "width": 1.5},
            marker={"size": 4},
            opacity=1 if len(trainings) == 1 else 0.5,
        )
        for key, axis, color, dash in _CURVES
        for place, points in enumerate(trainings)
    ]
    plot = _lay_out(
        lines,
        height=320,
        x={"title": "epoch"},
        y={"title": "score on the rows to choose by"},
    )
    plot.update_layout(yaxis2={"title": "training loss", "overlaying": "y", "side": "right"})
    ends = [points[-1] for points in trainings if points]
    epochs = sorted({int(end["epoch"] or 0) for end in ends})
    losses = [end["loss"] for end in ends if end["loss"] is not None]
    span = f"{epochs[0]}" if len(epochs) == 1 else f"{epochs[0]} to {epochs[-1]}"
    alt = f"{len(ends)} training(s) of {span} epochs; the loss ends at {min(losses):.3f}"
    alt += "." if len(losses) == 1 else f" to {max(losses):.3f}."
    return Figure(title=title, plot=plot, alt=alt)


def draw_labelling(title: str, lines: Sequence[Line], metric: str) -> Figure:
    """Draw a metric by how many rows are labelled, a line with deviations for each order."""
    orders: dict[str, list[tuple[int, Spread]]] = {}
    for line in lines:
        found = line.metric(metric)
        if found is not None and found.mean is not None:
            point = (int(line.axes["labelled"]), found)
            orders.setdefault(line.axes["order"], []).append(point)
    plots = [
        go.Scatter(
            x=[labelled for labelled, _ in points],
            y=[found.mean for _, found in points],
            error_y={"type": "data", "array": [found.sd or 0.0 for _, found in points]},
            name=_plain(order),
            mode="lines+markers",
        )
        for order, points in orders.items()
    ]
    plot = _lay_out(plots, height=380, x={"title": "labelled rows"}, y={"title": metric})
    ends = [f"{order} {points[-1][1].mean:.3f}" for order, points in orders.items()]
    return Figure(title=title, plot=plot, alt=f"At the end: {', '.join(ends)}.")


def say_coverage(points: Sequence[Mapping[str, Any]], share: float = 0.8) -> str:
    """Say what is gained by leaving the unsure rows to people; "" without rows."""
    if not points:
        return ""
    near = min(points, key=lambda point: abs(point["coverage"] - share))["wrong"]
    whole = points[-1]["wrong"]
    said = (
        f"wrong on {whole['value']:.1%} of {whole['n']} rows; with the least sure "
        f"{whole['n'] - near['n']} left to people, on {near['value']:.1%} "
        f"({near['low']:.1%} to {near['high']:.1%}) of the other {near['n']}."
    )
    return said.replace("%", " %")


def draw_cosines(title: str, classes: Sequence[Mapping[str, Any]]) -> Figure:
    """Draw where the cosines with each class lie, in rows that have it and in the others.

    Boxes hold the middle half of the rows, and their whiskers nine tenths.
    """
    traces = []
    for side, name, colour in (("others", "other rows", QUIET), ("own", "rows with it", ACCENT)):
        known = [item for item in reversed(classes) if item[side]["n"]]
        boxes = [item[side]["quantiles"] for item in known]
        places = zip(("lowerfence", "q1", "median", "q3", "upperfence"), range(5), strict=True)
        traces.append(
            go.Box(
                orientation="h",
                name=name,
                y=[f"{_plain(item['label'])} (n = {item['own']['n']})" for item in known],
                marker={"color": colour},
                **{key: [box[i] for box in boxes] for key, i in places},
            )
        )
    plot = _lay_out(
        traces, height=140 + 46 * len(classes), x={"title": "cosine"}, y=NAMES
    ).update_layout(boxmode="group", legend={"traceorder": "reversed"})
    said = [f"{c['label']} {c['apart']:.2f}" for c in classes if c["apart"] is not None]
    alt = f"How well the cosine parts the two (AUROC): {', '.join(said) or 'not defined'}."
    return Figure(title=title, plot=plot, alt=alt)


def draw_thresholds(title: str, models: Mapping[str, Sequence[Mapping[str, Any]]]) -> Figure:
    """Draw micro-F1 against the decision threshold; see ``sweep_thresholds``."""
    lines = [
        _line(
            name,
            place,
            [point["threshold"] for point in points],
            [point["micro_f1"] for point in points],
            [[point[key] for key in ("precision", "recall", "named")] for point in points],
            "threshold %{x:.2f}<br>micro-F1 %{y:.3f}<br>precision %{customdata[0]:.3f}, recall "
            "%{customdata[1]:.3f}<br>%{customdata[2]:.2f} labels a row",
        )
        for place, (name, points) in enumerate(models.items())
    ]
    plot = _lay_out(
        lines,
        height=340,
        x={"title": "threshold", "range": [0, 1]},
        y={"title": "micro-F1", "rangemode": "tozero"},
    )
    alt = "Chosen by these rows, a threshold is better on them than on others."
    return Figure(title=title, plot=plot, alt=alt)


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


def _line(
    name: str,
    place: int,
    x: Sequence[float],
    y: Sequence[float | None],
    facts: Sequence[Any],
    hover: str,
    sizes: Sequence[float] | None = None,
) -> Any:
    """Return one of several lines, told apart by its colour, its dash and its marks."""
    colour, dash, symbol = _MARKS[place % len(_MARKS)]
    return go.Scatter(
        x=x,
        y=y,
        mode="lines+markers",
        name=_plain(name),
        line={"color": colour, "dash": dash},
        marker={"color": colour, "symbol": symbol, "size": 7 if sizes is None else sizes},
        customdata=facts,
        hovertemplate=f"{_plain(name)}<br>{hover}<extra></extra>",
    )


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
