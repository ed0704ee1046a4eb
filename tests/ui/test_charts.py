"""The figures say with words and numbers what they say with colour."""

import json
import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from memeclip_core.records.dashboard import BINS, Bucket, TimeSpent
from memeclip_core.records.model import Metric
from memeclip_core.records.prediction import ClassScore
from memeclip_core.ui import charts
from memeclip_core.ui.charts import ACCENT, QUIET, render_cosines
from tests.factories.page_records import HOSTILE, model_info, pridemm, scores
from tests.factories.queues import KEY, REV, make_table
from tests.factories.reviews import BOTH, HATE, NONE, make_panel


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


START = datetime(2026, 3, 1, tzinfo=UTC)


def buckets(*counts, step=timedelta(days=1)):
    return [Bucket(start=START + n * step, decisions=count) for n, count in enumerate(counts)]


def words(figure):
    return [note.text for note in figure.layout.annotations]


@pytest.fixture
def board(tmp_path):
    panel = make_panel(tmp_path)
    panel.desk.predict(make_table([0.9] * 8))
    said = [(HATE, HATE), (BOTH, NONE), (NONE, NONE), (NONE, NONE)]
    for number, (first, second) in enumerate(said):
        panel.say("ann", number, first, shown=number < 3, seconds=3)
        panel.say("bob", number, second, shown=False)
    return panel.reviews.dashboard(REV, KEY)


def test_pace_begins_where_work_began():
    figure = charts.render_pace(buckets(*[0] * 40, *range(1, 21)), hours=False)
    assert list(figure.data[0].y) == list(range(1, 21))
    assert figure.layout.xaxis.ticktext[-1] == "Apr 29"
    young = charts.render_pace(buckets(*[0] * 58, 1, 2), hours=False)
    assert len(young.data[0].y) == 14


def test_hours_are_shown_all_and_named_in_utc():
    figure = charts.render_pace(buckets(1, 0, 5, step=timedelta(hours=1)), hours=True)
    assert list(figure.data[0].y) == [1, 0, 5]
    assert figure.data[0].customdata[2] == "2026-03-01 02:00 UTC"


def test_an_empty_chart_says_so():
    assert words(charts.render_pace(buckets(*[0] * 48), hours=True)) == [
        "no decision in the last 48 hours"
    ]
    nan = float("nan")
    times = TimeSpent(n=0, low=nan, median=nan, high=nan, bins=(0,) * len(BINS))
    assert words(charts.render_times(times)) == ["no times are known yet"]


def test_times_are_named_by_their_ends(board):
    figure = charts.render_times(board.seconds)
    names = list(figure.layout.xaxis.ticktext)
    assert (names[0], names[1], names[-1]) == ("0-2 s", "2-4 s", "over 120 s")
    assert figure.data[0].y[1] == 4


def test_labels_of_people_beside_the_models(board):
    hate = board.tasks[0]
    figure = charts.render_labels(hate)
    model, people = figure.data
    assert (model.name, people.name) == ("Model", "People")
    # The first label is drawn on top, so it comes last; of the second meme people say neither.
    assert list(people.x) == pytest.approx([1 / 3, 2 / 3])
    assert list(people.text) == ["33 %", "67 %"]
    assert list(model.x) == [1, 0]
    assert [name.strip() for name in figure.layout.yaxis.ticktext] == ["Yes", "No"]


def test_what_became_of_suggestions_adds_up(board):
    figure = charts.render_taken(board.tasks)
    shares = [list(bar.x) for bar in figure.data]
    assert [sum(parts) for parts in zip(*shares, strict=True)] == pytest.approx([1, 1])
    taken = {bar.name: list(bar.customdata) for bar in figure.data}
    assert taken == {"Taken over": [1, 2], "Changed": [2, 1], "Not shown": [5, 5]}


def test_agreement_leaves_out_what_is_undefined(board):
    figure = charts.render_agreeing(board.agreement)
    alpha, ac1 = figure.data
    assert (len(alpha.x), len(ac1.x)) == (2, 1)
    assert alpha.marker.symbol != ac1.marker.symbol
    assert figure.layout.xaxis.range[0] <= min(alpha.x)


def test_scores_over_versions():
    def metric(value):
        return Metric(name="accuracy", value=value, n=9, low=value - 0.1, high=value + 0.1)

    old = replace(model_info("one"), created=START, metrics={"hate": (metric(0.5),), "tone": ()})
    new = replace(
        model_info("two"),
        created=START + timedelta(days=1),
        metrics={"hate": (metric(0.6), metric(0.1)), "tone": (metric(0.7),)},
    )
    tasks = [("hate", "Hate"), ("tone", "Tone")]
    figure = charts.render_scores([new, old], tasks)
    assert charts.render_scores([new, old], [("other", "Other")]) is None
    hate, tone = figure.data
    assert (list(hate.y), list(tone.y)) == ([0.5, 0.6], [0.7])
    assert list(tone.x) == pytest.approx([1], abs=0.1)
    assert hate.line.dash != tone.line.dash
    assert list(figure.layout.xaxis.ticktext) == ["one", "two"]


def test_figures_are_transparent_and_take_no_markup(board):
    hate = replace(
        board.tasks[0],
        title=HOSTILE,
        labels=tuple(replace(one, display=HOSTILE) for one in board.tasks[0].labels),
    )
    for figure in (
        charts.render_labels(hate),
        charts.render_taken([hate]),
        charts.render_scores([model_info(HOSTILE)], [("hate", HOSTILE)]),
        charts.render_pace(buckets(1), hours=True),
        charts.render_times(board.seconds),
        charts.render_agreeing(board.agreement),
    ):
        assert figure.layout.paper_bgcolor == figure.layout.plot_bgcolor == "rgba(0,0,0,0)"
        assert "<img" not in json.dumps(figure.to_plotly_json(), default=str)


def test_a_figure_of_a_report_follows_the_pages_theme():
    from memeclip_core.experiments.reports.figures import draw_coverage

    figure = charts.adapt_figure(draw_coverage("t", {}).plot)
    assert figure.layout.paper_bgcolor == "rgba(0,0,0,0)"
    assert figure.layout.xaxis.title.text == "share left to the model"
    assert figure.layout.legend.orientation == "h"
