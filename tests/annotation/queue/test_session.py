import pytest

from memeclip_core.errors import InputError, NotFound
from tests.factories.queues import (
    ANN,
    KEY,
    NO,
    YES,
    make_desk,
    make_meme,
    make_project,
    make_table,
    meme_id,
)


@pytest.fixture
def desk(tmp_path, database):
    return make_project(make_desk(tmp_path, database=database), 3)


def test_a_session_is_a_project_as_it_is_now(desk):
    desk.predict(make_table([0.1, 0.5, 0.9]))
    with desk.sessions.reading(KEY, None) as session:
        assert (session.project.key, session.model, session.progress("ann").total) == (KEY, "m1", 3)
    desk.save(ANN, 0)
    desk.store.add(KEY, [make_meme(9)])
    with desk.sessions.giving(KEY, ANN) as session:
        progress = session.progress("ann")
        assert (progress.total, progress.done, progress.pending) == (4, 1, 3)
        assert list(session.memes([meme_id(9), meme_id(4)])) == [meme_id(9)]


def test_what_there_is_not_is_said(desk):
    with pytest.raises(NotFound, match="no project 'dogs'"), desk.sessions.reading("dogs", None):
        pass
    with (
        pytest.raises(InputError, match="predictions of: none"),
        desk.sessions.reading(KEY, None, "m9"),
    ):
        pass
    with desk.sessions.reading(KEY, None) as session:
        assert (session.model, session.suggestions([meme_id(0)])) == ("", {meme_id(0): {}})
        with pytest.raises(NotFound, match="has no meme"):
            session.meme("f" * 64)


def test_suggestions_are_the_current_models_or_anothers(desk):
    desk.predictions.write(KEY, make_table([0.1] * 3, model="m2"))
    desk.predict(make_table([0.9] * 3))
    with desk.sessions.reading(KEY, None) as session:
        own = session.suggestions([meme_id(0)])[meme_id(0)]
        other = session.suggestions([meme_id(0)], "m2")[meme_id(0)]
        gone = session.suggestions([meme_id(0)], "no/model")[meme_id(0)]
    assert own["hate"].labels == gone["hate"].labels == ("yes",)
    assert other["hate"].labels == ("no",)


def test_saves_that_can_be_taken_back_come_last_first(desk):
    desk.save(ANN, 0, YES)
    desk.save(ANN, 1, NO)
    desk.save(ANN, 2, NO)
    desk.queue.undo(ANN, KEY)
    with desk.sessions.reading(KEY, None) as session:
        saves = session.last_saves("ann", 5)
        assert [(save.meme, save.labels) for save in saves] == [(meme_id(1), NO), (meme_id(0), YES)]
        assert len(session.last_saves("ann", 1)) == 1
        assert session.last_saves("bob", 5) == ()
