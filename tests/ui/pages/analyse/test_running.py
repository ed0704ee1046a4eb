"""Explanations that run: their progress, and their end before the end."""

import threading

import pytest

from memeclip_core.errors import InputError, JobError
from memeclip_core.records.job import Progress
from memeclip_core.ui.pages.analyse.running import Background, Running

PATIENCE = 30


def step(done):
    return Progress(done=done, total=3, message="")


def test_cancelling_ends_all_that_was_asked_for_so_far_and_nothing_later():
    running = Running()
    first, second = running.begin(), running.begin()
    assert not running.is_cancelled(first)
    running.cancel()
    assert running.is_cancelled(first) and running.is_cancelled(second)
    assert not running.is_cancelled(running.begin())


def test_progress_is_told_in_order_and_then_the_result_is_there():
    def work(show):
        for done in range(4):
            show(step(done))
        return "found"

    background = Background(work, lambda: False)
    assert [one.done for one in background] == [0, 1, 2, 3]
    assert background.result == "found"


def endless(ended):
    """Return work that goes on until it is ended, and then says so."""

    def work(show):
        try:
            while True:
                show(step(1))
                threading.Event().wait(0.005)
        finally:
            ended.set()

    return work


def test_cancelling_ends_the_work_at_its_next_batch():
    ended, running = threading.Event(), Running()
    number = running.begin()
    background = Background(endless(ended), lambda: running.is_cancelled(number))
    told = iter(background)
    next(told)
    running.cancel()
    for _ in told:
        pass
    assert ended.wait(PATIENCE)
    with pytest.raises(JobError, match="Cancelled"):
        _ = background.result


def test_leaving_the_page_ends_the_work_too():
    ended = threading.Event()
    told = iter(Background(endless(ended), lambda: False))
    next(told)
    told.close()
    assert ended.wait(PATIENCE)


def test_what_the_work_raises_is_raised():
    def work(show):
        raise InputError("no such thing")

    background = Background(work, lambda: False)
    assert list(background) == []
    with pytest.raises(InputError, match="no such thing"):
        _ = background.result
