"""Room for decoded pictures."""

from __future__ import annotations

import threading

import pytest
from PIL import Image

from memeclip_core.errors import RateLimited
from memeclip_core.inference import decoding
from memeclip_core.inference.decoding import BYTES_PER_PIXEL, DecodingRoom
from tests.factories.waits import until

PIXELS = 100


def draw() -> Image.Image:
    return Image.new("RGB", (10, 10))


def make_room(pictures: int, patience: float = 0.0) -> DecodingRoom:
    return DecodingRoom(budget=pictures * PIXELS * BYTES_PER_PIXEL, patience=patience)


def test_a_picture_counts_as_long_as_somebody_holds_it():
    room = make_room(2)
    first, second = room.decode(PIXELS, draw), room.decode(PIXELS, draw)
    assert room.held == 2 * PIXELS * BYTES_PER_PIXEL
    with pytest.raises(RateLimited, match=r"busy with other pictures: 1 wait .* about \d+ seconds"):
        room.decode(PIXELS, draw)
    del first
    third = room.decode(PIXELS, draw)
    del second, third
    assert room.held == 0


def test_one_that_is_larger_than_the_room_has_it_alone():
    room = make_room(1)
    large = room.decode(5 * PIXELS, draw)
    with pytest.raises(RateLimited):
        room.decode(1, draw)
    del large
    room.decode(5 * PIXELS, draw)


def test_a_picture_that_fails_holds_nothing():
    room = make_room(1)

    def fail() -> Image.Image:
        raise ValueError("damaged")

    with pytest.raises(ValueError, match="damaged"):
        room.decode(PIXELS, fail)
    assert room.held == 0


def test_who_waits_goes_on_when_there_is_room_and_not_too_many_wait(monkeypatch):
    monkeypatch.setattr(decoding, "MOST_WAITING", 1)
    room = make_room(1, patience=60)
    held = [room.decode(PIXELS, draw)]
    found: list[Image.Image] = []
    waiting = threading.Thread(target=lambda: found.append(room.decode(PIXELS, draw)))
    waiting.start()
    until(lambda: room._waiting == 1, "nobody waits")
    with pytest.raises(RateLimited):
        room.decode(PIXELS, draw)
    held.clear()
    waiting.join(60)
    assert len(found) == 1


def test_some_are_decoded_at_once_and_the_others_wait():
    room = DecodingRoom(lanes=2, patience=60)
    running, waiting, go_on = [], [], threading.Event()

    def draw_slowly() -> Image.Image:
        running.append(1)
        go_on.wait(60)
        return draw()

    threads = [
        threading.Thread(target=lambda: waiting.append(room.decode(PIXELS, draw_slowly)))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    until(lambda: room._waiting == 1 and len(running) == 2, "nobody waits")
    go_on.set()
    for thread in threads:
        thread.join(60)
    assert len(waiting) == len(running) == 3


def test_one_that_fails_leaves_its_lane():
    room = DecodingRoom(lanes=1, patience=0)

    def fail() -> Image.Image:
        raise ValueError("damaged")

    with pytest.raises(ValueError, match="damaged"):
        room.decode(PIXELS, fail)
    room.decode(PIXELS, draw)
