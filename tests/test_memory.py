import threading
import time

import pytest

from memeclip_core.memory import LONGEST, PATIENCE, Lazy, Memory, ResultMemory


def test_what_was_not_used_for_longest_is_forgotten():
    memory = Memory(2)
    memory.put("a", 1)
    memory.put("b", 2)
    assert memory.get("a") == 1
    memory.put("c", 3)
    assert (memory.get("a"), memory.get("b"), memory.get("c")) == (1, None, 3)


def test_a_value_is_replaced_and_forgotten():
    memory = Memory(2)
    memory.put("a", 1)
    memory.put("a", 2)
    assert memory.get("a") == 2
    memory.forget("a")
    memory.forget("a")
    assert memory.get("a") is None


class Slow:
    """Something whose computing takes as long as it says, by a clock of its own."""

    def __init__(self, seconds):
        self.now = 0.0
        self.seconds = seconds
        self.computed = 0

    def clock(self):
        return self.now

    def compute(self):
        self.now += self.seconds
        self.computed += 1
        return self.computed


def test_an_answer_is_kept_until_the_state_is_another():
    work = Slow(0.01)
    memory = ResultMemory(clock=work.clock)
    assert [memory.get("a", state, work.compute) for state in (1, 1, 2, 2, 1)] == [1, 1, 2, 2, 3]
    assert memory.get("b", 1, work.compute) == 4


def test_an_answer_may_be_nothing():
    memory, asked = ResultMemory(), []
    for _ in range(2):
        assert memory.get("a", 1, lambda: asked.append(1)) is None
    assert len(asked) == 1


def test_a_slow_answer_is_handed_out_a_little_longer():
    work = Slow(1.0)
    memory = ResultMemory(clock=work.clock)
    assert memory.get("a", 1, work.compute) == 1
    work.now += PATIENCE - 0.5
    assert memory.get("a", 2, work.compute) == 1
    assert memory.get("a", 2, work.compute, patient=False) == 2
    work.now += PATIENCE + 0.5
    assert memory.get("a", 3, work.compute) == 3


def test_no_answer_is_handed_out_for_long():
    work = Slow(100.0)
    memory = ResultMemory(clock=work.clock)
    memory.get("a", 1, work.compute)
    work.now += LONGEST + 1
    assert memory.get("a", 2, work.compute) == 2


def test_of_several_callers_one_computes():
    memory, started, go, computed = ResultMemory(), threading.Event(), threading.Event(), []

    def compute():
        started.set()
        go.wait(10)
        computed.append(1)
        return "done"

    answers = []
    threads = [
        threading.Thread(target=lambda: answers.append(memory.get("a", 1, compute)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    started.wait(10)
    go.set()
    for thread in threads:
        thread.join()
    assert (answers, len(computed)) == (["done"] * 4, 1)


def test_of_many_questions_the_last_ones_are_remembered():
    work = Slow(0.01)
    memory = ResultMemory(3, clock=work.clock)
    assert [memory.get(name, 1, work.compute) for name in "abcad"] == [1, 2, 3, 1, 4]
    assert [memory.get(name, 1, work.compute) for name in "adcb"] == [1, 4, 3, 5]
    assert len(memory._kept) == 3


def test_an_error_is_not_kept():
    memory = ResultMemory()
    with pytest.raises(ZeroDivisionError):
        memory.get("a", 1, lambda: 1 / 0)
    assert memory.get("a", 1, lambda: "well") == "well"


def test_a_value_is_made_once_by_one_thread():
    made = []

    def make():
        time.sleep(0.01)
        made.append(1)
        return object()

    lazy = Lazy(make)
    assert not lazy.ready
    found = []
    threads = [threading.Thread(target=lambda: found.append(lazy.get())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    assert len(set(map(id, found))) == 1
    assert lazy.ready
