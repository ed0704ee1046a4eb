import math

import pytest

from memeclip_core.evaluation.annotators import NO_MODEL, NOBODY
from memeclip_core.service.labelling import quality
from memeclip_core.service.labelling.quality import report_quality
from memeclip_core.stores.project_predictions import EMPTY
from tests.service.labelling.queues import make_table, meme_id
from tests.service.labelling.reviews import BOTH, HATE, NONE, make_panel


def fill(panel, count=12):
    """Have ann and bob say the same, and cat the opposite of every other meme."""
    for number in range(count):
        right, wrong = (HATE, NONE) if number % 3 else (NONE, HATE)
        panel.say("ann", number, right)
        panel.say("bob", number, right)
        panel.say("cat", number, wrong if number % 2 else right)
    return panel


@pytest.mark.parametrize("with_model", [True, False])
def test_who_is_apart_comes_first(tmp_path, with_model):
    panel = fill(make_panel(tmp_path, 12))
    table = make_table([0.8 if n % 3 else 0.2 for n in range(12)]) if with_model else EMPTY
    report = report_quality(panel.project, panel.votes, table)
    hate, tone = report.tasks
    assert (hate.method, report.model) == (("crowdlab", "m1") if with_model else ("others", ""))
    assert hate.why == ("" if with_model else NO_MODEL)
    for task in (hate, tone):
        assert task.people[0].name == "cat"
        assert task.people[0].quality < task.people[1].quality
        assert (task.people[0].labelled, task.people[0].shared) == (12, 12)
    assert hate.people[0].with_consensus == pytest.approx(0.5)
    assert tone.people[0].worst == "Irony"
    assert tone.people[1].worst == ""
    assert hate.measured == 12


def test_the_least_certain_memes_come_first(tmp_path):
    panel = fill(make_panel(tmp_path, 12))
    panel.say("cat", 1, BOTH)
    report = report_quality(panel.project, panel.votes, EMPTY)
    unsure = report.tasks[0].unsure
    assert [one.certainty for one in unsure] == sorted(one.certainty for one in unsure)
    # Of the odd memes, cat agrees with the others about the second one only.
    expected = {meme_id(n) for n in range(3, 12, 2)}
    assert {one.meme for one in unsure} == expected
    assert {one.labels for one in unsure} == {("yes",), ("no",)}


def test_nobody_can_be_compared_yet(tmp_path):
    panel = make_panel(tmp_path)
    for task in report_quality(panel.project, panel.votes, EMPTY).tasks:
        assert (task.method, task.why, task.people, task.unsure) == ("none", NOBODY, (), ())
    panel.say("ann", 0, HATE)
    task = report_quality(panel.project, panel.votes, EMPTY).tasks[0]
    assert (task.method, math.isnan(task.people[0].quality)) == ("none", True)
    assert task.people[0].reason


def test_very_many_memes_are_sampled(tmp_path, monkeypatch):
    monkeypatch.setattr(quality, "MAX_MEMES", 5)
    panel = fill(make_panel(tmp_path, 13))
    panel.say("ann", 12, HATE)
    task = report_quality(panel.project, panel.votes, EMPTY).tasks[0]
    assert task.measured == 5
    assert {one.shared for one in task.people} == {5}
