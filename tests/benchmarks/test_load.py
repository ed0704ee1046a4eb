"""A crowd of visitors and annotators: what is counted, and a short form of the measurement."""

from __future__ import annotations

from collections import Counter
from itertools import islice

import pytest

from benchmarks.load import Annotator, Seen, bench_load, draw_pictures, render_load
from memeclip_core.config import Settings
from memeclip_core.storage.task_files import read_named_task_set
from tests.benchmarks.conftest import Run


def test_every_picture_is_another_one() -> None:
    pictures = [data for number in (0, 1) for data in islice(draw_pictures(number, (320, 240)), 3)]
    assert len(set(pictures)) == 6


def test_the_report_says_how_long_saves_took_and_what_went_wrong() -> None:
    tasks = read_named_task_set("pridemm", Settings().assets)
    one = Annotator(addresses=["http://127.0.0.1:9"], name="a", password="b", tasks=tasks)
    one.taken["decisions"] = [float(n) for n in range(1, 101)]
    seen = Seen(Counter({200: 3, 429: 1}), [1000.0, 3000.0], [100.0, 200.0, 150.0], ["E: x"])
    said = render_load([one], seen, 10.0)
    assert "100 saves in 10 s: median 50 ms, p95 95 ms" in said
    assert "200: 3, 429: 1; median 2.0 s" in said
    assert "100 MB in the first third, 150 MB in the last, 200 MB at most" in said
    assert said.endswith("given up: 1\nE: x")


@pytest.mark.scale
@pytest.mark.timeout(600)
def test_nobody_gets_an_error_while_pictures_are_read(run: Run, tmp_path, tiny_checkpoints) -> None:
    options = ("--encoder", "fake", "--checkpoints", tiny_checkpoints, "--tasks", "pridemm")
    crowd = ("--seconds", "10", "--visitors", "5", "--annotators", "4", "--pictures", "150")
    done = run(bench_load, tmp_path / "load", *crowd, *options)
    assert done.code == 0, done.out + done.err
    assert "given up: 0" in done.out and "refused: 0" in done.out
