import math
from datetime import UTC, datetime, timedelta

import pytest

from memeclip_core.annotation.projects.predictions import EMPTY
from memeclip_core.annotation.review.dashboard import DAYS, HOURS, hide_others, report_dashboard
from memeclip_core.records.dashboard import BINS
from tests.factories.queues import KEY, START, make_table
from tests.factories.reviews import HATE, NONE, make_panel


@pytest.fixture
def panel(tmp_path):
    return make_panel(tmp_path)


def draw(panel, person="", models=(), blind=False):
    return report_dashboard(
        panel.project,
        panel.votes,
        panel.counts,
        panel.desk.predictions.current(KEY),
        models,
        None,
        person=person,
        blind=blind,
        now=datetime.fromtimestamp(panel.desk.clock.now, UTC),
    )


def test_progress_by_hand(panel):
    panel.say("ann", 0, HATE)
    panel.say("bob", 0, NONE)
    panel.say("ann", 1, HATE)
    panel.skip("bob", 2)
    panel.flag("bob", 3)
    panel.adjudicate(1)
    board = draw(panel)
    assert (board.memes, board.labelled, board.complete) == (8, 2, 2)
    assert (board.decisions, board.skipped, board.flagged, board.adjudicated) == (3, 1, 1, 1)
    # Two people for each of eight memes; two decisions, and one decided for all, are there.
    assert board.wanted == 12
    assert {one.name: (one.done, one.skipped, one.flagged) for one in board.people} == {
        "ann": (2, 0, 0),
        "bob": (1, 1, 1),
    }


def test_what_a_reviewer_decided_is_not_wanted_any_more(panel):
    for number in range(8):
        panel.adjudicate(number)
    assert draw(panel).wanted == 0


def test_an_annotators_numbers_tell_nothing_of_memes_that_are_still_open(panel):
    panel.desk.predict(make_table([0.9] * 8))
    panel.say("bob", 0, HATE, shown=True)
    panel.say("ann", 1, HATE)
    panel.say("bob", 1, NONE)
    for who in ("ann", "bob"):
        panel.say(who, 2, HATE, shown=True)
    panel.adjudicate(3, NONE)
    board = draw(panel, blind=True)
    (hate, _) = board.tasks
    assert {one.label: one.people for one in hate.labels} == {"yes": 1, "no": 1}
    assert hate.confirmed + hate.corrected + hate.unaided == 2
    assert sum(use.confirmed + use.corrected + use.unaided for use in board.uses) == 4
    # How far the project is, is no secret.
    assert (board.decisions, board.labelled) == (5, 3)
    (open_hate, _) = draw(panel).tasks
    assert {one.label: one.people for one in open_hate.labels} == {"yes": 2, "no": 1}


def test_more_people_than_wanted_do_not_finish_other_memes(panel):
    for who in ("ann", "bob", "cat"):
        panel.say(who, 0, HATE)
    assert draw(panel).wanted == 14


def test_pace_by_hour_and_day(panel):
    panel.say("ann", 0, HATE)
    panel.wait(hours=1)
    panel.say("ann", 1, HATE)
    panel.say("bob", 1, HATE)
    panel.wait(days=2)
    panel.say("bob", 2, HATE)
    board = draw(panel)
    assert (len(board.hours), len(board.days)) == (HOURS, DAYS)
    assert [bucket.decisions for bucket in board.days[-3:]] == [3, 0, 1]
    assert board.days[-1].start == datetime(2026, 3, 6, tzinfo=UTC)
    assert [bucket.decisions for bucket in board.hours[-1:]] == [1]
    # 49 hours ago the first one; 48 hours ago is out of sight by now.
    assert sum(bucket.decisions for bucket in board.hours) == 1
    # Four in seven days, and twelve to go.
    assert board.days_left == pytest.approx(12 / (4 / 7))
    assert board.people[0].today == 0
    assert board.people[1].today == 1


def test_without_a_pace_nobody_knows_how_long_it_takes(panel):
    board = draw(panel)
    assert math.isnan(board.days_left)
    assert (board.decisions, board.people, board.seconds.n) == (0, (), 0)
    assert math.isnan(board.seconds.median)


def test_times_per_meme(panel):
    for number, seconds in enumerate([1, 2, 3, 9, 500, None]):
        panel.say("ann", number, HATE, seconds=seconds)
    times = draw(panel).seconds
    assert (times.n, times.median) == (5, 3)
    assert (times.low, times.high) == (2, 9)
    assert sum(times.bins) == 5
    assert times.bins[0] == 2
    assert times.bins[-1] == 1
    assert times.bins[BINS.index(10)] == 1


def test_labels_are_those_that_count_beside_the_models(panel):
    panel.desk.predict(make_table([0.9, 0.9, 0.1, 0.9], numbers=range(4)))
    panel.say("ann", 0, HATE, shown=True)
    panel.say("bob", 0, NONE, shown=True)
    panel.adjudicate(0, HATE)
    panel.say("ann", 2, HATE, shown=True)
    panel.say("ann", 5, NONE)
    hate, tone = draw(panel).tasks
    assert (hate.memes, hate.compared) == (3, 2)
    assert {one.label: (one.people, one.model) for one in hate.labels} == {
        "no": (1, 1),
        "yes": (2, 1),
    }
    # By count: one as suggested, two changed, one without any suggestion.
    assert (hate.confirmed, hate.corrected, hate.unaided) == (1, 2, 0)
    assert {one.label: one.people for one in tone.labels} == {"irony": 2, "slur": 0}


def test_one_persons_part(panel):
    panel.desk.predict(make_table([0.9] * 8))
    panel.say("ann", 0, HATE, shown=True, seconds=5)
    panel.say("ann", 1, NONE, shown=True, seconds=7)
    panel.say("bob", 1, HATE, shown=False, seconds=50)
    panel.say("bob", 2, HATE, shown=False)
    board = draw(panel, "ann")
    assert (board.person, board.labelled, board.decisions, board.complete) == ("ann", 2, 2, 1)
    assert [one.name for one in board.people] == ["ann"]
    assert board.seconds.median == 6
    # Of two tasks each: tone was never as suggested here, hate once.
    assert board.people[0].taken == pytest.approx(2 / 4)
    assert [(u.version, u.confirmed, u.corrected, u.unaided) for u in board.uses] == [
        ("m1", 2, 2, 0)
    ]
    hate = board.tasks[0]
    assert {one.label: one.people for one in hate.labels} == {"no": 1, "yes": 1}
    nobody = draw(panel, "zoe")
    assert (nobody.decisions, nobody.labelled, nobody.people[0].last) == (0, 0, None)


def test_an_annotator_does_not_see_others(panel):
    panel.say("ann", 0, HATE)
    panel.say("bob", 1, HATE)
    board = hide_others(draw(panel), "ann")
    assert [one.name for one in board.people] == ["ann"]
    assert (board.decisions, board.agreement) == (2, None)


def test_last_seen(panel):
    panel.say("ann", 0, HATE)
    panel.wait(minutes=5)
    panel.say("ann", 1, HATE)
    assert draw(panel).people[0].last == START + timedelta(minutes=5)


def test_the_model_is_the_one_that_suggests_now(panel):
    assert draw(panel).model == EMPTY.model == ""
    panel.desk.predict(make_table([0.5] * 8, model="m7"))
    assert draw(panel).model == "m7"
