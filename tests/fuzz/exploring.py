"""Check values of a strategy: the same few in every run, and others for as long as asked."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

FIRST, MORE = 60, 300


def explore(
    request: pytest.FixtureRequest, strategy: st.SearchStrategy[Any], check: Callable[[Any], None]
) -> None:
    """Check values; ``--fuzz SECONDS`` goes on with new ones for that long."""
    ends = time.monotonic() + request.config.getoption("--fuzz")
    count = FIRST
    for round in rounds():
        limits = settings(
            max_examples=count,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            report_multiple_bugs=False,
        )
        limits(seed(round)(given(strategy)(check)))()
        if time.monotonic() >= ends:
            return
        count = MORE


def rounds() -> Iterator[int]:
    """Yield the seed that every run begins with, and then seeds that no run before had."""
    yield 0
    yield from itertools.count(time.time_ns() // 1_000_000)


ODD = st.sampled_from(
    [b"", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"'", b'"', b"[[[[", b"{", b"}", b"\n\n", b"\r",
     b"!!python/object:os.system", b"&a [*a]", b"1e999", b"NaN", b"-" * 40, b",,,,", b"\\ud800",
     "é💥\u202e".encode(), b"0" * 5000, b"2001-99-99", b"\t", b": ", b"<<: *x", b"\x80\x04."]
)  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn, originals: list[bytes]) -> bytes:
    """Return one of the originals with up to six changes: bytes cut, doubled, turned, put in."""
    data = draw(st.sampled_from(originals))
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, len(data)))
        length = draw(st.integers(0, min(64, len(data) - at)))
        what = draw(st.sampled_from(("cut", "double", "turn", "put", "end", "swap")))
        piece = data[at : at + length]
        if what == "cut":
            data = data[:at] + data[at + length :]
        elif what == "double":
            data = data[:at] + piece + data[at:]
        elif what == "turn":
            data = data[:at] + bytes(byte ^ 0xFF for byte in piece) + data[at + length :]
        elif what == "put":
            data = data[:at] + draw(ODD) + data[at:]
        elif what == "end":
            data = data[:at]
        else:
            data = data[at:] + data[:at]
    return data
