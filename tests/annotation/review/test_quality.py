import math

import numpy as np
import pytest

from memeclip_core.annotation.decisions.queries import append_rows
from memeclip_core.annotation.decisions.states import rebuild_project
from memeclip_core.annotation.projects.predictions import EMPTY
from memeclip_core.annotation.review import quality
from memeclip_core.annotation.review.quality import report_quality
from memeclip_core.annotation.review.votes import read_votes
from memeclip_core.database.engine import Database
from memeclip_core.evaluation.annotators import NO_MODEL, NOBODY
from tests.factories.logs import Log
from tests.factories.project_records import make_project
from tests.factories.queues import make_table, meme_id
from tests.factories.reviews import BOTH, HATE, NONE, make_panel
from tests.factories.workbench import shipped_tasks


def fill(panel, count=12):
    """Have ann and bob say the same, and cat the opposite of every other meme."""
    for number in range(count):
        right, wrong = (HATE, NONE) if number % 3 else (NONE, HATE)
        panel.say("ann", number, right)
        panel.say("bob", number, right)
        panel.say("cat", number, wrong if number % 2 else right)
    return panel


@pytest.fixture
def measure(tmp_path):
    """Report the quality of people who said this of the same memes, on the first task."""

    def report(tasks, said):
        project, log = make_project(tasks=tasks.key), Log()
        for name, answers in said.items():
            for number, answer in enumerate(answers):
                own = {tasks.tasks[0].key: answer}
                log.save(name, meme_id(number), project="cats", task_set=tasks.key, **own)
        with Database.of_home(tmp_path).write() as connection:
            append_rows(connection, log.rows)
            rebuild_project(connection, project)
            votes = read_votes(connection, project)
        return report_quality(project, votes, EMPTY).tasks[0]

    return report


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


def test_keys_pressed_at_random_are_worth_nothing_however_many_labels_there_are(measure):
    tasks = shipped_tasks("propaganda")
    (task,) = tasks.tasks
    generator = np.random.default_rng(0)
    names, size = task.names, 200
    truth = [tuple(names[i] for i in np.flatnonzero(generator.random(len(names)) < 0.1))
             for _ in range(size)]  # fmt: skip

    def slip(answer):
        return answer if generator.random() < 0.9 else answer[1:]

    honest = ("ann", "bob", "cat", "dan")
    said = {name: [slip(answer) for answer in truth] for name in honest} | {
        "random": [truth[i] for i in generator.permutation(size)],
        "none": [()] * size,
    }
    report = measure(tasks, said)
    people = {one.name: one for one in report.people}
    assert people["random"].with_consensus > 0.8  # which is what the fault was
    assert abs(people["random"].quality) < 0.1 and people["none"].quality == pytest.approx(0)
    assert min(people[name].quality for name in honest) > 0.5
    assert (report.always, report.usual) == (pytest.approx(0.9, abs=0.05), "")
    assert people["none"].with_consensus == pytest.approx(report.always)


def test_one_answer_to_everything_is_worth_nothing_where_it_is_frequent(tmp_path):
    panel = make_panel(tmp_path, 12)
    for number in range(12):
        panel.say("ann", number, HATE if number < 2 else NONE)
        panel.say("bob", number, HATE if number < 2 else NONE)
        panel.say("cat", number, NONE)
    hate = report_quality(panel.project, panel.votes, EMPTY).tasks[0]
    cat = next(one for one in hate.people if one.name == "cat")
    assert (cat.quality, cat.with_consensus) == (pytest.approx(0), pytest.approx(10 / 12))
    assert (hate.always, hate.usual) == (pytest.approx(10 / 12), "No")


def test_very_many_memes_are_sampled(tmp_path, monkeypatch):
    monkeypatch.setattr(quality, "MAX_MEMES", 5)
    panel = fill(make_panel(tmp_path, 13))
    panel.say("ann", 12, HATE)
    task = report_quality(panel.project, panel.votes, EMPTY).tasks[0]
    assert task.measured == 5
    assert {one.shared for one in task.people} == {5}
