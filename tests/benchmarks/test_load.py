"""A crowd of visitors and annotators: what is counted, and a short form of the measurement."""

from __future__ import annotations

from collections import Counter
from itertools import islice

import pytest

from benchmarks.load import Annotator, Seen, bench_load, draw_pictures, render_load, tell_apart
from memeclip_core.config import Settings
from memeclip_core.memes.image import content_id, load_image
from memeclip_core.storage.task_files import read_named_task_set
from tests.benchmarks.conftest import Run


def test_every_picture_is_another_one() -> None:
    drawn = draw_pictures(2, (320, 240))
    pictures = [data for number in (0, 1) for data in islice(tell_apart(drawn, number), 3)]
    assert len(set(map(content_id, pictures))) == 6
    assert {load_image(data).image.tobytes() for data in pictures} == {
        load_image(data).image.tobytes() for data in drawn
    }


def test_the_report_says_how_long_saves_took_and_what_went_wrong() -> None:
    tasks = read_named_task_set("pridemm", Settings().assets)
    one = Annotator(addresses=["http://127.0.0.1:9"], name="a", password="b", tasks=tasks)
    one.taken["decisions"] = [float(n) for n in range(1, 101)]
    one.taken["decisions"] = [5.0] * 10 + one.taken["decisions"]
    seen = Seen(Counter({200: 3, 429: 1}), [1000.0, 3000.0], [100.0, 200.0, 150.0], ["E: x"], [10])
    said = render_load([one], seen, 10.0)
    assert "10 saves: median 5 ms, p95 5 ms, p99 5 ms, before the visitors came" in said
    assert "100 saves: median 50 ms, p95 95 ms, p99 99 ms, beside them; in 10 s" in said
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
