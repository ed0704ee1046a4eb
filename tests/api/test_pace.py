"""Requests that hardly come are broken off, and those that come are not."""

from __future__ import annotations

import asyncio

import pytest
from starlette.exceptions import HTTPException

from memeclip_core.api import pace
from memeclip_core.api.pace import Connection, Pace, keep_pace
from tests.factories import loops


async def drip(bodies, each):
    """Hear a body whose parts come after so many seconds each; return how many came."""
    own, left = Pace(), iter(bodies)

    async def receive():
        await asyncio.sleep(each)
        return {"type": "http.request", "body": next(left), "more_body": True}

    for number in range(len(bodies)):
        try:
            await own.hear(receive)
        except HTTPException as error:
            assert (error.status_code, error.headers) == (408, {"Connection": "close"})
            return number, error.detail
    return len(bodies), ""


def test_a_body_may_not_come_byte_by_byte(monkeypatch):
    monkeypatch.setattr(pace, "GRACE", 0.2)
    came, why = loops.run(drip([b"x"] * 20, 0.05))
    assert came <= 5 and "less than 500 bytes a second" in why


def test_nor_stop_altogether(monkeypatch):
    monkeypatch.setattr(pace, "SILENT", 0.1)
    came, why = loops.run(drip([b"x", b"x"], 1.0))
    assert came == 0 and "Nothing more of the request came" in why


def test_one_that_keeps_the_rate_comes_whole(monkeypatch):
    monkeypatch.setattr(pace, "GRACE", 5.0)
    monkeypatch.setattr(pace, "SLOWEST", 50.0)
    assert loops.run(drip([b"x" * 5000] * 200, 0.03)) == (200, "")


def test_what_the_server_takes_in_between_is_not_the_senders(monkeypatch):
    monkeypatch.setattr(pace, "GRACE", 1.0)

    async def busy():
        own = Pace()

        async def receive():
            return {"type": "http.request", "body": b"x"}

        for _ in range(8):
            await own.hear(receive)
            await asyncio.sleep(0.15)

    loops.run(busy())


class Cycle:
    response_complete = False


class Served:
    """What serves a connection: a request is whole at each ``\\n``."""

    def __init__(self, **options):
        self.options, self.cycle, self.seen = options, None, []

    def __getattr__(self, name):
        return lambda *arguments: self.seen.append(name)

    def data_received(self, data):
        if b"\n" in data:
            self.cycle = Cycle()


class Transport(asyncio.Transport):
    aborted = False

    def abort(self):
        self.aborted = True


def timed(*acts):
    """Return after each of some acts whether the head of a request is waited for."""

    async def run():
        made = keep_pace(Served)(config="c")
        assert isinstance(made, Connection) and made._served.options == {"config": "c"}
        made.connection_made(Transport())
        waits = [made._timer is not None]
        for act in acts:
            act(made)
            waits.append(made._timer is not None)
        made.connection_lost(None)
        assert made._timer is None
        return waits

    return loops.run(run())


def send(data):
    return lambda made: made.data_received(data)


def answer(made):
    made._served.cycle.response_complete = True


@pytest.mark.parametrize("drips", [True, False])
def test_a_head_that_never_ends_is_not_waited_for(monkeypatch, drips):
    monkeypatch.setattr(pace, "HEAD", 0.1)

    async def run():
        made, transport = keep_pace(Served)(), Transport()
        made.connection_made(transport)
        while not transport.aborted:
            if drips:
                made.data_received(b"x")
            await asyncio.sleep(0.01)
        return True

    assert loops.run(run())


def test_the_body_and_the_answer_may_take_their_time():
    assert timed(send(b"x\n"), send(b"body"), send(b"body")) == [True, False, False, False]


def test_the_next_head_is_waited_for_from_its_first_byte_on():
    acts = send(b"x\n"), answer, send(b"y"), send(b"y"), send(b"\n")
    assert timed(*acts) == [True, False, False, True, True, False]


def test_two_heads_at_once_are_two_requests():
    assert timed(send(b"x\n"), answer, send(b"y\n")) == [True, False, False, False]


def test_all_else_is_handed_on():
    async def run():
        made = Connection(Served())
        for name in ("eof_received", "pause_writing", "resume_writing"):
            getattr(made, name)()
        made.connection_lost(None)
        return made._served.seen

    assert loops.run(run()) == [
        "eof_received", "pause_writing", "resume_writing", "connection_lost"
    ]  # fmt: skip
