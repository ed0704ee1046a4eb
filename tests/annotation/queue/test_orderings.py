import threading

import numpy as np
import pytest
from sqlalchemy import func, select

from memeclip_core.annotation.queue import orderings as module
from memeclip_core.annotation.queue.orderings import CHOICES, REST_SECONDS, Ordered, keep_selection
from memeclip_core.annotation.queue.ranking import Ranking
from memeclip_core.database.schema import rank, ranking
from memeclip_core.errors import InputError, NotFound, StoreError
from memeclip_core.records.queue import QueueFilter
from tests.factories.project_records import damage_project
from tests.factories.queues import (
    ANN,
    BOB,
    KEY,
    make_desk,
    make_meme,
    make_project,
    make_table,
    rows,
)


@pytest.fixture
def desk(tmp_path, database):
    """A desk whose memes come by margin as 1, 2, 0, worked out in threads."""
    desk = make_project(make_desk(tmp_path, database=database, mode="threads"), 3)
    predict(desk, [0.9, 0.5, 0.7])
    yield desk
    wait(desk)


def predict(desk, hate, model="m1"):
    vectors = np.eye(len(hate), dtype=np.float32)
    desk.predict(make_table(hate, tone=np.zeros((len(hate), 2)), vectors=vectors, model=model))


def wait(desk):
    """Wait until nothing is being worked out."""
    while threads := list(desk.orderings._busy.values()):
        for thread in threads:
            thread.join()


def places(desk, order, who=ANN):
    return rows(desk.queue.browse(who, KEY, order=order, filters=QueueFilter(state=None)))


class Watch:
    """Counts how often an order is worked out; waits at the gate if it is shut."""

    def __init__(self, monkeypatch, clock):
        self.calls, self.error, self.cost = 0, None, 0.0
        self.gate = threading.Event()
        self.gate.set()
        real = module.rank

        def watched(order, material):
            self.gate.wait(10)
            self.calls += 1
            clock.now += self.cost
            if self.error:
                raise self.error
            return real(order, material)

        monkeypatch.setattr(module, "rank", watched)


@pytest.fixture
def watch(desk, monkeypatch):
    return Watch(monkeypatch, desk.clock)


def test_a_quick_order_is_there_at_once_and_worked_out_once(desk, watch):
    for _ in range(3):
        assert places(desk, "margin") == [1, 2, 0]
    assert watch.calls == 1


def test_the_order_of_import_costs_nothing(desk, watch):
    assert desk.orderings.get(KEY) == desk.orderings.get(KEY, "import") == Ordered()
    assert (places(desk, "import"), watch.calls) == ([0, 1, 2], 0)
    with pytest.raises(InputError, match="no project 'dogs'"):
        desk.orderings.get("dogs")


def test_an_order_outlives_its_process(desk, watch):
    assert places(desk, "margin") == [1, 2, 0]
    assert (places(desk.restart(), "margin"), watch.calls) == ([1, 2, 0], 1)


def test_a_long_one_is_worked_out_beside_the_labelling(desk, watch):
    watch.gate.clear()
    first = desk.orderings.get(KEY, "diversity")
    again = desk.orderings.get(KEY, "diversity")
    assert first == again
    assert (first.order, first.number) == ("import", 0)
    assert "is being worked out" in first.note
    watch.gate.set()
    wait(desk)
    assert desk.orderings.get(KEY, "diversity").order == "diversity"
    assert watch.calls == 1


def test_another_server_does_not_work_out_the_same(desk, watch):
    other = desk.another()
    watch.gate.clear()
    desk.orderings.get(KEY, "diversity")
    while not counted(desk, ranking):
        pass
    assert "is being worked out" in other.orderings.get(KEY, "diversity").note
    wait(other)
    assert counted(desk, ranking) == 1
    watch.gate.set()
    wait(desk)
    assert other.orderings.get(KEY, "diversity").order == "diversity"
    other.database.close()


def test_what_a_killed_server_began_is_begun_anew(desk, watch):
    with desk.database.write() as connection:
        row = {"project": KEY, "ordering": "diversity", "model": "m1", "stamp": {}, "note": ""}
        connection.execute(ranking.insert().values(**row, time=desk.clock.now, cost=0))
    desk.orderings.get(KEY, "diversity")
    wait(desk)
    assert watch.calls == 0
    desk.clock.now += module.GIVEN_UP
    desk.orderings.get(KEY, "diversity")
    wait(desk)
    assert desk.orderings.get(KEY, "diversity").order == "diversity"


def test_the_old_order_serves_until_the_new_one_is_there(desk, watch):
    assert places(desk, "margin") == [1, 2, 0]
    desk.clock.now += REST_SECONDS
    predict(desk, [0.5, 0.7, 0.9])
    watch.gate.clear()
    assert places(desk, "margin") == [1, 2, 0]
    watch.gate.set()
    wait(desk)
    assert places(desk, "margin") == [0, 1, 2]


def test_no_order_is_worked_out_anew_before_it_has_rested(desk, watch):
    places(desk, "margin")
    predict(desk, [0.5, 0.7, 0.9])
    desk.clock.now += REST_SECONDS - 0.1
    places(desk, "margin")
    wait(desk)
    assert watch.calls == 1
    desk.clock.now += 0.2
    places(desk, "margin")
    wait(desk)
    assert watch.calls == 2


def test_what_took_long_rests_longer(desk, watch):
    watch.cost = 30
    places(desk, "margin")
    predict(desk, [0.5, 0.7, 0.9])
    for seconds, calls in ((500, 1), (101, 2)):
        desk.clock.now += seconds
        places(desk, "margin")
        wait(desk)
        assert watch.calls == calls


def test_decisions_matter_only_where_the_order_depends_on_them(tmp_path, monkeypatch):
    desk = make_project(make_desk(tmp_path), 3)
    predict(desk, [0.9, 0.5, 0.7])
    watch = Watch(monkeypatch, desk.clock)
    monkeypatch.setattr(module, "_DECISIONS", 4)
    for order in ("margin", "diversity"):
        places(desk, order)
    desk.clock.now += REST_SECONDS
    for number, calls in ((0, 2), (1, 3)):  # two rows each
        desk.save(ANN, number)
        for order in ("margin", "diversity"):
            places(desk, order)
        assert watch.calls == calls


def test_new_memes_stand_at_the_end_until_it_is_worked_out_anew(desk):
    places(desk, "margin")
    desk.store.add(KEY, [make_meme(3), make_meme(4)])
    assert places(desk, "margin") == [1, 2, 0, 3, 4]
    assert desk.ids(BOB, order="margin", count=5) == [1, 2, 0, 3, 4]


@pytest.mark.parametrize("error", [StoreError("no disk"), ValueError("odd")])
def test_a_failure_is_said_and_not_tried_again_at_every_turn(desk, watch, caplog, error):
    watch.error = error
    for _ in range(3):
        desk.orderings.get(KEY, "diversity")
        wait(desk)
    found = desk.orderings.get(KEY, "diversity")
    assert (found.order, found.number) == ("import", 0)
    assert "could not be worked out" in found.note
    assert (watch.calls, KEY in caplog.text) == (1, True)
    watch.error = None
    desk.clock.now += REST_SECONDS
    desk.save(ANN, 0)
    desk.orderings.get(KEY, "diversity")
    wait(desk)
    assert desk.orderings.get(KEY, "diversity").order == "diversity"


def test_each_order_and_model_has_its_own(desk):
    desk.predictions.write(KEY, make_table([0.5, 0.7, 0.9], model="m2", tone=np.zeros((3, 2))))
    assert places(desk, "margin") == [1, 2, 0]
    page = desk.queue.browse(ANN, KEY, order="margin", filters=QueueFilter(model="m2"))
    assert rows(page) == [0, 1, 2]
    assert places(desk, "newest") == [2, 1, 0]
    assert places(desk, "margin") == [1, 2, 0]


def test_disagreement_uses_the_other_models_predictions(tmp_path):
    desk = make_project(make_desk(tmp_path), 3)
    predict(desk, [0.9, 0.1, 0.9], model="m2")
    predict(desk, [0.9, 0.9, 0.9])
    page = desk.queue.browse(ANN, KEY, order="disagreement")
    assert (page.order, rows(page)[0]) == ("disagreement", 1)


def test_an_order_follows_another_model(desk):
    assert places(desk, "margin") == [1, 2, 0]
    predict(desk, [0.5, 0.9, 0.7], model="m2")
    assert places(desk, "margin") == [0, 2, 1]


def test_warming_up_works_out_every_projects_order_and_survives_a_broken_one(desk, caplog):
    make_project(desk, 2, key="dogs", order="newest")
    make_project(desk, 2, key="owls")
    damage_project(desk.database, "owls")
    desk.orderings.warm_up().join()
    with desk.database.read() as connection:
        assert connection.scalars(select(ranking.c.project)).all() == ["dogs"]
    assert "owls" in caplog.text


def test_orders_that_nobody_uses_any_more_are_deleted(desk, monkeypatch):
    monkeypatch.setattr(module.rankings, "CHUNK", 2)
    for turn in range(5):
        predict(desk, [0.5, 0.9, 0.7] if turn % 2 else [0.9, 0.5, 0.7])
        desk.clock.now += REST_SECONDS
        places(desk, "margin")
        wait(desk)
    assert (counted(desk, ranking), counted(desk, rank)) == (2, 6)
    assert places(desk, "margin") == [1, 2, 0]


def test_an_empty_order_is_that_of_import(desk, monkeypatch):
    empty = Ranking(order="import", places=np.arange(3), note="None of these.")
    monkeypatch.setattr(module, "rank", lambda order, material: empty)
    assert desk.orderings.get(KEY, "margin") == Ordered(note="None of these.")


def counted(desk, table):
    with desk.database.read() as connection:
        return connection.scalar(select(func.count()).select_from(table))


# --- what somebody chose ------------------------------------------------------------------------


def choose(desk, *places, who="ann"):
    return keep_selection(desk.database, KEY, who, places, desk.clock.now)


def chosen_of(desk, name, **given):
    filters = QueueFilter(selection=name, **given)
    return rows(desk.queue.browse(ANN, KEY, filters=filters))


def test_chosen_memes_come_in_the_order_given_and_no_others(tmp_path, database):
    desk = make_project(make_desk(tmp_path, database=database), 8)
    name = choose(desk, 6, 1, 4)
    assert chosen_of(desk, name) == [6, 1, 4]
    assert desk.ids(filters=QueueFilter(selection=name)) == [6, 1, 4]
    desk.save(ANN, 6)
    assert chosen_of(desk, name) == [1, 4]
    assert chosen_of(desk, name, state="done") == [6]
    assert desk.ids(filters=QueueFilter(selection=name), client="other") == []


def test_the_order_says_that_they_were_chosen(tmp_path):
    desk = make_project(make_desk(tmp_path), 5)
    filters = QueueFilter(selection=choose(desk, 3, 0))
    page = desk.queue.browse(ANN, KEY, filters=filters)
    assert page.order_note == "The 2 memes that were chosen, in their order."
    assert page.total == 2


def test_the_last_choices_of_each_person_are_kept(tmp_path):
    desk = make_project(make_desk(tmp_path), 5)
    names = [choose(desk, number % 5) for number in range(CHOICES + 2)]
    other = choose(desk, 2, who="bob")
    with pytest.raises(NotFound, match="selection is gone"):
        chosen_of(desk, names[1])
    assert chosen_of(desk, names[2]) == [2] and chosen_of(desk, other) == [2]


@pytest.mark.parametrize("name", ["99", "x", "-1", "²", "9" * 40])
def test_what_is_no_selection_is_refused(tmp_path, name):
    desk = make_project(make_desk(tmp_path), 3)
    make_project(desk, 3, key="dogs")
    with pytest.raises(NotFound):
        chosen_of(desk, name)
    own = choose(desk, 1)
    with pytest.raises(NotFound):
        desk.queue.browse(ANN, "dogs", filters=QueueFilter(selection=own))
