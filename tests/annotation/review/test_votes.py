import random
from dataclasses import replace

import numpy as np
import pytest

from memeclip_core.annotation.review.votes import (
    CONFIRMED,
    UNAIDED,
    known_answer,
    number_answers,
    tabulate,
)
from tests.factories.queues import START, TASKS, make_table, meme_id, rename_labels
from tests.factories.reviews import BOTH, HATE, NONE, make_panel

HATE_TASK, TONE_TASK = TASKS.tasks


@pytest.fixture
def voted(tmp_path):
    panel = make_panel(tmp_path)
    panel.desk.predict(make_table([0.9] * 8))
    panel.say("ann", 0, HATE, shown=True)
    panel.say("bob", 0, BOTH, shown=True)
    panel.say("ann", 1, NONE, shown=False)
    panel.say("bob", 2, HATE)
    return panel


def test_a_table_of_memes_and_people(voted):
    votes = voted.votes
    asked = tabulate(votes, HATE_TASK)
    assert [votes.memes[row] for row in asked.rows] == [meme_id(0), meme_id(1), meme_id(2)]
    assert asked.answers.given.tolist() == [[True, True], [True, False], [False, True]]
    # Ids are the task's own: no is 0, yes is 1.
    assert asked.answers.values[asked.answers.given].tolist() == [1, 1, 0, 1]
    assert asked.answers.width == 2


def test_sets_are_numbered_with_their_members(voted):
    asked = tabulate(voted.votes, TONE_TASK)
    first, second = asked.answers.values[0]
    assert asked.sets[first].tolist() == [True, False]
    assert asked.sets[second].tolist() == [True, True]
    assert asked.sets[asked.answers.values[1, 0]].tolist() == [False, False]


def test_some_decisions_only(voted):
    votes = voted.votes
    part = votes.tasks["hate"]
    shown = tabulate(votes, HATE_TASK, part.aided)
    assert [votes.memes[row] for row in shown.rows] == [meme_id(0)]
    hidden = tabulate(votes, HATE_TASK, part.unaided)
    assert [votes.memes[row] for row in hidden.rows] == [meme_id(1)]


def test_nobody_has_said_anything(tmp_path):
    votes = make_panel(tmp_path).votes
    assert (len(votes.meme), votes.people, votes.memes) == (0, (), ())
    asked = tabulate(votes, TONE_TASK)
    assert asked.answers.given.shape == (0, 1)


def test_an_answer_is_known_in_the_tasks_order_or_not_at_all():
    assert known_answer(TONE_TASK, ("slur", "irony")) == ("irony", "slur")
    assert known_answer(TONE_TASK, ()) == ()
    assert known_answer(TONE_TASK, ("sarcasm",)) is None
    assert known_answer(HATE_TASK, ("no", "yes")) is None
    assert known_answer(HATE_TASK, None) is None


def test_ids_of_answers():
    ids, sets = number_answers(HATE_TASK, (None, ("yes",), ("no",)))
    assert (ids.tolist(), sets.tolist()) == ([0, 1, 0], [[True, False], [False, True]])
    ids, sets = number_answers(TONE_TASK, (None, ("slur",), ()))
    assert ids.tolist() == [0, 1, 2]
    assert sets.tolist() == [[False, False], [False, True], [False, False]]


@pytest.fixture
def panel(tmp_path):
    return make_panel(tmp_path)


def said(votes):
    """Return every decision in words: who, which meme, what of hate, what of tone."""
    found = set()
    for i in range(len(votes.meme)):
        answers = [task.answers[task.given[i]] for task in votes.tasks.values()]
        found.add((votes.people[votes.person[i]], votes.memes[votes.meme[i]], *answers))
    return found


def test_decisions_become_columns(panel):
    panel.desk.predict(make_table([0.9] * 8))
    panel.say("ann", 0, HATE, shown=True, seconds=4)
    panel.wait(minutes=1)
    panel.say("bob", 0, NONE, shown=False)
    votes = panel.votes
    assert votes.people == ("ann", "bob")
    assert votes.memes == (meme_id(0),)
    assert said(votes) == {
        ("ann", meme_id(0), ("yes",), ("irony",)),
        ("bob", meme_id(0), ("no",), ()),
    }
    assert votes.time.tolist() == [START.timestamp(), START.timestamp() + 60]
    assert votes.seconds[0] == 4
    assert np.isnan(votes.seconds[1])
    assert votes.tasks["hate"].verdicts.tolist() == [CONFIRMED, UNAIDED]
    assert [votes.models[i] for i in votes.model] == ["m1", "m1"]
    assert votes.complete.tolist() == [True]
    assert votes.decided.tolist() == [2]


def test_what_does_not_count_is_left_out(panel):
    panel.say("ann", 0, HATE)
    panel.say("bob", 0, NONE)
    panel.skip("bob", 0)
    panel.say("ann", 1, NONE)
    panel.send_back(1, "ann")
    assert said(panel.votes) == {("ann", meme_id(0), ("yes",), ("irony",))}
    assert panel.votes.complete.tolist() == [False, False]


def test_an_adjudication_completes_a_meme_and_is_nobodys_vote(panel):
    panel.say("ann", 0, HATE)
    panel.adjudicate(0, NONE)
    votes = panel.votes
    assert said(votes) == {("ann", meme_id(0), ("yes",), ("irony",))}
    assert (votes.adjudicated.tolist(), votes.complete.tolist()) == ([True], [True])
    hate = votes.tasks["hate"]
    assert hate.answers[hate.resolved[0]] == ("no",)


def test_following_the_log_is_as_counting_anew(panel):
    draw, followed = random.Random(0), None
    for _ in range(120):
        who, number = draw.choice(["ann", "bob", "cat"]), draw.randrange(8)
        act = draw.random()
        if act < 0.7:
            panel.say(who, number, draw.choice([HATE, NONE, BOTH]))
        elif act < 0.8:
            panel.skip(who, number)
        elif act < 0.9:
            panel.adjudicate(number, draw.choice([HATE, NONE]))
        elif panel.can_undo(who):
            panel.undo(who)
        followed, anew = panel.follow(followed), panel.votes
        assert said(followed) == said(anew)
        decided = dict(zip(followed.memes, followed.decided.tolist(), strict=True))
        expected = dict(zip(anew.memes, anew.decided.tolist(), strict=True))
        assert decided == expected
        for key in ("hate", "tone"):
            one, other = followed.tasks[key], anew.tasks[key]
            answers = [one.answers[i] for i in one.resolved]
            now = dict(zip(followed.memes, answers, strict=True))
            answers = [other.answers[i] for i in other.resolved]
            assert now == dict(zip(anew.memes, answers, strict=True))


def test_nothing_new_gives_the_same_object(panel):
    panel.say("ann", 0, HATE)
    first = panel.votes
    assert panel.follow(first) is first
    panel.say("ann", 1, HATE)
    assert panel.follow(first) is not first
    # What was handed out before does not change.
    assert said(first) == {("ann", meme_id(0), ("yes",), ("irony",))}


def test_labels_read_as_the_label_set_says_now(panel):
    panel.say("ann", 0, BOTH)
    before = panel.votes
    rename_labels(panel.desk)
    assert said(panel.follow(before)) == {("ann", meme_id(0), ("hateful",), None)}


def test_another_overlap_is_another_completeness(panel):
    panel.say("ann", 0, HATE)
    before = panel.votes
    assert before.complete.tolist() == [False]
    panel.desk.store.write(replace(panel.project, overlap=1))
    assert panel.follow(before).complete.tolist() == [True]
