"""How long a map of many memes takes once their features are read.

Run it with ``python -m benchmarks.projection_speed``.
Processor seconds of one process, so that other programs on the machine matter little; the ratio to
the smallest map says how it grows.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from memeclip_core.explore.nearness import find_like
from memeclip_core.explore.projection import draw_map
from memeclip_core.explore.vectors import Vectors

SIZES = (1_000, 10_000, 50_000)
WIDTH = 384


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """What a map and a search of ``memes`` memes took, in processor seconds, and the memory."""

    memes: int
    map: float
    search: float
    peak: int


def make_vectors(memes: int) -> Vectors:
    """Return texts of so many memes, at random."""
    rows = np.random.default_rng(0)
    return Vectors(
        image=np.zeros((memes, 1), np.float16),
        text=rows.normal(size=(memes, WIDTH)).astype(np.float16),
        has_image=np.zeros(memes, bool),
        has_text=np.ones(memes, bool),
    )


def measure(memes: int) -> Timed:
    """Draw one map, and search once."""
    vectors = make_vectors(memes)
    query = vectors.take("text", np.zeros(1, np.int64))[0]
    return Timed(
        memes=memes,
        map=_time(lambda: draw_map(vectors, "text", "pca")),
        search=_time(lambda: find_like(vectors, "text", query, 50)),
        peak=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    )


def main(words: Sequence[str] | None = None) -> None:
    """Print a line for each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    sizes = parser.parse_args(words).sizes
    measure(100)  # imports
    found = [measure(size) for size in sizes]
    print("memes   map s   times the first   search s   peak MB")
    for one in found:
        ratio = one.map / max(found[0].map, 1e-9)
        print(f"{one.memes:6,}  {one.map:6.2f}  {ratio:16.1f}  {one.search:9.2f}  {one.peak:8,}")


def _time(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


if __name__ == "__main__":
    main()
