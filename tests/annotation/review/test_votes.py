import pytest

from memeclip_core.annotation.review.votes import known_answer, number_answers, tabulate
from tests.factories.queues import TASKS, make_table, meme_id
from tests.factories.reviews import BOTH, HATE, NONE, make_panel

HATE_TASK, TONE_TASK = TASKS.tasks


@pytest.fixture
def panel(tmp_path):
    panel = make_panel(tmp_path)
    panel.desk.predict(make_table([0.9] * 8))
    panel.say("ann", 0, HATE, shown=True)
    panel.say("bob", 0, BOTH, shown=True)
    panel.say("ann", 1, NONE, shown=False)
    panel.say("bob", 2, HATE)
    return panel


def test_a_table_of_memes_and_people(panel):
    votes = panel.votes
    asked = tabulate(votes, HATE_TASK)
    assert [votes.memes[row] for row in asked.rows] == [meme_id(0), meme_id(1), meme_id(2)]
    assert asked.answers.given.tolist() == [[True, True], [True, False], [False, True]]
    # Ids are the task's own: no is 0, yes is 1.
    assert asked.answers.values[asked.answers.given].tolist() == [1, 1, 0, 1]
    assert asked.answers.width == 2


def test_sets_are_numbered_with_their_members(panel):
    asked = tabulate(panel.votes, TONE_TASK)
    first, second = asked.answers.values[0]
    assert asked.sets[first].tolist() == [True, False]
    assert asked.sets[second].tolist() == [True, True]
    assert asked.sets[asked.answers.values[1, 0]].tolist() == [False, False]


def test_some_decisions_only(panel):
    votes = panel.votes
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
