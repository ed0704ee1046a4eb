"""The bars say with sign, number and mark what their colour says."""

import json
import math

import pytest

from memeclip_core.records.prediction import ClassScore
from memeclip_core.ui.pages.analyse.figures import ACCENT, QUIET, render_cosines
from tests.factories.page_records import HOSTILE, pridemm, scores


def test_every_class_has_a_signed_bar_on_the_whole_scale():
    task = pridemm().task("target")
    figure = render_cosines(scores(task), ("Undirected",))
    bar = figure.data[0]
    # The first class is drawn on top, so it comes last.
    assert list(bar.x) == pytest.approx([-0.13, -0.12, -0.11, 0.42])
    assert list(bar.text) == [
        "\N{MINUS SIGN}0.13",
        "\N{MINUS SIGN}0.12",
        "\N{MINUS SIGN}0.11",
        "+0.42",
    ]
    low, high = figure.layout.xaxis.range
    assert low <= -1
    assert high >= 1
    assert figure.layout.xaxis.zeroline is True


def test_the_chosen_class_is_marked_by_more_than_colour():
    figure = render_cosines(scores(pridemm().task("hate")), ("No Hate",))
    assert list(figure.data[0].marker.color) == [QUIET, ACCENT]
    hate, no_hate = figure.layout.yaxis.ticktext
    assert no_hate.startswith("<b>\N{BLACK CIRCLE} No hate</b>")
    assert hate == "Hate  "


def test_figures_are_transparent_for_the_dark_page():
    figure = render_cosines(scores(pridemm().task("hate")), ())
    assert figure.layout.paper_bgcolor == "rgba(0,0,0,0)"
    assert figure.layout.plot_bgcolor == "rgba(0,0,0,0)"


def test_a_cosine_that_is_no_number_draws_nothing_and_says_so():
    score = ClassScore(label="a", display="a", probability=0.5, cosine=math.nan)
    bar = render_cosines([score], ()).data[0]
    assert (list(bar.x), list(bar.text)) == ([0.0], ["n/a"])


def test_labels_of_a_users_own_task_file_are_not_markup():
    score = ClassScore(label="a", display=HOSTILE, probability=0.5, cosine=0.1)
    whole = json.dumps(render_cosines([score], ("a",)).to_plotly_json(), default=list)
    assert "<img" not in whole
    assert "&lt;img" in whole
