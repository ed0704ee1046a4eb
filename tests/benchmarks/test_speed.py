"""Memes are timed as shares of the floor, and none of them twice."""

import pytest

from benchmarks.speed import BATCHES, Share, make_memes, measure_speed
from memeclip_core.encoders.fake import FakeEncoder
from tests.factories.services import CountingEncoder, make_studio


def test_each_meme_is_encoded_once_and_compared_with_the_floor(tmp_path):
    encoder = CountingEncoder()
    alone, many = measure_speed(make_studio(tmp_path, encoder=encoder), FakeEncoder(), 3, rounds=2)
    assert (encoder.images, alone.name, many.name) == (
        2 + 2 * 2 * 3,
        "a new meme",
        "one of 3 new memes",
    )
    assert all(one.seconds > 0 and one.floor > 0 for one in (alone, many))
    assert Share(name="", seconds=3.0, floor=2.0).ratio == pytest.approx(1.5)


def test_memes_are_like_no_other():
    memes = make_memes(5)
    assert len({one.data for one in memes}) == len({one.text for one in memes}) == 5
    assert 1 in BATCHES
