import re
import threading

import pytest

from memeclip_core.access.rate_limits import ALLOWANCES, RateLimits
from memeclip_core.errors import RateLimited
from tests.factories.clocks import Clock


@pytest.fixture
def clock():
    return Clock(50.0)


@pytest.fixture
def limits(clock):
    return RateLimits(clock=clock)


def drain(limits, name, kind):
    """Call until it is refused; return how often it went through, and the sentence."""
    for count in range(10_000):
        try:
            limits.spend(name, kind)
        except RateLimited as error:
            return count, str(error)
    raise AssertionError("nothing was ever refused")


@pytest.mark.parametrize("kind", ALLOWANCES)
def test_the_burst_goes_through_and_the_next_call_is_told_how_long_to_wait(limits, clock, kind):
    count, said = drain(limits, "ann", kind)
    assert count == ALLOWANCES[kind].burst
    assert said.startswith("Too many ")
    assert "Nothing was done." in said
    seconds = float(re.search(r"Try again in ([\d.]+) seconds\.", said)[1])
    clock.now += seconds
    limits.spend("ann", kind)


def test_the_sentence_names_the_person_the_limit_and_the_wait(limits):
    assert drain(limits, "ann", "job")[1] == (
        "Too many long tasks by 'ann': at most 20 at once and 30 a minute are allowed. "
        "Nothing was done. Try again in 2.0 seconds."
    )


def test_a_refused_call_costs_nothing(limits, clock):
    drain(limits, "ann", "job")
    for _ in range(50):
        with pytest.raises(RateLimited):
            limits.spend("ann", "job")
    clock.now += 2.0
    limits.spend("ann", "job")
    with pytest.raises(RateLimited):
        limits.spend("ann", "job")


def test_people_and_kinds_do_not_share_a_bucket(limits):
    drain(limits, "ann", "job")
    limits.spend("bob", "job")
    limits.spend("ann", "save")


def test_a_bucket_never_grows_beyond_its_burst(limits, clock):
    drain(limits, "ann", "job")
    clock.now += 1e6
    assert drain(limits, "ann", "job")[0] == ALLOWANCES["job"].burst


def test_a_clock_that_goes_back_gives_nothing(limits, clock):
    drain(limits, "ann", "job")
    clock.now -= 100
    with pytest.raises(RateLimited):
        limits.spend("ann", "job")


def test_five_saves_a_second_for_an_hour_are_never_refused(limits, clock):
    for _ in range(5 * 3600):
        limits.spend("ann", "save")
        clock.now += 0.2
        for _ in range(4):
            limits.spend("ann", "read")


def test_threads_together_get_the_burst_and_no_more(limits):
    passed = []

    def hammer():
        for _ in range(100):
            try:
                limits.spend("ann", "save")
            except RateLimited:
                continue
            passed.append(1)

    threads = [threading.Thread(target=hammer) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(passed) == ALLOWANCES["save"].burst


def test_a_token_comes_back_to_a_bucket_and_no_more_than_it_holds(limits):
    drain(limits, "ann", "guess")
    limits.give_back("ann", "guess")
    assert drain(limits, "ann", "guess")[0] == 1
    limits.give_back("eve", "guess")
    limits.spend("bob", "guess")
    limits.give_back("bob", "guess")
    limits.give_back("bob", "guess")
    assert drain(limits, "bob", "guess")[0] == ALLOWANCES["guess"].burst
