"""The curves of two models, drawn by what draws them in reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from memeclip_core.experiments.reports.document import Figure


class Curves(NamedTuple):
    """Reliability and coverage of both in one figure each, and the cosines of each."""

    reliability: Figure
    coverage: Figure
    cosines: tuple[Figure, ...]


def draw_pair(names: Sequence[str], pair: Sequence[Mapping[str, Any]]) -> Curves:
    """Return the curves of two models by their details; see ``report_outcome``."""
    # Plotly takes a third of a second to import, which the page need not wait for.
    from memeclip_core.experiments.reports import figures

    def of(key: str) -> dict[str, Any]:
        return {name: own[key] for name, own in zip(names, pair, strict=True)}

    cosines = []
    for name, own in of("cosines").items():
        figure = figures.draw_cosines(name, own)
        figure.plot.update_xaxes(title=f"cosine, {name}".replace("<", "&lt;"))
        cosines.append(figure)
    return Curves(
        reliability=figures.draw_reliability("", of("reliability")),
        coverage=figures.draw_coverage("", of("coverage")),
        cosines=tuple(cosines),
    )
