"""Plotly figures. Text and lines take their colours from the page's style sheet, which knows
whether it is dark; the figures themselves are transparent and only colour their bars."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

from memeclip_core.records.prediction import ClassScore
from memeclip_core.ui.formats import percent, shortened, signed

ACCENT: Final = "#2f8f86"
QUIET: Final = "rgba(128, 140, 150, 0.55)"


def render_cosines(scores: Sequence[ClassScore], chosen: Sequence[str]) -> Any:
    """Draw a signed bar per class, on the whole scale from -1 to 1.

    The chosen classes carry the accent colour and a dot before their name, so that colour is not
    the only sign; every bar carries its number.

    Returns:
        a ``plotly.graph_objects.Figure``.
    """
    # Plotly takes a third of a second to import, which the page need not wait for.
    import plotly.graph_objects as go

    rows = list(reversed(scores))  # the first class belongs on top, where y is largest
    values = [s.cosine if math.isfinite(s.cosine) else 0.0 for s in rows]
    bar = go.Bar(
        orientation="h",
        x=values,
        y=list(range(len(rows))),
        width=0.56,
        text=[signed(s.cosine) for s in rows],
        textposition="outside",
        cliponaxis=False,
        marker={"color": [ACCENT if s.label in chosen else QUIET for s in rows]},
        customdata=[[_plain(s.display), percent(s.probability)] for s in rows],
        hovertemplate="%{customdata[0]}<br>cosine %{x:.3f}, probability %{customdata[1]}"
        "<extra></extra>",
    )
    figure = go.Figure(bar)
    figure.update_layout(
        template="none",
        height=30 * len(rows) + 34,
        margin={"l": 8, "r": 8, "t": 4, "b": 26},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"size": 13, "family": "inherit"},
        showlegend=False,
        dragmode=False,
        bargap=0.3,
    )
    figure.update_xaxes(
        range=[-1.02, 1.02],
        tickvals=[-1, -0.5, 0, 0.5, 1],
        ticktext=["\N{MINUS SIGN}1", "", "0", "", "1"],
        fixedrange=True,
        zeroline=True,
        zerolinewidth=1.5,
        gridwidth=1,
        showline=False,
        ticks="",
    )
    figure.update_yaxes(
        tickvals=list(range(len(rows))),
        ticktext=[_tick(s, s.label in chosen) for s in rows],
        range=[-0.6, len(rows) - 0.4],
        fixedrange=True,
        automargin=True,
        showgrid=False,
        zeroline=False,
        showline=False,
        ticks="",
    )
    return figure


def _tick(score: ClassScore, chosen: bool) -> str:
    name = _plain(shortened(score.display, 26))
    return f"<b>\N{BLACK CIRCLE} {name}</b>  " if chosen else f"{name}  "


def _plain(text: str) -> str:
    """Keep a label of a user's own task file from being read as Plotly's markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
