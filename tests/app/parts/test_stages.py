"""What processes of a cluster do, done in this one: the answers that a studio gives alone."""

from __future__ import annotations

import os
from dataclasses import replace

import pyarrow
import pytest
from pyarrow import parquet

from memeclip_core.app.parts.stages import Answerer, pack_sources, read_memes, unpack_answers
from memeclip_core.datasets.samples import Cell, Span
from memeclip_core.datasets.sources import Source
from memeclip_core.errors import ConfigError, JobError
from tests.factories.studios import build_tiny_studio, draw_png

TASKS = ("pridemm", "propaganda")


@pytest.fixture
def sources():
    memes = [Source(filename=f"a/{n}.png", data=draw_png((n, 2, 3))) for n in range(3)]
    bad = Source(filename="bad.png", data=b"none")
    return [*memes[:2], bad, memes[2], Source(filename="list 3", text="words")]


@pytest.fixture
def studio(tiny_settings):
    return build_tiny_studio(tiny_settings)


@pytest.fixture
def answerer(studio, tiny_settings):
    models = {}
    for tasks in studio.task_sets:
        found = studio.batches.catalogue.find(tasks)
        models[tasks.key] = (found.version, found.encoder.fingerprint)
    return Answerer(build=build_tiny_studio, settings=tiny_settings, models=models, threads=1)


def read(rows, settings, build=build_tiny_studio, first=7):
    return read_memes(pack_sources(first, rows), build=build, settings=settings)


def test_two_stages_give_the_answers_of_one_process(studio, answerer, sources, tiny_settings):
    table = answerer(read([(source, "") for source in sources], tiny_settings))
    assert table["place"].to_pylist() == [7, 8, 9, 10, 11]
    found = [answer for row in unpack_answers(table) for answer in row]
    alone = [*studio.batches.predict(sources, task_sets=TASKS)]
    assert [replace(answer, place=answer.place - 7) for answer in found] == alone
    assert [len(row) for row in unpack_answers(table)] == [2, 2, 1, 2, 2]


def test_a_meme_that_is_answered_already_is_not_asked(answerer, sources, studio, tiny_settings):
    known = [studio.read_meme(source.data, "x", text="t").id for source in sources[:2]]
    rows = [(sources[0], known[0]), (sources[1], known[0]), (sources[4], known[1])]
    found = [*unpack_answers(answerer(read(rows, tiny_settings)))]
    assert [len(row) for row in found] == [0, 2, 2]


def test_what_fails_for_a_process_stands_in_each_row(answerer, sources, tiny_settings):
    def build(settings):
        raise ConfigError("There is no task set here.")

    table = read([(source, "") for source in sources[:2]], tiny_settings, build)
    for found in (table, answerer(table)):
        assert found["place"].to_pylist() == [7, 8]
        with pytest.raises(JobError, match=r"^There is no task set here\.$"):
            [*unpack_answers(found)]


def test_a_machine_with_another_encoder_answers_nothing(sources, tiny_settings):
    own = Answerer(
        build=build_tiny_studio,
        settings=tiny_settings,
        models={"pridemm": ("pridemm-fake", "of another release")},
        threads=1,
    )
    with pytest.raises(JobError, match="the same versions on all"):
        [*unpack_answers(own(read([(sources[0], "")], tiny_settings)))]


def test_a_file_of_any_name_is_read_where_it_lies(studio, answerer, tiny_settings, tmp_path):
    picture = draw_png((1, 2, 3))
    path = tmp_path / os.fsdecode(b"\xff.tar")
    path.write_bytes(b"before" + picture + b"after")
    table = tmp_path / "x.parquet"
    parquet.write_table(pyarrow.table({"img": [picture]}), table)
    sources = [
        Source(filename="a.png", path=path, inside=Span(6, len(picture)), text="t"),
        Source(filename="b.png", path=table, inside=Cell("img", 0, 0), text="u"),
    ]
    rows = read([(source, "") for source in sources], tiny_settings, first=0)
    found = [answer for row in unpack_answers(answerer(rows)) for answer in row]
    assert found == [*studio.batches.predict(sources, task_sets=TASKS)] and len(found) == 4
