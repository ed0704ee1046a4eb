"""The rows of what models say; see also ``test_predictions``."""

from __future__ import annotations

from memeclip_core.annotation.projects import suggestions
from memeclip_core.records.prediction import BROUGHT_IN
from tests.factories.queues import KEY, make_desk, make_project, make_table, meme_id


def test_what_is_forgotten_is_missing_but_not_what_was_brought_in(tmp_path, database):
    desk = make_project(make_desk(tmp_path / "home", database=database), 3)
    desk.predict(make_table([0.1, 0.2, 0.3]))
    desk.predictions.bring_in(KEY, [make_table([0.9, 0.9, 0.9], model=f"gpt{BROUGHT_IN}")], "m1")
    assert len(desk.predictions.read(KEY, "m1")) == 3
    with desk.store.changing(KEY) as connection:
        suggestions.forget_memes(connection, KEY, [meme_id(1)])
    assert desk.predictions.missing(desk.store.read(KEY), "m1") == (meme_id(1),)
    assert desk.predictions.read(KEY, "m1").ids == tuple(sorted([meme_id(0), meme_id(2)]))
    assert len(desk.predictions.read(KEY, f"gpt{BROUGHT_IN}")) == 3
