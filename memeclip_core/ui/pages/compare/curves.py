"""The curves of two models, drawn by what draws them in reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from memeclip_core.api.texts import _
from memeclip_core.ui.formats import shortened

if TYPE_CHECKING:
    from memeclip_core.experiments.reports.document import Figure

LONGEST: Final = 20
"""Characters of a class's name beside a plot."""


class Curves(NamedTuple):
    """Reliability and coverage of both in one figure each, and the cosines of each."""

    reliability: Figure
    coverage: Figure
    cosines: tuple[Figure, ...]


def draw_pair(
    names: Sequence[str], pair: Sequence[Mapping[str, Any]], labels: Sequence[str]
) -> Curves:
    """Return the curves of two models by their details; see ``report_outcome``.

    ``labels`` are what people read of the classes; long ones are cut, so that a phone has room.
    """
    # Plotly takes a third of a second to import, which the page need not wait for.
    from memeclip_core.experiments.reports import figures

    def of(key: str) -> dict[str, Any]:
        return {name: own[key] for name, own in zip(names, pair, strict=True)}

    cut = [shortened(label, LONGEST) for label in labels]
    if len(set(cut)) < len(cut):
        cut = list(labels)  # two that look alike would be drawn as one
    cosines = []
    for name, own in of("cosines").items():
        shown = [{**item, "label": label} for item, label in zip(own, cut, strict=True)]
        figure = figures.draw_cosines(name, shown)
        title = _("cosine, {model}").format(model=name)
        figure.plot.update_xaxes(title=title.replace("<", "&lt;"))
        cosines.append(figure)
    return Curves(
        reliability=figures.draw_reliability("", of("reliability")),
        coverage=figures.draw_coverage("", of("coverage")),
        cosines=tuple(cosines),
    )
