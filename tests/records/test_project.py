"""Projects: their rules, shares that never change, and labels read under a newer label set."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from memeclip_core.errors import ConfigError
from memeclip_core.records.project import (
    Migration,
    Project,
    Suggestion,
    pick_project,
    translate_labels,
)
from memeclip_core.tasks import Label, Task, TaskSet

NOW = datetime(2026, 1, 2, tzinfo=UTC)
MEMES = [f"{number:064x}" for number in range(2000)]


def make_task(key, *names):
    labels = tuple(Label(name=name, display=name, prompt=name, value=name) for name in names)
    return Task(key=key, title=key, kind="multiclass", labels=labels, column=key)


@pytest.fixture
def project():
    tasks = TaskSet(
        key="moods",
        title="Moods",
        tasks=(make_task("mood", "glad", "sad"), make_task("loud", "no", "yes")),
    )
    return Project(key="moods", title="Moods", tasks=tasks, created=NOW, by="ann")


def test_every_fault_is_named_at_once(project):
    with pytest.raises(ConfigError) as caught:
        replace(project, overlap=0, hidden_share=1.5, lease_minutes=0, retrain_every=-1)
    for word in (
        "overlap is 0",
        "hidden_share is 1.5",
        "lease_minutes is 0",
        "retrain_every is -1",
    ):
        assert word in str(caught.value)


def test_the_hidden_share_is_about_what_was_asked(project):
    hidden = sum(replace(project, hidden_share=0.25).hides(meme) for meme in MEMES)
    assert 420 < hidden < 580


def test_no_share_hides_nothing_and_a_whole_one_everything(project):
    assert not any(replace(project, hidden_share=0.0).hides(meme) for meme in MEMES)
    assert all(replace(project, hidden_share=1.0).hides(meme) for meme in MEMES)


def test_a_larger_share_hides_what_a_smaller_one_did(project):
    small, large = replace(project, hidden_share=0.1), replace(project, hidden_share=0.3)
    assert all(large.hides(meme) for meme in MEMES if small.hides(meme))


def test_overlap_and_hiding_are_drawn_apart(project):
    both = replace(project, overlap=2, overlap_share=0.5, hidden_share=0.5)
    together = sum(both.wanted(meme) == 2 and both.hides(meme) for meme in MEMES)
    assert 420 < together < 580


def test_labels_follow_every_migration_since_their_version(project):
    steps = (
        Migration(version=2, tasks={"mood": {"happy": "glad"}}, time=NOW, by="ann"),
        Migration(version=3, tasks={"mood": {"odd": None}}, time=NOW, by="ann"),
    )
    project = replace(project, version=3, migrations=steps)
    assert project.migrate({"mood": ("happy",), "loud": ("no",)}, 1) == {
        "mood": ("glad",),
        "loud": ("no",),
    }
    assert project.migrate({"mood": ("odd",), "loud": ("no",)}, 2) == {"loud": ("no",)}
    assert project.migrate({"mood": ("sad",)}, 2) == {"mood": ("sad",)}


def test_labels_that_make_no_sense_now_are_left_out(project):
    assert project.migrate({"mood": ("happy",), "loud": ("no",)}, 1) == {"loud": ("no",)}
    assert project.migrate({"mood": ("glad", "sad"), "loud": ()}, 1) == {}


def test_labels_that_become_one_are_named_once(project):
    step = Migration(version=2, tasks={"mood": {"a": "glad", "b": "glad"}}, time=NOW, by="ann")
    project = replace(project, version=2, migrations=(step,))
    assert project.migrate({"mood": ("a", "b")}, 1) == {"mood": ("glad",)}


def test_a_task_that_is_gone_leaves_no_label(project):
    assert project.migrate({"gone": ("x",), "loud": ("yes",)}, 1) == {"loud": ("yes",)}


def test_a_suggestion_s_probability_is_that_of_its_label():
    single = Suggestion(labels=("sad",), probabilities={"glad": 0.3, "sad": 0.7}, model="m")
    none = Suggestion(labels=(), probabilities={"a": 0.2, "b": 0.4}, model="m")
    assert (single.probability, none.probability) == (0.7, 0.4)


def test_the_newest_open_project_is_picked_unless_one_is_asked_for(project):
    old, new = project, replace(project, key="new")
    closed = replace(project, key="closed", closed=True)
    assert pick_project((), "old") is None
    assert pick_project((old, new, closed), None) == new
    assert pick_project((old, new, closed), "closed") == closed
    assert pick_project((closed,), "gone") == closed


@pytest.mark.parametrize(
    ("labels", "version", "read", "unknown"),
    [
        ({"mood": ["glad"]}, 1, {"mood": ("glad",)}, False),
        ({"mood": ["merry"]}, 3, {"mood": ("glad",)}, False),
        ({"mood": ["happy"]}, 2, {"mood": ("glad",)}, False),
        ({"mood": ["low"]}, 3, {}, True),
        ({"mood": ["sad"]}, 1, {"mood": ("sad",)}, False),
        ({"loud": ["yes"]}, 1, {}, True),
        ({"loud": ["no"], "new": ["x"]}, 3, {"loud": ("no",)}, True),
        ({"mood": ["glad", "sad"]}, 1, {}, True),
    ],
)
def test_labels_are_read_through_later_and_earlier_names(project, labels, version, read, unknown):
    steps = (
        Migration(version=2, tasks={"mood": {"glad": "happy"}}, time=NOW, by="ann"),
        Migration(
            version=3,
            tasks={
                "mood": {"happy": "merry", "sad": "low", "blue": "low"},
                "loud": {"yes": None},
            },
            time=NOW,
            by="ann",
        ),
    )
    found = translate_labels(labels, version, steps, project.tasks)
    assert (found.labels, found.unknown) == (read, unknown)


def test_one_unknown_label_costs_that_label_not_the_vote(project):
    many = replace(make_task("tags", "x", "y"), kind="multilabel")
    tasks = TaskSet(key="moods", title="Moods", tasks=(many,))
    found = translate_labels({"tags": ["z", "y"]}, 1, (), tasks)
    assert (found.labels, found.unknown) == ({"tags": ("y",)}, True)
    assert translate_labels({"tags": ["z"]}, 1, (), tasks).labels == {}
    assert translate_labels({"tags": []}, 1, (), tasks).labels == {"tags": ()}


@pytest.mark.parametrize(
    ("names", "version", "read", "unknown"),
    [
        (["x", "gone"], 1, {}, True),
        (["x", "both"], 2, {}, True),
        (["x", "fresh"], 2, {"tags": ("x",)}, True),
        (["x", "a"], 1, {"tags": ("x", "a")}, False),
        (["x"], 2, {"tags": ("x",)}, False),
    ],
)
def test_an_answer_of_several_labels_never_denies_one_that_was_given(names, version, read, unknown):
    many = replace(make_task("tags", "x", "a", "b", "gone"), kind="multilabel")
    moved = {"tags": {"a": "both", "b": "both", "gone": None}}
    steps = (Migration(version=2, tasks=moved, time=NOW, by="ann"),)
    tasks = TaskSet(key="moods", title="Moods", tasks=(many,))
    found = translate_labels({"tags": names}, version, steps, tasks)
    assert (found.labels, found.unknown) == (read, unknown)
