import threading

import numpy as np
import pytest

from memeclip_core.annotation.decisions.decided import Decided
from memeclip_core.annotation.queue.orders import REST_SECONDS, Orderings, Stamp
from memeclip_core.annotation.queue.ranking import Material
from memeclip_core.errors import StoreError
from memeclip_core.records.project import Project
from tests.factories.clocks import Clock
from tests.factories.queues import KEY, START, TASKS, make_meme, make_table

PROJECT = Project(key=KEY, title="Cats", tasks=TASKS, created=START, by="root")


class Source:
    """Gathers what an order is made of, and counts how often; waits at the gate if it is shut."""

    def __init__(self, count=3, hate=(0.9, 0.5, 0.7)):
        self.count = count
        self.hate = hate
        self.calls = 0
        self.gate = threading.Event()
        self.gate.set()
        self.error = None

    def __call__(self):
        self.gate.wait(10)
        self.calls += 1
        if self.error:
            raise self.error
        vectors = np.eye(len(self.hate), dtype=np.float32)
        return Material(
            project=PROJECT,
            memes=[make_meme(number) for number in range(self.count)],
            table=make_table(self.hate, tone=np.zeros((len(self.hate), 2)), vectors=vectors),
            decided=Decided(labels={}, disputes={}, seen=np.zeros(self.count, bool)),
        )


def stamp(**given):
    return Stamp(**{"memes": 1, "version": 1, "table": 1, "revision": 0, **given})


MARGIN = (KEY, "margin", "m1")
DIVERSE = (KEY, "diversity", "m1")


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def orderings(clock):
    orderings = Orderings(clock=clock)
    yield orderings
    orderings.settle()


def test_a_quick_order_is_there_at_once_and_worked_out_once(orderings):
    source = Source()
    for _ in range(3):
        ranking = orderings.get(MARGIN, stamp(), 3, source)
    assert (ranking.order, ranking.places.tolist(), source.calls) == ("margin", [1, 2, 0], 1)


def test_a_long_one_is_worked_out_beside_the_labelling(orderings):
    source = Source()
    source.gate.clear()
    first = orderings.get(DIVERSE, stamp(), 3, source)
    again = orderings.get(DIVERSE, stamp(), 3, source)
    assert first.order == again.order == "import"
    assert "is being worked out" in first.note
    source.gate.set()
    orderings.settle()
    assert orderings.get(DIVERSE, stamp(), 3, source).order == "diversity"
    assert source.calls == 1


def test_the_old_order_serves_until_the_new_one_is_there(orderings, clock):
    old, new = Source(), Source(hate=(0.5, 0.7, 0.9))
    orderings.get(MARGIN, stamp(), 3, old)
    clock.now += REST_SECONDS
    new.gate.clear()
    assert orderings.get(MARGIN, stamp(table=2), 3, new).places.tolist() == [1, 2, 0]
    new.gate.set()
    orderings.settle()
    assert orderings.get(MARGIN, stamp(table=2), 3, new).places.tolist() == [0, 1, 2]


def test_no_order_is_worked_out_anew_before_it_has_rested(orderings, clock):
    source = Source()
    orderings.get(MARGIN, stamp(), 3, source)
    clock.now += REST_SECONDS - 0.1
    orderings.get(MARGIN, stamp(table=2), 3, source)
    orderings.settle()
    assert source.calls == 1
    clock.now += 0.1
    orderings.get(MARGIN, stamp(table=2), 3, source)
    orderings.settle()
    assert source.calls == 2


def test_what_took_long_rests_longer(orderings, clock):
    source = Source()

    def slow():
        clock.now += 30
        return source()

    orderings.get(MARGIN, stamp(), 3, slow)
    clock.now += 500
    orderings.get(MARGIN, stamp(table=2), 3, slow)
    orderings.settle()
    assert source.calls == 1
    clock.now += 100
    orderings.get(MARGIN, stamp(table=2), 3, slow)
    orderings.settle()
    assert source.calls == 2


def test_decisions_matter_only_where_the_order_depends_on_them(clock):
    orderings = Orderings(mode="inline", clock=clock)
    source = Source()
    for key in (MARGIN, DIVERSE):
        orderings.get(key, stamp(), 3, source)
    clock.now += REST_SECONDS
    for revision, calls in ((49, 2), (50, 3)):
        for key in (MARGIN, DIVERSE):
            orderings.get(key, stamp(revision=revision), 3, source)
        assert source.calls == calls


def test_new_memes_stand_at_the_end_until_it_is_worked_out_anew(orderings):
    source = Source()
    orderings.get(MARGIN, stamp(), 3, source)
    assert orderings.get(MARGIN, stamp(memes=2), 5, source).places.tolist() == [1, 2, 0, 3, 4]


def test_memes_that_are_gone_are_left_out(orderings):
    source = Source()
    orderings.get(MARGIN, stamp(), 3, source)
    assert orderings.get(MARGIN, stamp(memes=2), 2, source).places.tolist() == [1, 0]


@pytest.mark.parametrize("error", [StoreError("no disk"), ValueError("odd")])
def test_a_failure_is_said_and_not_tried_again_at_every_turn(orderings, clock, caplog, error):
    source = Source()
    source.error = error
    for _ in range(3):
        orderings.get(DIVERSE, stamp(), 3, source)
        orderings.settle()
    ranking = orderings.get(DIVERSE, stamp(), 3, source)
    assert (ranking.order, ranking.places.tolist()) == ("import", [0, 1, 2])
    assert "could not be worked out" in ranking.note
    assert source.calls == 1
    assert KEY in caplog.text
    source.error = None
    clock.now += REST_SECONDS
    orderings.get(DIVERSE, stamp(revision=1), 3, source)
    orderings.settle()
    assert orderings.get(DIVERSE, stamp(revision=1), 3, source).order == "diversity"


def test_each_project_order_and_model_has_its_own(orderings):
    orderings.get(MARGIN, stamp(), 3, Source())
    other = orderings.get((KEY, "margin", "m2"), stamp(), 3, Source(hate=(0.5, 0.7, 0.9)))
    assert other.places.tolist() == [0, 1, 2]
    assert orderings.get(MARGIN, stamp(), 3, Source()).places.tolist() == [1, 2, 0]
