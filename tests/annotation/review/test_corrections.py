"""One answer put right on many memes: what is told before, what is written, what undo restores."""

import pytest

from memeclip_core.access.people import People
from memeclip_core.annotation.decisions.queries import last_number
from memeclip_core.annotation.review.corrections import UNANSWERED, UNDECIDED, BulkCorrector
from memeclip_core.errors import InputError, LabelError
from tests.factories.queues import (
    ANN,
    BOB,
    KEY,
    REV,
    make_desk,
    make_meme,
    make_project,
    make_table,
    meme_id,
    new_save,
)

NO, YES = ("no",), ("yes",)
IRONY = ("irony",)
SAVE = "correct-0001"


@pytest.fixture
def desk(tmp_path, database):
    desk = make_desk(tmp_path, database=database)
    memes = [make_meme(number) for number in range(7)]
    memes[6] = make_meme(6, given={"hate": YES, "tone": IRONY})
    make_project(desk, memes=memes, overlap=2)
    desk.predict(make_table([0.9] * 7, tone=[[0.9, 0.1]] * 7))
    return desk


@pytest.fixture
def bulk(desk):
    return BulkCorrector(
        sessions=desk.sessions,
        corrector=desk.corrector,
        people=People(loopback=True, space=False),
        on_saved=lambda project: desk.saved.append(project.key),
    )


def say(desk, who, number, hate, tone=()):
    labels = {"hate": hate, "tone": tone}
    desk.queue.save(who, KEY, save=new_save(), meme=meme_id(number), labels=labels, version=1)


def ids(*numbers):
    return [meme_id(number) for number in numbers]


def states(desk):
    """Return what is decided of every meme, for everybody and for all."""
    with desk.sessions.reading(KEY, None) as session:
        histories = session.histories(ids(*range(7)))
    found = {}
    for meme, history in histories.items():
        final = history.adjudicated
        found[meme] = (
            {one.annotator: one.labels for one in history.decisions},
            None if final is None else final.labels,
        )
    return found


def test_the_others_answers_are_kept(desk, bulk):
    say(desk, ANN, 0, NO, IRONY)
    bulk.correct(ANN, KEY, ids(0), "hate", YES, save=SAVE)
    assert states(desk)[meme_id(0)] == ({"ann": {"hate": YES, "tone": IRONY}}, None)


def test_a_reviewer_decides_for_all_what_others_have_decided(desk, bulk):
    say(desk, ANN, 0, NO)
    say(desk, BOB, 0, NO)
    say(desk, REV, 1, NO)
    done = bulk.correct(REV, KEY, ids(0, 1), "hate", YES, save=SAVE)
    assert set(done.memes) == set(ids(0, 1))
    people, final = states(desk)[meme_id(0)]
    assert people["ann"]["hate"] == NO and final["hate"] == YES
    assert states(desk)[meme_id(1)] == ({"rev": {"hate": YES, "tone": ()}}, None)


def test_where_people_are_even_on_another_task_somebody_has_to_decide_that_first(desk, bulk):
    say(desk, ANN, 0, NO)
    say(desk, BOB, 0, NO, IRONY)
    assert bulk.preview(REV, KEY, ids(0), "hate", YES).refused == {UNDECIDED: 1}


def test_an_annotator_changes_own_decisions_alone(desk, bulk):
    say(desk, ANN, 0, NO)
    say(desk, BOB, 0, NO)
    say(desk, BOB, 1, NO)
    say(desk, REV, 1, NO)
    done = bulk.correct(ANN, KEY, ids(0, 1), "hate", YES, save=SAVE)
    assert done.memes == (meme_id(0),)
    assert "as many as it needs" in done.refused[meme_id(1)]
    assert states(desk)[meme_id(0)] == (
        {"ann": {"hate": YES, "tone": ()}, "bob": {"hate": NO, "tone": ()}}, None,
    )  # fmt: skip


def test_what_nobody_has_decided_takes_the_models_other_answers_if_that_is_meant(desk, bulk):
    with pytest.raises(InputError, match="no answer that counts"):
        bulk.correct(ANN, KEY, ids(0), "hate", NO, save=SAVE)
    look = bulk.preview(ANN, KEY, ids(0), "hate", NO)
    assert (look.changed, look.refused) == (0, {UNDECIDED: 1})
    look = bulk.preview(ANN, KEY, ids(0), "hate", NO, fill=True)
    assert (look.changed, look.filled, look.refused) == (1, 1, {})
    bulk.correct(ANN, KEY, ids(0), "hate", NO, save=SAVE, fill=True)
    assert states(desk)[meme_id(0)] == ({"ann": {"hate": NO, "tone": IRONY}}, None)


def test_hidden_answers_of_a_model_fill_nothing(tmp_path):
    desk = make_project(make_desk(tmp_path), 2, hidden_share=1.0)
    desk.predict(make_table([0.9] * 2, tone=[[0.9, 0.1]] * 2))
    bulk = BulkCorrector(
        sessions=desk.sessions, corrector=desk.corrector,
        people=People(loopback=True, space=False), on_saved=desk.saved.append,
    )  # fmt: skip
    # Whoever takes the model's answers already is not told to take them.
    assert bulk.preview(ANN, KEY, ids(0), "hate", NO, fill=True).refused == {UNANSWERED: 1}


def test_a_reviewer_begins_with_what_the_import_brought_along(desk, bulk):
    assert bulk.preview(REV, KEY, ids(6), "hate", YES).same == 1
    assert bulk.preview(ANN, KEY, ids(6), "hate", NO).refused == {UNDECIDED: 1}
    bulk.correct(REV, KEY, ids(6), "hate", NO, save=SAVE)
    assert states(desk)[meme_id(6)][0] == {"rev": {"hate": NO, "tone": IRONY}}


def test_the_preview_says_what_is_done_then(desk, bulk):
    say(desk, ANN, 0, NO)
    say(desk, ANN, 1, YES)
    say(desk, ANN, 2, NO, IRONY)
    before = states(desk)
    look = bulk.preview(ANN, KEY, ids(0, 1, 2, 3), "hate", YES)
    assert [(one.old, one.new, one.memes) for one in look.changes] == [(NO, YES, 2)]
    assert (look.changed, look.same, look.refused) == (2, 1, {UNDECIDED: 1})
    assert states(desk) == before
    done = bulk.correct(ANN, KEY, ids(0, 1, 2, 3), "hate", YES, save=SAVE)
    assert set(done.memes) == set(ids(0, 2)) and set(done.refused) == set(ids(3))
    assert desk.saved[-1] == KEY


def test_undo_restores_every_decision(desk, bulk):
    say(desk, ANN, 0, NO, IRONY)
    say(desk, BOB, 0, NO)
    say(desk, ANN, 1, YES)
    say(desk, REV, 2, NO)
    before = states(desk)
    done = bulk.correct(REV, KEY, ids(0, 1, 2, 3, 6), "hate", ("no",), save=SAVE, fill=True)
    assert len(done.memes) == 3 and states(desk) != before
    back = bulk.undo(REV, KEY, SAVE)
    assert set(back.memes) == set(done.memes)
    assert states(desk) == before


def test_the_queues_undo_takes_all_of_it_back_too(desk, bulk):
    say(desk, ANN, 0, NO)
    say(desk, ANN, 1, NO)
    before = states(desk)
    bulk.correct(ANN, KEY, ids(0, 1), "hate", YES, save=SAVE)
    assert set(desk.queue.undo(ANN, KEY).memes) == set(ids(0, 1))
    assert states(desk) == before


def test_undo_leaves_what_was_decided_since(desk, bulk):
    say(desk, ANN, 0, NO)
    say(desk, ANN, 1, NO)
    bulk.correct(ANN, KEY, ids(0, 1), "hate", YES, save=SAVE)
    say(desk, ANN, 1, YES, IRONY)
    bulk.undo(ANN, KEY, SAVE)
    found = states(desk)
    assert found[meme_id(0)][0] == {"ann": {"hate": NO, "tone": ()}}
    assert found[meme_id(1)][0] == {"ann": {"hate": YES, "tone": IRONY}}


def test_the_same_press_twice_counts_once(desk, bulk):
    say(desk, ANN, 0, NO)
    first = bulk.correct(ANN, KEY, ids(0), "hate", YES, save=SAVE)
    before = states(desk)
    with desk.database.read() as connection:
        number = last_number(connection)
    again = bulk.correct(ANN, KEY, ids(0), "hate", YES, save=SAVE)
    assert first.memes == again.memes == (meme_id(0),)
    with desk.database.read() as connection:
        assert last_number(connection) == number
    assert states(desk) == before


def test_nobody_takes_back_somebody_elses(desk, bulk):
    say(desk, ANN, 0, NO)
    bulk.correct(ANN, KEY, ids(0), "hate", YES, save=SAVE)
    with pytest.raises(InputError, match="no save"):
        bulk.undo(BOB, KEY, SAVE)
    with pytest.raises(InputError, match="no correction 'other-0001'"):
        bulk.undo(ANN, KEY, "other-0001")


def test_what_cannot_be_is_said(desk, bulk):
    with pytest.raises(InputError, match="allowed are 1 to 2,000"):
        bulk.preview(ANN, KEY, [], "hate", YES)
    with pytest.raises(LabelError):
        bulk.preview(ANN, KEY, ids(0), "hate", ("maybe",))
    with pytest.raises(LabelError):
        bulk.correct(ANN, KEY, ids(0), "mood", YES, save=SAVE)
    look = bulk.preview(ANN, KEY, ["f" * 64], "hate", YES)
    assert list(look.refused) == [f"The project '{KEY}' has no such meme."]
