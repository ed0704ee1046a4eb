from __future__ import annotations

import asyncio

import pytest

from memeclip_core.api.turns import Turns
from memeclip_core.errors import RateLimited
from tests.factories import loops
from tests.factories.clocks import Clock


def test_a_caller_has_a_share_of_those_who_wait_and_is_told_how_long_it_takes():
    clock = Clock()
    turns = Turns(8, shared=True, clock=clock)

    async def refused(caller):
        with pytest.raises(RateLimited) as caught:
            async with turns.turn(caller):
                pass
        return str(caught.value)

    async def wait(caller):
        async with turns.turn(caller):
            clock.now += 9

    async def crowd():
        async with turns.turn("ann"):
            waiting = [asyncio.create_task(wait("ann")) for _ in range(2)]
            await asyncio.sleep(0)
            said = [await refused("ann")]
            waiting += [asyncio.create_task(wait(f"guest {n}")) for n in range(6)]
            await asyncio.sleep(0)
            said.append(await refused("bob"))
        await asyncio.gather(*waiting)
        return said

    first, full = loops.run(crowd())
    assert first == (
        "Too many memes wait to be predicted: 2 of yours, and 0 of others. Try again in about 3 "
        "seconds."
    )
    assert "0 of yours, and 8 of others. Try again in about 9 seconds" in full
    assert turns._took > 5
    assert turns._waiting.total() == 0


def test_what_waits_is_called_by_its_name():
    async def refused():
        async with Turns(0, "searches wait").turn("ann"):
            pass

    with pytest.raises(RateLimited, match="Too many searches wait: 0 of yours, and 0"):
        loops.run(refused())


def test_one_is_served_at_a_time_in_the_order_in_which_they_came():
    served = []

    async def serve(turns, name):
        async with turns.turn(name):
            served.append(f"{name} begins")
            await asyncio.sleep(0)
            served.append(f"{name} ends")

    async def all_three():
        turns = Turns()
        await asyncio.gather(*(serve(turns, name) for name in "abc"))

    loops.run(all_three())
    assert served == [f"{name} {what}" for name in "abc" for what in ("begins", "ends")]
