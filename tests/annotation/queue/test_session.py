import numpy as np
import pytest

from memeclip_core.annotation.queue.ranking import Ranking
from memeclip_core.annotation.queue.session import pick
from memeclip_core.errors import InputError
from memeclip_core.records.queue import QueueFilter
from tests.factories.project_records import damage_project
from tests.factories.queues import ANN, KEY, make_desk, make_meme, make_project, make_table, meme_id


@pytest.fixture
def desk(tmp_path):
    return make_project(make_desk(tmp_path), 3)


def test_a_bench_is_a_project_as_it_is_now(desk):
    desk.predict(make_table([0.1, 0.5, 0.9]))
    session = desk.sessions.open(KEY)
    assert (len(session.index), session.states.size, session.table.model) == (3, 3, "m1")
    desk.save(ANN, 0)
    desk.store.add(KEY, [make_meme(9)])
    again = desk.sessions.open(KEY)
    assert again.states is session.states
    assert (again.states.size, again.states.decided.tolist()) == (4, [1, 0, 0, 0])


def test_what_there_is_not_is_said(desk):
    with pytest.raises(InputError, match="no project 'dogs'"):
        desk.sessions.open("dogs")
    with pytest.raises(InputError, match="predictions of: none"):
        desk.sessions.open(KEY, "m9")
    with pytest.raises(InputError, match="has no meme"):
        desk.sessions.open(KEY).meme("f" * 64)
    assert desk.sessions.find_table(KEY, "no/model") is None


def test_suggestions_are_the_current_models_or_anothers(desk):
    desk.predictions.write(KEY, make_table([0.1] * 3, model="m2"))
    desk.predict(make_table([0.9] * 3))
    session = desk.sessions.open(KEY)
    other = desk.sessions.find_table(KEY, "m2")
    assert session.suggestions(meme_id(0))["hate"].labels == ("yes",)
    assert session.suggestions(meme_id(0), other)["hate"].labels == ("no",)


def test_disagreement_uses_the_other_models_predictions(desk):
    desk.predictions.write(KEY, make_table([0.9, 0.1, 0.9], model="m2"))
    desk.predict(make_table([0.9, 0.9, 0.9]))
    ranking = desk.sessions.ranking(desk.sessions.open(KEY), "disagreement")
    assert (ranking.order, ranking.places[0]) == ("disagreement", 1)


def test_an_order_follows_new_predictions(desk):
    desk.predict(make_table([0.9, 0.5, 0.1], tone=np.zeros((3, 2))))
    assert desk.sessions.ranking(desk.sessions.open(KEY), "margin").places[0] == 1
    desk.predict(make_table([0.5, 0.9, 0.1], tone=np.zeros((3, 2)), model="m2"))
    assert desk.sessions.ranking(desk.sessions.open(KEY), "margin").places[0] == 0


def test_warming_up_opens_every_project_and_survives_a_broken_one(desk, caplog):
    make_project(desk, 2, key="dogs")
    damage_project(desk.database, "dogs")
    desk.sessions.warm_up().join()
    assert desk.sessions._tables.keys() == {KEY}
    assert "dogs" in caplog.text


def test_picking_goes_by_the_order_and_stops_when_it_has_enough():
    places = np.arange(5_000)[::-1]
    mask = np.zeros(5_000, bool)
    mask[[7, 4_000, 4_990]] = True
    ranking = Ranking(order="import", places=places)
    assert pick(ranking, mask, 2) == [4_990, 4_000]
    assert pick(ranking, mask, 5) == [4_990, 4_000, 7]
    assert pick(ranking, mask, 0) == []


def test_who_chose_a_label_is_looked_up_before_the_project_is_held(desk):
    desk.save(ANN, 1)
    filters = QueueFilter(label=("hate", "yes"), label_by="decision")
    desk.sessions.prepare(KEY, filters, name="ann", reviewer=False)
    states = desk.sessions.open(KEY).states
    assert states.has(("ann", "hate", "yes"))
    assert states.chose(("ann", "hate", "yes")).tolist() == [False, True, False]
    desk.sessions.prepare(KEY, filters, name="ann", reviewer=True)
    assert states.has(("", "hate", "yes"))
    desk.sessions.prepare(KEY, QueueFilter(label=("hate", "no")), name="ann", reviewer=False)
    assert not states.has(("ann", "hate", "no"))
