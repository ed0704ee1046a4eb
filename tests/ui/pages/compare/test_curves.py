"""Both models' curves in one figure each."""

from __future__ import annotations

from memeclip_core.ui.pages.compare.curves import draw_pair


def details(right: float) -> dict:
    box = {"n": 2, "quantiles": [0.0, 0.1, 0.2, 0.3, 0.4]}
    wrong = {"n": 4, "value": 1 - right, "low": 0.0, "high": 1.0}
    return {
        "reliability": [{"confidence": 0.9, "right": right, "n": 4}],
        "coverage": [{"coverage": 1.0, "wrong": wrong}],
        "cosines": [{"label": "no", "own": box, "others": box, "apart": 0.5}],
    }


def test_each_model_has_its_line_and_its_cosines():
    found = draw_pair(("one", "<two>"), (details(0.75), details(0.5)), ["x" * 40])
    assert [list(trace.y) for trace in found.coverage.plot.data] == [[0.25], [0.5]]
    assert [list(trace.y) for trace in found.reliability.plot.data[1:]] == [[0.75], [0.5]]
    assert [figure.plot.layout.xaxis.title.text for figure in found.cosines] == [
        "cosine, one",
        "cosine, &lt;two>",
    ]
    # A long name is cut, and what is cut is marked.
    assert list(found.cosines[0].plot.data[1].y) == ["x" * 19 + "… (n = 2)"]
