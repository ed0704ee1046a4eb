import re
import threading

import pytest

from memeclip_core.access import rate_limits
from memeclip_core.access.rate_limits import (
    ALLOWANCES,
    HASHED_AT_ONCE,
    MOST_OF_AN_ADDRESS,
    SLOWED,
    Attempts,
    RateLimits,
)
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


def test_whoever_asks_is_refused_as_they_would_be_and_spends_nothing(limits):
    for _ in range(2 * ALLOWANCES["job"].burst):
        limits.ask("ann", "job")
        limits.ask("ann", "job", address="192.0.2.1")
    assert drain(limits, "ann", "job")[0] == ALLOWANCES["job"].burst
    with pytest.raises(RateLimited, match="Too many long tasks by 'ann'"):
        limits.ask("ann", "job")


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


HERE, THERE = "203.0.113.9", "198.51.100.1"


@pytest.fixture
def slept():
    return []


@pytest.fixture
def tries(clock, slept):
    return Attempts(clock=clock, sleep=slept.append)


def wrong():
    return False


def right():
    return True


def guess(tries, name, address, times):
    """Guess as often as it is looked at; return how often that was."""
    for count in range(times):
        try:
            tries.check(name, address, wrong)
        except RateLimited:
            return count
    return times


def test_after_five_failures_even_the_right_password_waits(tries, clock):
    assert guess(tries, "ann", HERE, 9) == 5
    with pytest.raises(RateLimited, match=r"for 'ann' from this address. Try again in 1 seconds"):
        tries.check("ann", HERE, right)
    clock.now += 1.01
    assert tries.check("ann", HERE, right)
    assert guess(tries, "ann", HERE, 9) == 5


def test_the_wait_doubles_up_to_five_minutes(tries, clock):
    guess(tries, "ann", HERE, 5)
    waits = []
    for _ in range(11):
        before, wait = clock.now, 0
        while guess(tries, "ann", HERE, 1) == 0:
            wait += 1
            clock.now = before + wait
        waits.append(wait)
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


def test_nobody_locks_a_colleague_out(tries, clock, slept):
    for _ in range(600):
        guess(tries, "ann", HERE, 1)
        clock.now += 1
    assert tries.check("ann", THERE, right)
    for number in range(200):
        guess(tries, "ann", f"192.0.2.{number}", 5)
    slept.clear()
    assert tries.check("ann", THERE, right)
    assert slept == [SLOWED]
    assert tries.check("bob", THERE, right)
    assert slept == [SLOWED]


def test_an_address_that_guesses_many_names_waits_too(tries, clock):
    looked = sum(guess(tries, f"name-{number}", HERE, 1) for number in range(100))
    assert looked == 60
    with pytest.raises(RateLimited, match=f"Too many wrong passwords by '{HERE}'"):
        tries.check("ann", HERE, right)
    assert tries.check("ann", THERE, right)
    clock.now += 5.01
    assert tries.check("ann", HERE, right)


def test_the_right_password_costs_nothing(tries, clock, slept):
    assert all(tries.check("ann", HERE, right) for _ in range(200))
    assert slept == []


def test_a_few_are_looked_at_at_once_and_only_so_many_are_under_way():
    tries, together = Attempts(), threading.Barrier(MOST_OF_AN_ADDRESS + 1)
    go, mutex, inside, most, answers = threading.Event(), threading.Lock(), [0], [0], []

    def matches():
        with mutex:
            inside[0] += 1
            most[0] = max(most[0], inside[0])
        go.wait(20)
        with mutex:
            inside[0] -= 1
        return True

    def come(number):
        together.wait(20)
        answers.append(tries.check(f"name-{number}", HERE, matches))

    threads = [
        threading.Thread(target=come, args=(number,)) for number in range(MOST_OF_AN_ADDRESS)
    ]
    for thread in threads:
        thread.start()
    together.wait(20)
    while tries._under_way[HERE] < MOST_OF_AN_ADDRESS:
        pass
    with pytest.raises(RateLimited, match="Too many people are signing in"):
        tries.check("one more", HERE, right)
    go.set()
    for thread in threads:
        thread.join(20)
    assert answers == [True] * MOST_OF_AN_ADDRESS
    assert most[0] <= HASHED_AT_ONCE
    assert tries.check("one more", HERE, right)
    assert not tries._under_way


def test_in_total_no_more_than_so_many_are_under_way(tries, monkeypatch):
    monkeypatch.setattr(rate_limits, "MOST_SIGN_INS", 1)

    def second():
        with pytest.raises(RateLimited, match="Too many people"):
            tries.check("bob", THERE, right)
        return True

    assert tries.check("ann", HERE, second)


def test_a_check_that_fails_is_under_way_no_longer(tries):
    def broken():
        raise RuntimeError

    with pytest.raises(RuntimeError):
        tries.check("ann", HERE, broken)
    assert not tries._under_way
